import Testing
import Time

@Suite struct ZoneTests {
  @Test func offsetsFollowTheFileAndItsRule() throws {
    let berlin = try Zone(identifier: "Europe/Berlin")
    #expect(berlin.offset(at: Timestamp(seconds: 1_767_225_600)) == 3_600)
    #expect(berlin.offset(at: Timestamp(seconds: 1_782_864_000)) == 7_200)
    // Long after the last transition of the file: 1 July 2150.
    #expect(berlin.offset(at: Timestamp(seconds: CivilDate(year: 2_150, month: 7, day: 1).secondsSinceEpoch)) == 7_200)
    let sydney = try Zone(identifier: "Australia/Sydney")
    #expect(sydney.offset(at: Timestamp(seconds: CivilDate(year: 2_150, month: 1, day: 1).secondsSinceEpoch)) == 39_600)
  }

  @Test func aLocalTimeIsNeverOnceOrTwice() throws {
    let york = try Zone(identifier: "America/New_York")
    #expect(york.instants(of: CivilDate(year: 2_026, month: 3, day: 8, hour: 2, minute: 30)).isEmpty)
    #expect(york.instants(of: CivilDate(year: 2_026, month: 3, day: 8, hour: 3, minute: 30)).count == 1)
    let twice = york.instants(of: CivilDate(year: 2_026, month: 11, day: 1, hour: 1, minute: 30))
    #expect(twice.map { $0.iso8601() } == ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"])
  }

  @Test(arguments: ["", "Nowhere/Land", "../etc/passwd", "/etc/passwd", "Europe/../../etc/passwd", "Europe", "Europe//Berlin", "a\0b"])
  func namesFromOutsideAreNoPaths(_ name: String) {
    #expect(throws: ZoneError.self) { _ = try Zone(identifier: name) }
  }

  @Test func namesAreListed() {
    let names = Zone.knownIdentifiers()
    #expect(names.contains("Europe/Berlin") || names == ["UTC"])
  }

  @Test func instantsOutsideEveryRangeAreClamped() {
    #expect(Timestamp(milliseconds: .max) == .distantFuture)
    #expect(Timestamp(seconds: .min) == .distantPast)
    #expect(Timestamp.distantFuture + .seconds(Int64.max) > Timestamp(seconds: 0))
  }
}
