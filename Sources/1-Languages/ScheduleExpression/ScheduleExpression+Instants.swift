import Time

extension ScheduleExpression {
  /// The first instant after the given one at which it fires; nil when there is none more.
  ///
  /// Start and end do not bear on `at`, and cron names nothing after the year 2199.
  /// Source: EventBridge Scheduler API Reference, CreateSchedule, StartDate and EndDate; User Guide, Daylight savings time.
  ///
  /// - Parameters:
  ///   - zone: what cron and at are meant in.
  ///   - start: nothing fires before it.
  ///   - end: nothing fires after it.
  ///   - anchor: what a rate counts from, itself the first firing.
  public func next(after instant: Timestamp, in zone: Zone, start: Timestamp? = nil, end: Timestamp? = nil, anchor: Timestamp) -> Timestamp?
  {
    // One microsecond before the start, so that the start itself may fire.
    let after = isOnce ? instant : start.map { max(instant, $0 - .microseconds(1)) } ?? instant
    let found: Timestamp?
    switch kind {
    case .at(let date, let rest): found = Self.instant(date, rest, zone).flatMap { $0 > after ? $0 : nil }
    case .rate(let seconds): found = Self.step(after, anchor, seconds)
    case .cron(let cron): found = cron.next(after: after, in: zone)
    }
    guard let found, isOnce || end.map({ found <= $0 }) ?? true else { return nil }
    return found
  }

  /// The last instant before the given one at which it fires; nil when there is none.
  public func previous(
    before instant: Timestamp, in zone: Zone, start: Timestamp? = nil, end: Timestamp? = nil, anchor: Timestamp
  ) -> Timestamp? {
    let before = isOnce ? instant : end.map { min(instant, $0 + .microseconds(1)) } ?? instant
    let found: Timestamp?
    switch kind {
    case .at(let date, let rest): found = Self.instant(date, rest, zone).flatMap { $0 < before ? $0 : nil }
    case .rate(let seconds):
      let (distance, isFar) = before.microseconds.subtractingReportingOverflow(anchor.microseconds)
      let length = seconds * 1_000_000
      found = isFar || distance <= 0 ? nil : anchor + .microseconds((distance - 1) / length * length)
    case .cron(let cron): found = cron.previous(before: before, in: zone)
    }
    guard let found, isOnce || start.map({ found >= $0 }) ?? true else { return nil }
    return found
  }

  /// Every instant from the first (inclusive) to the last (exclusive) at which it fires, found one by one. Otherwise as `next`.
  public func fires(
    from first: Timestamp, to last: Timestamp, in zone: Zone, start: Timestamp? = nil, end: Timestamp? = nil, anchor: Timestamp
  ) -> some Sequence<Timestamp> {
    sequence(state: first - .microseconds(1)) { (position: inout Timestamp) -> Timestamp? in
      guard let found = next(after: position, in: zone, start: start, end: end, anchor: anchor), found < last else { return nil }
      position = found
      return found
    }
  }

  static func instant(_ date: CivilDate, _ microseconds: Int64, _ zone: Zone) -> Timestamp? {
    zone.instants(of: date).first.map { $0 + .microseconds(microseconds) }
  }

  /// Whether it fires once at most.
  public var isOnce: Bool {
    if case .at = kind { true } else { false }
  }

  /// The first multiple of the period after the anchor that is after the instant. The anchor itself fires.
  private static func step(_ after: Timestamp, _ anchor: Timestamp, _ seconds: Int64) -> Timestamp? {
    if after < anchor { return anchor }
    let length = seconds * 1_000_000
    let (distance, isFar) = after.microseconds.subtractingReportingOverflow(anchor.microseconds)
    let (steps, isBeyond) = (distance / length + 1).multipliedReportingOverflow(by: length)
    let (found, isNever) = anchor.microseconds.addingReportingOverflow(steps)
    return isFar || isBeyond || isNever ? nil : Timestamp(microseconds: found)
  }
}

