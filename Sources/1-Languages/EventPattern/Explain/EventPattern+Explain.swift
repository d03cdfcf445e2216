import JSON

/// Why an event does not match a pattern.
public struct Mismatch: Hashable, Sendable {
  /// The first field, in the pattern's order, that differs: names joined by dots. Nil when no single field is at fault.
  public let field: String?
  /// What the event has there: `is "pending"`.
  public let found: String?
  /// What the pattern wants there: `"running" or "stopped"`.
  public let expected: String?
  /// All of it in one sentence: `detail.state is "pending", expected "running" or "stopped"`.
  public let reason: String
}

extension EventPattern {
  /// Why the event does not match: the first field, in the pattern's order, that differs, and what was expected there. Nil when
  /// the event matches.
  ///
  /// A pattern with `$or` can be met in several ways; the answer is about the one of which the event meets the most conditions.
  /// For bytes that are no event it says what is wrong with them.
  public func mismatch(_ event: [UInt8]) -> Mismatch? {
    if matches(event) { return nil }
    let document: JSONValue
    do {
      try Self.check(event: event)
      document = try JSONValue(parsing: event)
    } catch let error as EventError {
      return Mismatch(field: nil, found: nil, expected: nil, reason: error.message)
    } catch {
      return Mismatch(field: nil, found: nil, expected: nil, reason: "\(error)")
    }
    let nearest = alternatives.map { Verdict($0, event) }.enumerated().min { left, right in
      (left.element.unmet.count, left.offset) < (right.element.unmet.count, right.offset)
    }
    guard let mismatch = nearest?.element.mismatch(document) else { return nil }
    if alternatives.count == 1 { return mismatch }
    return Mismatch(
      field: mismatch.field, found: mismatch.found, expected: mismatch.expected,
      reason: "none of the \(alternatives.count) alternatives matches, the nearest because \(mismatch.reason)")
  }

  /// Why the event does not match, in one sentence; see `mismatch(_:)`.
  ///
  ///     detail.state is "pending", expected "running" or "stopped"
  public func explain(_ event: [UInt8]) -> String? { mismatch(event)?.reason }
}

/// How an event that does not match fares with one alternative, condition by condition.
private struct Verdict {
  let alternative: Alternative
  /// The conditions that no value meets, in the pattern's order.
  let unmet: [Condition]
  /// For each path the values the event has there, as text.
  private let values: [[UInt8]: [String]]

  init(_ alternative: Alternative, _ event: [UInt8]) {
    self.alternative = alternative
    var unmet: [Condition] = []
    var values: [[UInt8]: [String]] = [:]
    for condition in alternative.conditions {
      var single = Alternative()
      single.require(condition.path, condition.tests)
      let (isMet, texts) = Self.read(single, condition.path, event)
      values[condition.path] = texts
      if !isMet { unmet.append(condition) }
    }
    self.unmet = unmet
    self.values = values
  }

  /// Whether the event matches a single condition, and the values it has at that path.
  private static func read(_ single: Alternative, _ path: [UInt8], _ event: [UInt8]) -> (isMet: Bool, values: [String]) {
    let root = PathNode.empty.setting(PathNode.names(path)[...], to: 0, nil)
    let fields = EventFields()
    defer { fields.deallocate() }
    fields.reset(paths: 1)
    let program = Program(single, rule: root, slot: 0) { _ in 0 }
    return event.withUnsafeBytes { bytes in
      var reader = EventReader(bytes, into: fields)
      _ = reader.read(UnsafePointer(root.record))
      let texts = (0..<fields.fields.count).map { text(of: fields.fields[$0]) }
      let isMet = withExtendedLifetime(program) { ProgramView(memory: program.memory).matches(fields) }
      return (isMet, texts)
    }
  }

  private static func text(of field: Field) -> String {
    let text = String(decoding: UnsafeBufferPointer(start: field.text, count: field.count), as: UTF8.self)
    return field.kind == .string ? JSONValue.string(text).text : text
  }

  func mismatch(_ document: JSONValue) -> Mismatch {
    guard let first = unmet.first else {
      let paths = alternative.conditions.filter { (values[$0.path]?.count ?? 0) > 0 }.map { String(decoding: $0.path, as: UTF8.self) }
      return Mismatch(
        field: nil, found: nil, expected: nil,
        reason: "no single element of an array has values that match at \(Words.list(paths, "and")) together")
    }
    let field = String(decoding: first.path, as: UTF8.self)
    let found = found(at: first.path, document)
    let expected = Words.list(first.tests.map(\.expectation), "or")
    return Mismatch(field: field, found: found, expected: expected, reason: "\(field) \(found), expected \(expected)")
  }

  private func found(at path: [UInt8], _ document: JSONValue) -> String {
    let values = values[path] ?? []
    switch values.count {
    case 0: return Self.absence(at: path, document)
    case 1: return "is \(values[0])"
    case 2...5: return "has the values \(Words.list(values, "and"))"
    default: return "has \(values.count) values, among them \(Words.list(Array(values.prefix(4)), "and"))"
    }
  }

  private static func absence(at path: [UInt8], _ document: JSONValue) -> String {
    var value: JSONValue? = document
    for name in PathNode.names(path) { value = value?[String(decoding: name, as: UTF8.self)] }
    switch value {
    case .object: return "is an object"
    case .array: return "is an array without values"
    default: return "is missing"
    }
  }
}
