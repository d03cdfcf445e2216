import Time

extension DynamicLabel {
  /// What a label is rendered with besides the series.
  public struct Context: Sendable {
    /// The label without dynamic values: `${LABEL}`.
    public var label: String
    public var statistic: String
    /// Now, in seconds since 1970, which relative times count from.
    public var now: Int64
    /// Seconds ahead of UTC that times are shown in; see ``DynamicLabel/offset(_:)``.
    public var offset: Int
    public var accountLabel: String?

    public init(label: String, statistic: String = "", now: Int64, offset: Int = 0, accountLabel: String? = nil) {
      self.label = label
      self.statistic = statistic
      self.now = now
      self.offset = min(max(offset, -86_400), 86_400)
      self.accountLabel = accountLabel
    }
  }

  /// The label of a series.
  ///
  /// Numbers have up to three decimal places, four significant digits below 1. Times are `2026-01-31 13:05` with `:30` for seconds where
  /// there are some and `UTC` or `+0130` behind; lengths of time are `1d 2h 3m 4s`. What there is no value for is `--`.
  /// Differs: AWS does not say how it formats them.
  public func render(_ series: TimeSeries, _ context: Context) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .text(let plain): text += plain
      case .label: text += context.label
      case .property(let property): text += Self.text(property, series, context) ?? "--"
      case .value(let value): text += Self.text(value, series, context) ?? "--"
      }
    }
    return text
  }

  /// The label of one of several series of an expression: that of the expression before its own, unless it has `${LABEL}` in it or is
  /// empty. Source: CloudWatch User Guide, "Add a math expression to a CloudWatch graph".
  public func render(_ series: TimeSeries, ofMany context: Context) -> String {
    if text.isEmpty { return context.label }
    return isDynamic ? render(series, context) : "\(text) \(context.label)"
  }

  /// `+0130`: seconds ahead of UTC; nil for anything that is no such offset.
  public static func offset(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard bytes.count == 5, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"), bytes[1...].allSatisfy(\.isDigit) else {
      return nil
    }
    let digits = bytes[1...].map { Int($0 - UInt8(ascii: "0")) }
    let minutes = digits[2] * 10 + digits[3]
    let hours = digits[0] * 10 + digits[1]
    guard minutes < 60, hours < 24 else { return nil }
    return (hours * 3_600 + minutes * 60) * (bytes[0] == UInt8(ascii: "-") ? -1 : 1)
  }

  private static func text(_ property: LabelProperty, _ series: TimeSeries, _ context: Context) -> String? {
    switch property {
    case .accountId: series.metric?.accountId
    case .accountLabel: context.accountLabel
    case .dimension(let name): series.metric?.value(of: name)
    case .metricName: series.metric?.metricName
    case .namespace: series.metric?.namespace
    case .period: "\(series.period)"
    case .region: series.metric?.region
    case .stat: context.statistic.isEmpty ? nil : context.statistic
    }
  }

  private static func text(_ value: LabelValue, _ series: TimeSeries, _ context: Context) -> String? {
    if value == .datapointCount { return "\(series.count)" }
    guard let first = series.values.first, let last = series.values.last, let begin = series.times.first, let end = series.times.last
    else { return nil }
    func at(_ function: MathFunction) -> Int64 {
      series.reduced(function).flatMap { wanted in series.values.firstIndex(of: wanted) }.map { series.times[$0] } ?? begin
    }
    switch value {
    case .avg: return number(series.reduced(.avg))
    case .sum: return number(series.reduced(.sum))
    case .max: return number(series.reduced(.max))
    case .min: return number(series.reduced(.min))
    case .first: return number(first)
    case .last: return number(last)
    case .datapointCount: return "\(series.count)"
    case .firstLastRange: return number(last - first)
    case .minMaxRange: return number((series.reduced(.max) ?? 0) - (series.reduced(.min) ?? 0))
    case .firstTime: return time(begin, context)
    case .lastTime: return time(end, context)
    case .maxTime: return time(at(.max), context)
    case .minTime: return time(at(.min), context)
    case .firstLastTimeRange: return length(end - begin)
    case .minMaxTimeRange: return length(at(.max) - at(.min))
    case .firstTimeRelative: return length(context.now.subtractingWithin(begin))
    case .lastTimeRelative: return length(context.now.subtractingWithin(end))
    case .maxTimeRelative: return length(context.now.subtractingWithin(at(.max)))
    case .minTimeRelative: return length(context.now.subtractingWithin(at(.min)))
    }
  }

  // MARK: Formats

  static func number(_ value: Double?) -> String? {
    guard let value, value.isFinite else { return nil }
    guard value.magnitude < 1e15, value == 0 || value.magnitude >= 1e-9 else { return "\(value)" }
    var scale = 1_000.0
    var size = value.magnitude
    // Four digits of what is below 1.
    while size != 0, size < 0.1, scale < 1e12 {
      size *= 10
      scale *= 10
    }
    if size < 1, size != 0 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    if rounded == rounded.rounded(), rounded.magnitude < 1e15 { return "\(Int64(rounded))" }
    return "\(rounded)"
  }

  private static func time(_ time: Int64, _ context: Context) -> String {
    let date = CivilDate(secondsSinceEpoch: time + Int64(context.offset))
    var text = "\(date.year)-\(two(date.month))-\(two(date.day)) \(two(date.hour)):\(two(date.minute))"
    if date.second != 0 { text += ":\(two(date.second))" }
    guard context.offset != 0 else { return text + " UTC" }
    let minutes = abs(context.offset) / 60
    return text + " \(context.offset < 0 ? "-" : "+")\(two(minutes / 60))\(two(minutes % 60))"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func length(_ seconds: Int64) -> String {
    var left = seconds.magnitude
    var parts: [String] = []
    for (unit, name) in [(86_400 as UInt64, "d"), (3_600, "h"), (60, "m"), (1, "s")] where left >= unit {
      parts.append("\(left / unit)\(name)")
      left %= unit
    }
    return parts.isEmpty ? "0s" : parts.joined(separator: " ")
  }
}

extension Int64 {
  /// The difference, of times that are within bounds.
  fileprivate func subtractingWithin(_ other: Int64) -> Int64 {
    Swift.min(Swift.max(self, -TimeWindow.farthest), TimeWindow.farthest) - other
  }
}
