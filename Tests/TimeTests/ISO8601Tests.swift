import Testing
import Time

/// Instants as text, and back.
@Suite struct ISO8601Tests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000000Z"),
    (1_769_851_805_012_345, "2026-01-31T09:30:05Z", "2026-01-31T09:30:05.012Z", "2026-01-31T09:30:05.012345Z"),
    (-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999999Z"),
    (253_402_300_799_999_999, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999999Z"),
    (-62_167_219_200_000_000, "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000000Z"),
    (253_402_300_800_000_000, "10000-01-01T00:00:00Z", "10000-01-01T00:00:00.000Z", "10000-01-01T00:00:00.000000Z"),
  ])
  func anInstantIsWrittenAsFineAsIsAsked(_ microseconds: Int64, _ seconds: String, _ milli: String, _ micro: String) {
    let instant = Timestamp(microseconds: microseconds)
    #expect(instant.iso8601() == seconds && instant.iso8601(.milliseconds) == milli && instant.iso8601(.microseconds) == micro)
    // Years of more than four digits are written and not read.
    #expect(Timestamp(iso8601: micro) == (micro.utf8.count == 27 ? instant : nil))
  }

  @Test(arguments: [
    "", "2026-01-31", "2026-01-31T09:30:05", "2026-01-31 09:30:05Z", "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z",
    "2026-01-31T09:30:05.Z",
    "2026-01-31T09:30:05+1:00", "2026-01-31T09:30:05Zx", "２026-01-31T09:30:05Z",
  ])
  func whatIsNoInstantIsNotRead(_ text: String) { #expect(Timestamp(iso8601: text) == nil) }

  @Test func offsetsAreRead() {
    #expect(Timestamp(iso8601: "2026-01-31T09:30:05.5+05:30") == Timestamp(iso8601: "2026-01-31T04:00:05.5z"))
  }
}
