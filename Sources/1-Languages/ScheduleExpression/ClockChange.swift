import Time

/// One change of a zone's clocks, as at the begin and the end of summer time.
public struct ClockChange: Sendable, Hashable {
  /// The first instant of the new offset.
  public let at: Timestamp
  /// Seconds ahead of UTC before and after.
  public let before: Int
  public let after: Int

  /// Whether clocks are put forward: local times are skipped. Otherwise they are shown twice.
  public var isGap: Bool { after > before }

  /// The changes of a zone from the first instant (inclusive) to the last (exclusive), in order. Changes that a day takes back are not seen.
  public static func all(of zone: Zone, from first: Timestamp, to last: Timestamp) -> [ClockChange] {
    var found: [ClockChange] = []
    var position = first.seconds
    var offset = zone.offset(at: Timestamp(seconds: position))
    while position < last.seconds {
      let following = min(position + 86_400, last.seconds)
      let then = zone.offset(at: Timestamp(seconds: following))
      if then != offset {
        var (low, high) = (position, following)
        while high - low > 1 {
          let middle = low + (high - low) / 2
          if zone.offset(at: Timestamp(seconds: middle)) == offset { low = middle } else { high = middle }
        }
        found.append(ClockChange(at: Timestamp(seconds: high), before: offset, after: then))
      }
      position = following
      offset = then
    }
    return found
  }
}

extension ScheduleExpression {
  /// How many local times that it names the change skips or shows twice. A skipped one does not fire, a doubled one fires once.
  public func localTimes(in change: ClockChange) -> Int {
    guard case .cron(let cron) = kind else { return 0 }
    let at = change.at.seconds
    return cron.localTimes(
      from: at + Int64(min(change.before, change.after)), to: at + Int64(max(change.before, change.after)))
  }

  /// The anchor moved back by whole periods to no later than the instant, so that a rate can be followed into the past before its anchor.
  public func anchor(_ anchor: Timestamp, reaching instant: Timestamp) -> Timestamp {
    guard case .rate(let seconds) = kind, instant < anchor else { return anchor }
    let length = seconds * 1_000_000
    let steps = ((anchor - instant).microseconds + length - 1) / length
    let (distance, isFar) = steps.multipliedReportingOverflow(by: length)
    return isFar ? anchor : anchor - .microseconds(distance)
  }
}
