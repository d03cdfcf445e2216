import FilterPattern
import Series
import ServiceKit
import Store
import Synchronization
import Time

/// A metric filter ready to be applied.
struct CompiledFilter: Sendable {
  struct Output: Sendable {
    var transformation: MetricTransformation
    var value: FilterSelector
    var dimensions: [(name: String, selector: FilterSelector)]
  }
  let filter: MetricFilter
  let pattern: FilterPattern
  let outputs: [Output]
  private let criteria: SystemFieldCriteria?

  /// Throws InvalidParameterException.
  init(_ filter: MetricFilter) throws(Fault) {
    self.filter = filter
    criteria = try filter.fieldSelectionCriteria.map { text throws(Fault) in try SystemFieldCriteria(text) }
    do {
      pattern = try FilterPattern(filter.pattern)
      outputs = try filter.transformations.map { (transformation) throws(FilterPatternError) in
        Output(
          transformation: transformation, value: try FilterSelector(transformation.metricValue),
          dimensions: try (transformation.dimensions ?? [:]).sorted { $0.key < $1.key }.map { (name, selector) throws(FilterPatternError) in
            (name, try FilterSelector(selector))
          })
      }
    } catch { throw .parameter("\(error.message(for: .metricFilter)): \(error.reason), at character \(error.offset + 1)") }
  }

  /// The samples that the events give; where none matches, the default value, once in a minute.
  func samples(_ events: [LogEvent], defaults: DefaultValues, in partition: Partition) -> [MetricDatum] {
    if let criteria, !criteria.passes(partition) { return [] }
    var samples: [MetricDatum] = []
    for event in events {
      let isMatch = event.message.withUnsafeBufferPointer { pattern.matches($0) }
      guard isMatch, let match = pattern.match(String(decoding: event.message, as: UTF8.self)) else {
        defaults.missed(self, at: event.timestamp, in: partition, &samples)
        continue
      }
      defaults.matched(self, at: event.timestamp, in: partition)
      for output in outputs { if let sample = sample(output, match, event.timestamp, partition) { samples.append(sample) } }
    }
    return samples
  }

  private func sample(_ output: Output, _ match: FilterMatch, _ time: Timestamp, _ partition: Partition) -> MetricDatum? {
    guard let value = match.number(of: output.value) else { return nil }
    var dimensions: [String: String] = [:]
    for (name, selector) in output.dimensions {
      // A dimension whose field is missing: the event gives no sample, as on AWS.
      guard let text = match.text(of: selector) else { return nil }
      dimensions[name] = text
    }
    for name in filter.emitSystemFieldDimensions ?? [] {
      dimensions[name] = name == "@aws.account" ? partition.account : partition.region
    }
    let given = output.transformation
    return MetricDatum(
      namespace: given.metricNamespace, name: given.metricName, dimensions: dimensions, value: value, unit: given.unit ?? "None", time: time
    )
  }
}

/// Sees to it that a metric filter's default value is given once for each minute that has events but none that match.
///
/// Source: CloudWatch Logs User Guide, "Creating metrics from log events using filters": the value reported during a period when logs are
/// ingested but no matching logs are found.
/// Differs: a minute whose first events do not match keeps its default value when later ones of other calls do.
final class DefaultValues: Sendable {
  private let minutes = Mutex<[String: Int64]>([:])
  private static let most = 100_000

  private static func key(_ filter: CompiledFilter, _ partition: Partition) -> String { "\(partition.text):\(filter.filter.key)" }

  func matched(_ filter: CompiledFilter, at time: Timestamp, in partition: Partition) {
    guard filter.outputs.contains(where: { $0.transformation.defaultValue != nil }) else { return }
    _ = begin(filter, time, partition)
  }

  func missed(_ filter: CompiledFilter, at time: Timestamp, in partition: Partition, _ samples: inout [MetricDatum]) {
    guard filter.outputs.contains(where: { $0.transformation.defaultValue != nil }), begin(filter, time, partition) else { return }
    for output in filter.outputs {
      let given = output.transformation
      guard let value = given.defaultValue else { continue }
      samples.append(
        MetricDatum(namespace: given.metricNamespace, name: given.metricName, value: value, unit: given.unit ?? "None", time: time))
    }
  }

  /// Whether the minute is a new one for the filter.
  private func begin(_ filter: CompiledFilter, _ time: Timestamp, _ partition: Partition) -> Bool {
    let minute = time.seconds / 60
    return minutes.withLock { minutes in
      let key = Self.key(filter, partition)
      if let known = minutes[key], known >= minute { return false }
      if minutes.count >= Self.most { minutes = [:] }
      minutes[key] = minute
      return true
    }
  }
}
