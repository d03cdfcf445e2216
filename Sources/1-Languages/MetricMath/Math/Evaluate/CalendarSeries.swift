import Time

/// MINUTE, HOUR, DAY, DATE, MONTH, YEAR and EPOCH: series without gaps of what the clock shows in UTC.
///
/// Source: CloudWatch User Guide, "Functions supported for metric math". DAY is 1 on Monday ... 7 on Sunday.
enum CalendarSeries {
  static func series(_ function: MathFunction, _ window: TimeWindow, period: Int) -> TimeSeries {
    let times = window.times(period: period)
    let values = times.map { Double(value(function, at: $0)) }
    return TimeSeries(like: TimeSeries(period: period), inOrder: times, values)
  }

  private static func value(_ function: MathFunction, at time: Int64) -> Int64 {
    switch function {
    case .epoch: return time
    case .minute: return floorDivide(time, 60) - floorDivide(time, 3_600) * 60
    case .hour: return floorDivide(time, 3_600) - floorDivide(time, 86_400) * 24
    case .day:
      // 1970-01-01 was a Thursday.
      let days = floorDivide(time, 86_400) + 3
      return days - floorDivide(days, 7) * 7 + 1
    default:
      let date = CivilDate(secondsSinceEpoch: time)
      return Int64(function == .date ? date.day : function == .month ? date.month : date.year)
    }
  }
}
