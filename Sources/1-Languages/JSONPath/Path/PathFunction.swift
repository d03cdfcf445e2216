import JSON

/// A function at the end of a path, such as `.length()`.
enum PathFunction: Sendable, Hashable {
  case length, min, max, average, sum, deviation, keys, first, last
  case element(Int)

  struct Refusal: Error { let message: String }

  init?(name: String, argument: Int?) {
    switch (name, argument) {
    case ("length", nil), ("size", nil): self = .length
    case ("min", nil): self = .min
    case ("max", nil): self = .max
    case ("avg", nil): self = .average
    case ("sum", nil): self = .sum
    case ("stddev", nil): self = .deviation
    case ("keys", nil): self = .keys
    case ("first", nil): self = .first
    case ("last", nil): self = .last
    case ("index", let position?): self = .element(position)
    default: return nil
    }
  }

  func apply(to value: JSONValue) throws(Refusal) -> JSONValue {
    switch self {
    case .length:
      switch value {
      case .array(let elements): return .int(Int64(elements.count))
      case .object(let object): return .int(Int64(object.count))
      default: return .null
      }
    case .keys:
      guard case .object(let object) = value else { return .null }
      return .array(object.keys.map(JSONValue.string))
    case .first: return try element(0, of: value)
    case .last: return try element(-1, of: value)
    case .element(let position): return try element(position, of: value)
    case .min, .max, .average, .sum, .deviation: return try aggregate(value)
    }
  }

  private func element(_ position: Int, of value: JSONValue) throws(Refusal) -> JSONValue {
    guard case .array(let elements) = value else {
      throw Refusal(message: "Aggregation function attempted to calculate value using empty array")
    }
    let place = position < 0 ? elements.count + position : position
    guard elements.indices.contains(place) else {
      throw Refusal(message: "Target index:\(position) larger than object count:\(elements.count)")
    }
    return elements[place]
  }

  private func aggregate(_ value: JSONValue) throws(Refusal) -> JSONValue {
    let numbers = (value.array ?? []).compactMap(\.double)
    guard !numbers.isEmpty else {
      throw Refusal(message: "Aggregation function attempted to calculate value using empty array")
    }
    let total = numbers.reduce(0, +)
    let mean = total / Double(numbers.count)
    let result =
      switch self {
      case .min: numbers.reduce(.infinity) { Swift.min($0, $1) }
      case .max: numbers.reduce(-.infinity) { Swift.max($0, $1) }
      case .average: mean
      case .sum: total
      default: (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)).squareRoot()
      }
    return result.isFinite ? .double(result) : .null
  }
}

extension PathFunction: CustomStringConvertible {
  var description: String {
    switch self {
    case .length: "length()"
    case .min: "min()"
    case .max: "max()"
    case .average: "avg()"
    case .sum: "sum()"
    case .deviation: "stddev()"
    case .keys: "keys()"
    case .first: "first()"
    case .last: "last()"
    case .element(let position): "index(\(position))"
    }
  }
}
