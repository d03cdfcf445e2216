import JSON
import ServiceKit
import Store
import Time

import struct Series.LogEvent

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Metrics that log events carry in themselves: the embedded metric format.
///
/// An event without the text `"_aws"` costs one search through its bytes. A definition that breaks a rule is counted and left out; the others
/// of its event hold. Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
/// Differs: an empty list of dimension sets counts as one set without dimensions; under the limits `open` events may be older than two weeks.
struct EmbeddedMetrics: Sendable {
  private(set) var samples: [MetricDatum] = []
  /// Events that look like documents of the format and are no JSON objects.
  private(set) var parsingErrors = 0
  /// Definitions that do not adhere to the format.
  private(set) var validationErrors = 0

  private static let mark = Array("\"_aws\"".utf8)
  private static let mostDimensions = 30
  private static let mostMetrics = 100
  private static let mostValues = 100
  /// Samples that one event can give: a small document could otherwise ask for millions.
  private static let mostSamples = 10_000
  private static let resolutions: Set<Int64> = [1, 60]

  init() {}

  /// Adds the metrics of an event.
  /// - Parameters:
  ///   - time: the event's own instant, for documents without.
  ///   - oldest: older ones are not taken.
  mutating func add(_ message: UnsafeRawBufferPointer, at time: Timestamp, now: Timestamp, oldest: Timestamp) {
    guard Self.isMarked(message) else { return }
    guard let document = try? JSONValue(parsing: message), let root = document.object else {
      // Text that only speaks of the format is none.
      if message.first(where: { $0 > 32 }) == 123 { parsingErrors += 1 }
      return
    }
    guard let metadata = root["_aws"], let directives = metadata["CloudWatchMetrics"] else { return }
    guard let directives = directives.array, let time = Self.time(metadata, time, now: now, oldest: oldest) else {
      validationErrors += 1
      return
    }
    let most = samples.count + Self.mostSamples
    for directive in directives { read(directive, root, time, most: most) }
  }

  /// Whether the bytes have the mark in them: where there is an underscore, the rest is compared.
  private static func isMarked(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress else { return false }
    let end = base + bytes.count
    var place = base
    while place < end, let found = memchr(place, 95, end - place) {
      let start = UnsafeRawPointer(found) - 1
      if start >= base, end - start >= mark.count, memcmp(start, mark, mark.count) == 0 { return true }
      place = UnsafeRawPointer(found) + 1
    }
    return false
  }

  /// Nil for what is no instant, or none that a metric can have.
  private static func time(_ metadata: JSONValue, _ event: Timestamp, now: Timestamp, oldest: Timestamp) -> Timestamp? {
    var time = event
    if let given = metadata["Timestamp"] {
      guard let milliseconds = given.double, milliseconds.magnitude < 9e15 else { return nil }
      time = Timestamp(milliseconds: Int64(milliseconds))
    }
    return time > now + .seconds(7_200) || time < oldest ? nil : time
  }

  private mutating func read(_ directive: JSONValue, _ root: JSONObject, _ time: Timestamp, most: Int) {
    guard let namespace = directive["Namespace"]?.string, (1...255).contains(namespace.utf8.count), !namespace.hasPrefix(":"),
      let metrics = directive["Metrics"]?.array, metrics.count <= Self.mostMetrics, let lists = directive["Dimensions"]?.array
    else {
      validationErrors += 1
      return
    }
    var sets: [[String: String]] = lists.isEmpty ? [[:]] : []
    for list in lists {
      if let set = Self.dimensions(list, root) { sets.append(set) } else { validationErrors += 1 }
    }
    for metric in metrics {
      guard samples.count + sets.count <= most, let datum = Self.datum(metric, root, namespace, time) else {
        validationErrors += 1
        continue
      }
      for set in sets {
        var one = datum
        one.dimensions = set
        samples.append(one)
      }
    }
  }

  /// The dimensions that a set names, with their values out of the document.
  private static func dimensions(_ list: JSONValue, _ root: JSONObject) -> [String: String]? {
    guard let names = list.array, names.count <= mostDimensions else { return nil }
    var dimensions: [String: String] = [:]
    for name in names {
      guard let name = name.string, (1...255).contains(name.utf8.count), !name.hasPrefix(":"), let value = root[name]?.string,
        (1...1_024).contains(value.utf8.count)
      else { return nil }
      dimensions[name] = value
    }
    return dimensions
  }

  private static func datum(_ metric: JSONValue, _ root: JSONObject, _ namespace: String, _ time: Timestamp) -> MetricDatum? {
    guard let name = metric["Name"]?.string, (1...255).contains(name.utf8.count), let target = root[name] else { return nil }
    let unit = metric["Unit"] ?? "None"
    let resolution = metric["StorageResolution"] ?? 60
    guard let unit = unit.string, MetricUnits.names.contains(unit), let resolution = resolution.int, resolutions.contains(resolution) else {
      return nil
    }
    var datum = MetricDatum(
      namespace: namespace, name: name, value: 0, unit: unit, time: time, resolution: Int(resolution))
    if let values = target.array {
      guard (1...mostValues).contains(values.count) else { return nil }
      var counts: [Double: Double] = [:]
      for value in values {
        guard let value = value.double, isGood(value) else { return nil }
        counts[value, default: 0] += 1
      }
      datum.values = counts.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
      return datum
    }
    guard let value = target.double, isGood(value) else { return nil }
    datum.value = value
    return datum
  }

  /// Source: Amazon CloudWatch API Reference, MetricDatum.Value.
  private static func isGood(_ value: Double) -> Bool {
    value.isFinite && (value == 0 || (8.515920e-109...1.174271e108).contains(value.magnitude))
  }
}

extension Logs {
  /// The metrics that events carry in themselves; what is wrong with them is counted as AWS counts it.
  /// Source: Amazon CloudWatch Logs User Guide, "Monitoring with CloudWatch metrics", EMFParsingErrors and EMFValidationErrors.
  func embeddedMetrics(of events: [LogEvent], in group: String, _ partition: Partition) -> [MetricDatum] {
    let now = context.clock.now()
    let oldest = context.limits == .aws ? now - .seconds(14 * 86_400) : Timestamp(seconds: 0)
    var found = EmbeddedMetrics()
    for event in events { event.message.withUnsafeBytes { found.add($0, at: event.timestamp, now: now, oldest: oldest) } }
    for (name, count) in [("EMFParsingErrors", found.parsingErrors), ("EMFValidationErrors", found.validationErrors)] where count > 0 {
      context.counters.add("AWS/Logs", name, ["LogGroupName": group], Double(count), unit: "None", in: partition)
    }
    return found.samples
  }
}

/// Source: Amazon CloudWatch API Reference, MetricDatum.Unit.
private enum MetricUnits {
  private static let sizes = [
    "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
  ]
  static let names = Set(
    ["Seconds", "Microseconds", "Milliseconds"] + sizes + ["Percent", "Count"] + sizes.map { "\($0)/Second" } + ["Count/Second", "None"])
}
