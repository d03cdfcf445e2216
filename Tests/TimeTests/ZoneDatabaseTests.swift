import Testing
import Time

@Suite struct ZoneDatabaseTests {
  /// Each zone is readable, and each instant is among those of what its clocks show then, in years of the file and of its rule.
  @Test func everyZoneIsConsistent() throws {
    let names = Zone.knownIdentifiers()
    #expect(names == names.sorted() && Set(names).count == names.count)
    for name in names {
      let zone = try Zone(identifier: name)
      for year in [1_950, 1_985, 2_026, 2_036, 2_037, 2_038, 2_120, 2_400] {
        let start = CivilDate(year: year, month: 1, day: 3).secondsSinceEpoch
        for step in 0..<6 {
          let instant = Timestamp(seconds: start + Int64(step) * 5_270_400)
          let found = zone.instants(of: zone.civil(at: instant))
          #expect(found.contains(instant) && found.count <= 2, "\(name) \(instant.iso8601())")
          #expect(abs(zone.offset(at: instant)) < 26 * 3_600)
        }
      }
    }
  }

  @Test(arguments: ["posix/UTC", "right/UTC", "localtime", "posixrules", "europe/brussels ", ".", "..", "Europe/Brussels/", "tzdata.zi"])
  func whatIsNoZoneIsRefused(_ name: String) {
    #expect(throws: ZoneError.self) { _ = try Zone(identifier: name) }
  }

  @Test func whatIsNoDateHasNoInstant() throws {
    let zone = try Zone(identifier: "Europe/Brussels")
    for date in [
      CivilDate(year: 2_027, month: 2, day: 29), CivilDate(year: .max, month: 1, day: 1), CivilDate(year: 2_027, month: 0, day: 1),
      CivilDate(year: 2_027, month: 1, day: 1, hour: .max), CivilDate(year: 2_027, month: 1, day: 1, second: -1),
    ] { #expect(zone.instants(of: date).isEmpty) }
  }

  @Test func daylightSavingThatIsNegativeAndOffsetsByRuleOnly() throws {
    let dublin = try Zone(identifier: "Europe/Dublin")
    #expect(dublin.offset(at: try #require(Timestamp(iso8601: "2090-01-10T00:00:00Z"))) == 0)
    #expect(dublin.offset(at: try #require(Timestamp(iso8601: "2090-07-10T00:00:00Z"))) == 3_600)
    let kathmandu = try Zone(identifier: "Asia/Kathmandu")
    #expect(kathmandu.offset(at: try #require(Timestamp(iso8601: "2090-01-10T00:00:00Z"))) == 20_700)
  }
}
