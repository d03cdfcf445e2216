import JSON

extension IntrinsicFunction {
  static func partition(_ value: JSONValue, _ size: JSONValue) -> JSONValue? {
    guard case .array(let elements) = value, let size = whole(size), size > 0 else { return nil }
    let step = Int(clamping: min(size, Int64(max(elements.count, 1))))
    return .array(
      stride(from: 0, to: elements.count, by: step).map { start in
        .array(Array(elements[start..<min(start + step, elements.count)]))
      })
  }

  static func contains(_ value: JSONValue, _ wanted: JSONValue) -> JSONValue? {
    guard case .array(let elements) = value else { return nil }
    func text(_ value: JSONValue) -> String { value.string ?? value.text }
    let sought = text(wanted)
    return .bool(elements.contains { text($0).utf8.elementsEqual(sought.utf8) })
  }

  static func range(_ first: JSONValue, _ last: JSONValue, _ step: JSONValue) -> JSONValue? {
    guard let first = whole(first), let last = whole(last), let step = whole(step), step != 0 else { return nil }
    let (distance, overflow) = last.subtractingReportingOverflow(first)
    guard !overflow, step != .min || distance != .min else { return nil }
    guard distance == 0 || (distance > 0) == (step > 0) else { return .array([]) }
    let steps = distance.magnitude / step.magnitude
    guard steps < 1_000 else { return nil }
    return .array((0...Int64(steps)).map { .int(first + $0 * step) })
  }

  /// An index outside an empty array answers null, outside any other it is refused.
  static func item(_ value: JSONValue, _ index: JSONValue) -> JSONValue? {
    guard case .array(let elements) = value, let index = whole(index) else { return nil }
    if elements.isEmpty, index >= 0 { return .null }
    guard let place = Int(exactly: index), elements.indices.contains(place) else { return nil }
    return elements[place]
  }

  static func unique(_ value: JSONValue) -> JSONValue? {
    guard case .array(let elements) = value else { return nil }
    var seen: Set<JSONValue> = []
    let distinct = elements.filter { seen.insert($0).inserted }
    let order = JavaOrder.order(distinct.map(JavaOrder.hash), table: max(JavaOrder.table(holding: elements.count), 16))
    return .array(order.map { distinct[$0] })
  }
}
