import JSON
import Series
import ServiceKit
import Time

/// Stores samples of metrics; on disk when it answers. Source: Amazon CloudWatch API Reference, PutMetricData.
struct PutMetricData: AsyncOperation {
  struct Input: Shape {
    var namespace: String
    var metricData: [Datum]?
    static var limits: [Limit<Self>] {
      [
        .length("namespace", \.namespace, 1...255, TextPattern("[^:].*") { !$0.hasPrefix(":") }),
        .count("metricData", \.metricData, 1...1_000),
      ]
    }
  }
  struct Datum: Shape {
    var metricName: String
    var dimensions: [DimensionShape]?
    var timestamp: Timestamp?
    var value: Double?
    var statisticValues: StatisticSet?
    var values: [Double]?
    var counts: [Double]?
    var unit: String?
    var storageResolution: Int?
    static var limits: [Limit<Self>] {
      [
        .length("metricName", \.metricName, 1...255), .count("dimensions", \.dimensions, 0...30),
        .oneOf("unit", \.unit, StandardUnit.names), .count("values", \.values, 0...150),
      ]
    }
  }
  struct StatisticSet: Shape {
    var sampleCount: Double
    var sum: Double
    var minimum: Double
    var maximum: Double
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Empty {
    guard let data = input.metricData, !data.isEmpty else {
      throw Fault.missingParameter("The parameter MetricData is required.")
    }
    var samples: [MetricSample] = []
    samples.reserveCapacity(data.count)
    for (position, datum) in data.enumerated() {
      let place = "MetricData.member.\(position + 1)"
      let resolution = datum.storageResolution ?? 60
      guard resolution == 1 || resolution == 60 else {
        throw Fault.invalidValue("The parameter \(place).StorageResolution must be 1 or 60, not \(resolution).")
      }
      samples.append(
        MetricSample(
          key: MetricKey(call.partition, input.namespace, datum.metricName, datum.dimensions),
          at: try instant(datum, place, call), unit: datum.unit == "None" ? nil : datum.unit, data: try value(datum, place),
          resolution: resolution))
    }
    do { try await call.room.engine.append(samples) } catch { throw Fault.unavailable(error.message) }
    return Empty()
  }

  private static func instant(_ datum: Datum, _ place: String, _ call: AsyncCall<CloudWatch>) throws(Fault) -> Timestamp {
    guard let at = datum.timestamp else { return call.now }
    if at > call.now + .seconds(7_200) {
      throw .invalidValue("The parameter \(place).Timestamp must specify a time no more than two hours in the future.")
    }
    // Without AWS's quotas older samples are welcome: a past that is filled in later.
    let oldest = call.enforcesQuotas ? call.now - .seconds(14 * 86_400) : Timestamp(seconds: 0)
    if at < oldest { throw .invalidValue("The parameter \(place).Timestamp must specify a time no more than two weeks in the past.") }
    return at
  }

  private static func value(_ datum: Datum, _ place: String) throws(Fault) -> MetricSample.Data {
    func check(_ number: Double, _ name: String) throws(Fault) {
      guard number.isFinite, number == 0 || (8.515920e-109...1.174271e108).contains(number.magnitude) else {
        throw .invalidValue("The value \(number) for parameter \(place).\(name) is invalid.")
      }
    }
    let given = (datum.value == nil ? 0 : 1) + (datum.statisticValues == nil ? 0 : 1) + (datum.values == nil ? 0 : 1)
    guard given == 1 else {
      throw given == 0
        ? .missingParameter("At least one of the parameters \(place).Value, \(place).Values and \(place).StatisticValues must be given.")
        : .invalidCombination(
          "The parameters \(place).Value, \(place).Values and \(place).StatisticValues are mutually exclusive and you have specified more than one."
        )
    }
    if let value = datum.value {
      try check(value, "Value")
      return .value(value)
    }
    if let set = datum.statisticValues {
      for (number, name) in [(set.sampleCount, "SampleCount"), (set.sum, "Sum"), (set.minimum, "Minimum"), (set.maximum, "Maximum")] {
        try check(number, "StatisticValues.\(name)")
      }
      guard set.sampleCount > 0, set.minimum <= set.maximum else {
        throw .invalidValue("The parameter \(place).StatisticValues needs a SampleCount above 0 and a Minimum not above its Maximum.")
      }
      return .statisticSet(count: set.sampleCount, sum: set.sum, min: set.minimum, max: set.maximum)
    }
    let values = datum.values ?? []
    let counts = datum.counts ?? Array(repeating: 1, count: values.count)
    guard !values.isEmpty, counts.count == values.count else {
      throw .invalidValue("The parameters \(place).Values and \(place).Counts must be of the same size, and not empty.")
    }
    for value in values { try check(value, "Values") }
    for count in counts where !(count.isFinite && count > 0) {
      throw .invalidValue("The value \(count) for parameter \(place).Counts is invalid.")
    }
    return .values(zip(values, counts).map { ($0, $1) })
  }
}

/// Source: Amazon CloudWatch API Reference, MetricDatum.Unit.
enum StandardUnit {
  private static let sizes = [
    "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
  ]
  static let names =
    ["Seconds", "Microseconds", "Milliseconds"] + sizes + ["Percent", "Count"] + sizes.map { "\($0)/Second" } + ["Count/Second", "None"]
}