extension Cron {
  /// Local times of one instant are walked in order. One that clocks skip does not fire; of one that they show twice the first does.
  func next(after instant: Timestamp, in zone: Zone) -> Timestamp? {
    let local = zone.civil(at: instant)
    var year = local.year
    while year <= Self.lastYear {
      if years?.contains(year) ?? true {
        let firstMonth = year == local.year ? local.month : 1
        for month in firstMonth...12 where months & 1 << UInt64(month) != 0 {
          let days = days(of: month, year: year)
          let firstDay = year == local.year && month == local.month ? local.day : 1
          for day in firstDay...31 where days & 1 << UInt64(day) != 0 {
            let isFirst = year == local.year && month == local.month && day == local.day
            let date = CivilDate(year: year, month: month, day: day)
            if let found = first(on: date, from: isFirst ? (local.hour, local.minute, local.second) : (0, 0, 0), after: instant, zone) {
              return found
            }
          }
        }
      }
      if let years {
        guard let following = years.first(where: { $0 > year }) else { return nil }
        year = following
      } else {
        year += 1
      }
    }
    return nil
  }

  private typealias TimeOfDay = (hour: Int, minute: Int, second: Int)

  private func first(on date: CivilDate, from: TimeOfDay, after instant: Timestamp, _ zone: Zone) -> Timestamp? {
    for hour in from.hour...23 where hours & 1 << UInt64(hour) != 0 {
      let firstMinute = hour == from.hour ? from.minute : 0
      for minute in firstMinute...59 where minutes & 1 << UInt64(minute) != 0 {
        var left = seconds
        if hour == from.hour, minute == from.minute { left &= ~0 << UInt64(from.second) }
        while left != 0 {
          let time = CivilDate(
            year: date.year, month: date.month, day: date.day, hour: hour, minute: minute, second: left.trailingZeroBitCount)
          if let found = zone.instants(of: time).first, found > instant { return found }
          left &= left - 1
        }
      }
    }
    return nil
  }

  func previous(before instant: Timestamp, in zone: Zone) -> Timestamp? {
    // While clocks show an hour for the second time, later local times have passed already, once.
    let offset = max(zone.offset(at: instant), zone.offset(at: instant - .seconds(86_400)))
    let reach = CivilDate(secondsSinceEpoch: instant.seconds + Int64(offset))
    var year = min(reach.year, Self.lastYear)
    while year >= 1_970 {
      if years?.contains(year) ?? true {
        let lastMonth = year == reach.year ? reach.month : 12
        for month in stride(from: lastMonth, through: 1, by: -1) where months & 1 << UInt64(month) != 0 {
          let days = days(of: month, year: year)
          let lastDay = year == reach.year && month == reach.month ? reach.day : 31
          for day in stride(from: lastDay, through: 1, by: -1) where days & 1 << UInt64(day) != 0 {
            let isLast = year == reach.year && month == reach.month && day == reach.day
            let date = CivilDate(year: year, month: month, day: day)
            if let found = last(on: date, to: isLast ? (reach.hour, reach.minute, reach.second) : (23, 59, 59), before: instant, zone) {
              return found
            }
          }
        }
      }
      if let years {
        guard let preceding = years.last(where: { $0 < year }) else { return nil }
        year = preceding
      } else {
        year -= 1
      }
    }
    return nil
  }

  private func last(on date: CivilDate, to: TimeOfDay, before instant: Timestamp, _ zone: Zone) -> Timestamp? {
    for hour in stride(from: to.hour, through: 0, by: -1) where hours & 1 << UInt64(hour) != 0 {
      for minute in stride(from: hour == to.hour ? to.minute : 59, through: 0, by: -1) where minutes & 1 << UInt64(minute) != 0 {
        var left = seconds
        if hour == to.hour, minute == to.minute { left &= (2 << UInt64(to.second)) - 1 }
        while left != 0 {
          let second = 63 - left.leadingZeroBitCount
          let time = CivilDate(year: date.year, month: date.month, day: date.day, hour: hour, minute: minute, second: second)
          if let found = zone.instants(of: time).first, found < instant { return found }
          left &= ~(1 << UInt64(second))
        }
      }
    }
    return nil
  }
}
