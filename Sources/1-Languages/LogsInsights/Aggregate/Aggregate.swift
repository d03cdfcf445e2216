/// An aggregate of `stats`. Source: CloudWatch Logs User Guide, stats, Functions to use with stats.
struct Aggregate: Sendable {
  enum Function: Sendable, Equatable {
    case countAll, count, sum, average, minimum, maximum, deviation, distinct
    case percentile(Double)
    case earliest, latest, sortsFirst, sortsLast
  }
  var function: Function
  var argument: Node
  /// Numbers and objects of a group's state.
  var numbers: Int
  var hasObject: Bool

  init(_ function: Function, _ argument: Node) {
    self.function = function
    self.argument = argument
    switch function {
    case .countAll, .count: (numbers, hasObject) = (1, false)
    case .sum, .average: (numbers, hasObject) = (2, false)
    case .deviation: (numbers, hasObject) = (3, false)
    // The extreme of numbers and whether there is one; texts are in the object.
    case .minimum, .maximum: (numbers, hasObject) = (2, true)
    case .distinct, .percentile, .earliest, .latest, .sortsFirst, .sortsLast: (numbers, hasObject) = (0, true)
    }
  }

  static let names: [String: Function] = [
    "count": .count, "sum": .sum, "avg": .average, "min": .minimum, "max": .maximum, "stddev": .deviation, "count_distinct": .distinct,
    "earliest": .earliest, "latest": .latest, "sortsfirst": .sortsFirst, "sortslast": .sortsLast,
  ]

  /// Whether equal events may be given once with their number.
  var isWeightable: Bool {
    switch function {
    case .countAll, .count, .sum, .average, .minimum, .maximum, .distinct, .sortsFirst, .sortsLast: true
    case .deviation, .percentile, .earliest, .latest: false
    }
  }

  /// Whether the time of events matters.
  var isTimed: Bool { function == .earliest || function == .latest }

  func makeObject() -> AnyObject? {
    switch function {
    case .distinct: DistinctCounter()
    case .percentile: QuantileSketch()
    case .earliest, .latest, .sortsFirst, .sortsLast, .minimum, .maximum: KeptValue()
    default: nil
    }
  }
}

/// A value with the time of its event.
final class KeptValue {
  var bytes: [UInt8] = []
  var time: Int64 = 0
  var isSet = false

  func set(_ value: Value, _ time: Int64) {
    bytes.removeAll(keepingCapacity: true)
    ValueCoder.append(value, to: &bytes)
    self.time = time
    isSet = true
  }

  func set(_ other: KeptValue) {
    bytes = other.bytes
    time = other.time
    isSet = true
  }

  /// Calls with the value, whose texts live until it returns.
  func with<Result>(_ body: (Value) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { buffer in
      guard isSet, var place = buffer.baseAddress else { return body(.missing) }
      return body(ValueCoder.read(&place))
    }
  }
}
