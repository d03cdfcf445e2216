import JSON

/// Values of an evaluation as JSON.
enum Output {
  /// The value as JSON; nil when there is none. A function is an empty string, as JSON text of it would have.
  static func json(_ value: Value) -> JSONValue? {
    switch value {
    case .undefined, .unset: nil
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let number): json(number)
    case .string(let text): .string(text)
    case .inputArray(let place), .inputObject(let place): place.pointee
    case .array(let items): items.isOuterWrapper ? json(items[0]) : json(items)
    case .object(let record): json(record)
    case .function: .string("")
    }
  }

  @inline(__always)
  static func json(_ number: Double) -> JSONValue {
    // Beyond 2 to the power of 53 a double stands for several integers; it is written as a double then.
    if number.magnitude <= 0x1p53, let exact = Int64(exactly: number) { return .int(exact) }
    return number.isFinite ? .double(number) : .null
  }

  private static func json(_ items: Items) -> JSONValue {
    if let range = items.range { return .array((0..<range.count).map { json(range.first + Double($0)) }) }
    let count = items.values.count
    return .array(
      [JSONValue](unsafeUninitializedCapacity: count) { buffer, filled in
        guard let base = buffer.baseAddress else { return }
        items.values.withUnsafeBufferPointer { values in
          for position in 0..<count { (base + position).initialize(to: json(values[position]) ?? .null) }
        }
        filled = count
      })
  }

  private static func json(_ record: Record) -> JSONValue {
    let names = record.names.list
    var members: [JSONObject.Member] = []
    members.reserveCapacity(names.count)
    for position in 0..<names.count {
      guard let value = json(record.values[position]) else { continue }
      members.append(JSONObject.Member(key: names[position], value: value))
    }
    return .object(JSONObject(distinct: members))
  }
}

/// JSON as a value of its own, for JSON that does not outlive the evaluation.
extension Value {
  init(copying json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .number(Double(value))
    case .double(let value): self = .number(value)
    case .bigInteger(let digits): self = .number(Double(digits) ?? .infinity)
    case .string(let text): self = .string(text)
    case .array(let elements): self = .array(Items(ContiguousArray(elements.map { Value(copying: $0) })))
    case .object(let object):
      var builder = RecordBuilder()
      for (name, value) in object { builder.append(name, Value(copying: value)) }
      self = .object(builder.record())
    }
  }
}
