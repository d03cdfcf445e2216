import Time

extension ScheduleExpression {
  /// How often it fires from the first instant (inclusive) to the last (exclusive), without going through the instants one by one.
  /// Otherwise as `next`.
  public func count(
    from first: Timestamp, to last: Timestamp, in zone: Zone, start: Timestamp? = nil, end: Timestamp? = nil, anchor: Timestamp
  ) -> Int {
    var total = 0
    eachHour(from: first, to: last, in: zone, start: start, end: end, anchor: anchor) { total += $1 }
    return total
  }

  /// How often it fires in each hour from the first instant (inclusive) to the last (exclusive): hours of UTC, by their first instant, in
  /// order, those without a firing left out.
  ///
  /// The cost is that of the hours, not of the instants, but for the days on which clocks change.
  public func eachHour(
    from first: Timestamp, to last: Timestamp, in zone: Zone, start: Timestamp? = nil, end: Timestamp? = nil, anchor: Timestamp,
    _ body: (_ hour: Timestamp, _ count: Int) -> Void
  ) {
    var (first, last) = (first, last)
    if !isOnce {
      if let start { first = max(first, start) }
      if let end { last = min(last, end + .microseconds(1)) }
    }
    guard first < last else { return }
    switch kind {
    case .at(let date, let rest):
      if let at = Self.instant(date, rest, zone), at >= first, at < last { body(Hour.begin(at), 1) }
    case .rate(let seconds) where seconds >= 3_600:
      for found in fires(from: first, to: last, in: zone, anchor: anchor) { body(Hour.begin(found), 1) }
    case .rate(let seconds):
      var hour = Hour.begin(max(first, anchor))
      while hour < last {
        let found =
          Self.steps(before: min(hour + .seconds(3_600), last), anchor, seconds) - Self.steps(before: max(hour, first), anchor, seconds)
        if found > 0 { body(hour, found) }
        hour = hour + .seconds(3_600)
      }
    case .cron(let cron): cron.eachHour(from: first, to: last, in: zone, body)
    }
  }

  /// How many firings of a rate there are before the instant, the anchor's own included.
  private static func steps(before instant: Timestamp, _ anchor: Timestamp, _ seconds: Int64) -> Int {
    let distance = (instant - anchor).microseconds
    return distance <= 0 ? 0 : Int((distance - 1) / (seconds * 1_000_000) + 1)
  }
}

enum Hour {
  static func begin(_ instant: Timestamp) -> Timestamp {
    let rest = instant.seconds % 3_600
    return Timestamp(seconds: instant.seconds - (rest < 0 ? rest + 3_600 : rest))
  }
}

extension Cron {
  /// Whole seconds at or after an instant.
  private static func ceiling(_ instant: Timestamp) -> Int64 {
    instant.microseconds == instant.seconds * 1_000_000 ? instant.seconds : instant.seconds + 1
  }

  func eachHour(from first: Timestamp, to last: Timestamp, in zone: Zone, _ body: (Timestamp, Int) -> Void) {
    let (low, high) = (Self.ceiling(first), Self.ceiling(last))
    var hour = Hour.begin(first).seconds
    var isSteady = false
    var steadyUntil = hour
    while hour < high {
      if hour >= steadyUntil {
        // Where no clock changes within a day, local hours follow each other as those of UTC do.
        let (before, after) = (zone.offset(at: Timestamp(seconds: hour - 86_400)), zone.offset(at: Timestamp(seconds: hour + 2 * 86_400)))
        isSteady = before == after
        steadyUntil = hour + 86_400
      }
      let (from, to) = (max(hour, low), min(hour + 3_600, high))
      if from < to {
        let found =
          isSteady
          ? times(from: from, to: to, offset: Int64(zone.offset(at: Timestamp(seconds: hour))))
          : walk(from: Timestamp(seconds: from), to: Timestamp(seconds: to), zone)
        if found > 0 { body(Timestamp(seconds: hour), found) }
      }
      hour += 3_600
    }
  }

  private func walk(from: Timestamp, to: Timestamp, _ zone: Zone) -> Int {
    var found = 0
    var position = from - .microseconds(1)
    while let next = next(after: position, in: zone), next < to {
      found += 1
      position = next
    }
    return found
  }

  /// How many local times it names between two instants, in seconds, that are no more than an hour apart and of one offset.
  private func times(from: Int64, to: Int64, offset: Int64) -> Int { localTimes(from: from + offset, to: to + offset) }

  /// How many local times it names between two readings of a clock, as seconds since 1970 on its face.
  func localTimes(from: Int64, to: Int64) -> Int {
    var found = 0
    var position = from
    while position < to {
      let civil = CivilDate(secondsSinceEpoch: position)
      let end = min(to, position + Int64(3_600 - civil.minute * 60 - civil.second))
      if hours & 1 << UInt64(civil.hour) != 0, months & 1 << UInt64(civil.month) != 0,
        years?.contains(civil.year) ?? (civil.year <= Self.lastYear),
        days(of: civil.month, year: civil.year) & 1 << UInt64(civil.day) != 0
      {
        let low = civil.minute * 60 + civil.second
        found += withinHour(low, low + Int(end - position))
      }
      position = end
    }
    return found
  }

  /// How many times of one hour it names, from the low second of the hour to the high, exclusive.
  private func withinHour(_ low: Int, _ high: Int) -> Int {
    func bits(_ set: UInt64, _ from: Int, _ to: Int) -> Int {
      guard from < to else { return 0 }
      let upTo: UInt64 = to >= 64 ? ~0 : (1 << UInt64(to)) - 1
      return (set & upTo & (~0 << UInt64(from))).nonzeroBitCount
    }
    func names(_ minute: Int) -> Bool { minute < 60 && minutes & 1 << UInt64(minute) != 0 }
    let (firstWhole, lastWhole) = ((low + 59) / 60, high / 60)
    if firstWhole > lastWhole { return names(low / 60) ? bits(seconds, low % 60, high % 60) : 0 }
    var found = bits(minutes, firstWhole, lastWhole) * seconds.nonzeroBitCount
    if low % 60 != 0, names(low / 60) { found += bits(seconds, low % 60, 60) }
    if high % 60 != 0, names(lastWhole) { found += bits(seconds, 0, high % 60) }
    return found
  }
}
