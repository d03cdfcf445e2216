import ServiceKit
import Telemetry
import Time

/// What StatsD's lines have said since the last flush.
struct StatsDTable: Sendable {
  struct Key: Hashable, Sendable {
    var name: String
    var kind: String
    var dimensions: [String: String]
    /// Seconds since 1970, of lines that say so.
    var instant: Int64?
  }
  private enum Value: Sendable {
    case sum(Double)
    case last(Double)
    case distribution(Distribution)
    case members(Set<Substring>)
  }
  /// Bounds: series between two flushes, gauges remembered for changes, members of all sets together.
  static let mostSeries = 100_000
  static let mostMembers = 1_000_000
  private static let gaugeLife: Int64 = 3_600

  private var values: [Key: Value] = [:]
  private var gauges: [Key: (value: Double, seen: Int64)] = [:]
  private var members = 0

  var count: Int { values.count }

  /// Adds a line. False when there is no room for it.
  mutating func add(_ line: StatsDLine, now: Timestamp) -> Bool {
    let key = Key(name: Self.clean(line.name, 255), kind: Self.type(line.kind), dimensions: Self.dimensions(line), instant: line.instant)
    if values[key] == nil, values.count >= Self.mostSeries { return false }
    switch line.kind {
    case .counter:
      var sum = 0.0
      if case .sum(let before) = values[key] { sum = before }
      for value in line.values { sum += (StatsDLine.number(value) ?? 0) / line.rate }
      if sum.isFinite { values[key] = .sum(sum) }
    case .gauge: return set(key, line.values, now)
    case .timer, .histogram, .distribution:
      var distribution = Distribution()
      if case .distribution(let before) = values[key] { distribution = before }
      // In place: the copy that the table holds must not be shared.
      values[key] = nil
      for value in line.values { distribution.add(StatsDLine.number(value) ?? 0, count: 1 / line.rate) }
      values[key] = .distribution(distribution)
    case .set:
      var found: Set<Substring> = []
      if case .members(let before) = values[key] { found = before }
      values[key] = nil
      for value in line.values where !found.contains(value) && members < Self.mostMembers {
        // A copy, so that the datagram it came in is let go.
        found.insert(Substring(String(value)))
        members += 1
      }
      values[key] = .members(found)
    }
    return true
  }

  private mutating func set(_ key: Key, _ given: [Substring], _ now: Timestamp) -> Bool {
    if gauges[key] == nil, gauges.count >= Self.mostSeries {
      gauges = gauges.filter { $0.value.seen > now.seconds - Self.gaugeLife }
      if gauges.count >= Self.mostSeries { return false }
    }
    var value = gauges[key]?.value ?? 0
    for text in given {
      let number = StatsDLine.number(text) ?? 0
      let isChange = text.utf8.first == 43 || text.utf8.first == 45
      value = isChange ? value + number : number
    }
    guard value.isFinite else { return true }
    gauges[key] = (value, now.seconds)
    values[key] = .last(value)
    return true
  }

  /// Everything gathered as metrics; the table is then empty but for what gauges were.
  mutating func take(_ namespace: String, now: Timestamp) -> [MetricDatum] {
    let taken = values
    (values, members) = ([:], 0)
    return taken.compactMap { key, value in
      let time = key.instant.map { min(Timestamp(seconds: $0), now) } ?? now
      var datum = MetricDatum(
        namespace: namespace, name: key.name, dimensions: key.dimensions, value: 0, unit: key.kind == "timing" ? "Milliseconds" : "None",
        time: time)
      switch value {
      case .sum(let sum): datum.value = sum
      case .last(let last): datum.value = last
      case .members(let members): datum.value = Double(members.count)
      case .distribution(let distribution):
        if distribution.isEmpty { return nil }
        datum.values = distribution.values
      }
      return datum
    }
  }

  private static func type(_ kind: StatsDLine.Kind) -> String {
    switch kind {
    case .counter: "counter"
    case .gauge: "gauge"
    case .timer: "timing"
    case .histogram: "histogram"
    case .distribution: "distribution"
    case .set: "set"
    }
  }

  /// The first 29 tags and `metric_type`: 30 is AWS's most. A tag without a value is "true", as in the CloudWatch agent.
  private static func dimensions(_ line: StatsDLine) -> [String: String] {
    var dimensions: [String: String] = [:]
    for tag in line.tags where dimensions.count < 29 || dimensions[tag.name] != nil {
      dimensions[clean(tag.name, 255)] = tag.value.isEmpty ? "true" : clean(tag.value, 1_024)
    }
    dimensions["metric_type"] = type(line.kind)
    return dimensions
  }

  /// Without control characters, no longer than that.
  private static func clean(_ text: String, _ most: Int) -> String { DimensionText.clean(text, most) }
}
