import Synchronization

/// Why there is no zone of a name.
public struct ZoneError: Error, Sendable, Equatable {
  public var message: String
}

/// A time zone of the IANA database, as the system's TZif files have it. Source: RFC 9636.
public struct Zone: Hashable, Sendable {
  public let identifier: String
  private let rules: ZoneRules

  private static let cache = Mutex<[String: Zone]>([:])
  private static let cached = 1_024

  /// Coordinated Universal Time; needs no file.
  public static let utc = Zone(identifier: "UTC", rules: ZoneRules(offset: 0))

  private init(identifier: String, rules: ZoneRules) {
    self.identifier = identifier
    self.rules = rules
  }

  /// The zone of a name such as `Europe/Berlin`. Throws ZoneError when the system has none.
  public init(identifier: String) throws(ZoneError) {
    if identifier == "UTC" || identifier == "Etc/UTC" || identifier == "Z" {
      self = Zone(identifier: identifier, rules: ZoneRules(offset: 0))
      return
    }
    if let known = Self.cache.withLock({ $0[identifier] }) {
      self = known
      return
    }
    guard let bytes = ZoneFiles.read(identifier) else {
      throw ZoneError(message: "There is no time zone '\(identifier)'; names are like Europe/Berlin.")
    }
    guard let rules = ZoneRules(tzif: bytes) else {
      throw ZoneError(message: "The system's file of the time zone '\(identifier)' is damaged.")
    }
    let zone = Zone(identifier: identifier, rules: rules)
    Self.cache.withLock { cache in
      if cache.count >= Self.cached { cache = [:] }
      cache[identifier] = zone
    }
    self = zone
  }

  public static func == (left: Zone, right: Zone) -> Bool { left.identifier == right.identifier }
  public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }

  /// Seconds that local time is ahead of UTC at the instant; negative west of Greenwich.
  public func offset(at instant: Timestamp) -> Int { Int(rules.offset(at: instant.seconds)) }

  /// What clocks show at the instant, to the second.
  public func civil(at instant: Timestamp) -> CivilDate {
    CivilDate(secondsSinceEpoch: instant.seconds + rules.offset(at: instant.seconds))
  }

  /// When clocks show that date and time: at no instant where they are put forward over it, at two where they are put back, else at
  /// one. Ascending. A date that is not on the calendar, and years beyond ±200,000, have none.
  public func instants(of civil: CivilDate) -> [Timestamp] {
    guard (-200_000...200_000).contains(civil.year), civil.day >= 1, civil.day <= CivilDate.daysIn(month: civil.month, year: civil.year),
      (0...23).contains(civil.hour), (0...59).contains(civil.minute), (0...59).contains(civil.second)
    else { return [] }
    let local = civil.secondsSinceEpoch
    var found: [Int64] = []
    // Whatever offset is right is in force within a day of the time as read in UTC.
    for probe in [local - 86_400, local, local + 86_400] {
      let instant = local - rules.offset(at: probe)
      if rules.offset(at: instant) == local - instant, !found.contains(instant) { found.append(instant) }
    }
    return found.sorted().map { Timestamp(seconds: $0) }
  }

  /// Names of the zones the system has, in alphabetical order.
  public static func knownIdentifiers() -> [String] { ZoneFiles.names }
}
