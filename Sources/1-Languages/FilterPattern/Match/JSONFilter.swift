import JSON

/// A condition on a property of a JSON message.
struct PropertyCondition: Sendable {
  enum Test: Sendable {
    case compare(Comparison)
    case isNull
    case isBoolean(Bool)
    case notExists
  }

  let selector: PropertySelector
  let test: Test

  func holds(in document: JSONValue) -> Bool {
    switch test {
    case .compare(let comparison): selector.contains(in: document) { Self.compares($0, comparison) }
    case .isNull: selector.contains(in: document) { $0.isNull }
    case .isBoolean(let expected): selector.contains(in: document) { $0.bool == expected }
    case .notExists: !selector.contains(in: document) { _ in true }
    }
  }

  /// Null, arrays and objects compare with nothing, not even as unequal.
  private static func compares(_ value: JSONValue, _ comparison: Comparison) -> Bool {
    guard var text = value.scalarText else { return false }
    let number = Number(value)
    return text.withUTF8 { comparison.holds($0, number: number) }
  }
}

/// Conditions on a message that is a JSON object. Any other message does not match.
struct JSONFilter: Sendable {
  let condition: Logic<PropertyCondition>
  /// Texts without one of which no message matches: most messages need not be parsed.
  private let needed: [[UInt8]]
  private static let limits: JSONLimits = {
    var limits = JSONLimits()
    limits.replacesLoneSurrogates = true
    return limits
  }()

  init(_ condition: Logic<PropertyCondition>) {
    self.condition = condition
    needed = Self.needed(condition)
  }

  func matches(_ message: UnsafeBufferPointer<UInt8>) -> Bool { document(message) != nil }

  func match(_ message: UnsafeBufferPointer<UInt8>) -> FilterMatch? {
    guard let document = document(message) else { return nil }
    var values: [String: String] = [:]
    for leaf in condition.leaves {
      if let value = leaf.selector.first(in: document)?.scalarText { values[leaf.selector.text] = value }
    }
    return FilterMatch(source: .json(document), extractedValues: values)
  }

  /// The document in the message, when the conditions hold for it.
  private func document(_ message: UnsafeBufferPointer<UInt8>) -> JSONValue? {
    guard message.first(where: { !$0.isSpace }) == UInt8(ascii: "{") else { return nil }
    // What is looked for may be written with escapes; then there is a backslash.
    if needed.contains(where: { !ByteSearch.contains(message, $0) }), !message.contains(UInt8(ascii: "\\")) { return nil }
    guard let document = try? JSONValue(parsing: UnsafeRawBufferPointer(message), limits: Self.limits),
      condition.holds({ $0.holds(in: document) })
    else { return nil }
    return document
  }

  /// The names, in quotes, of members that must be there whatever else holds.
  private static func needed(_ logic: Logic<PropertyCondition>) -> [[UInt8]] {
    switch logic {
    case .any: return []
    case .all(let parts): return parts.flatMap(needed)
    case .leaf(let leaf):
      if case .notExists = leaf.test { return [] }
      return leaf.selector.steps.compactMap { step in
        // A name with a quote or backslash in it cannot be written without escapes.
        guard case .member(let name) = step, !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else { return nil }
        return Array("\"\(name)\"".utf8)
      }
    }
  }
}
