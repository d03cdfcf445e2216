import JSON

/// Names a place in a JSON document, or several with a wildcard.
struct PropertySelector: Hashable, Sendable {
  enum Step: Hashable, Sendable {
    case member(String)
    case element(Int)
    case anyMember
    case anyElement

    var isWildcard: Bool { self == .anyMember || self == .anyElement }
  }

  /// As written in the pattern.
  let text: String
  let steps: [Step]

  /// Whether the test holds for a value at that place. A place that is not there has none.
  func contains(in document: JSONValue, where test: (JSONValue) -> Bool) -> Bool { search(document, steps[...], test) }

  /// The first value that is neither null nor an array nor an object.
  func first(in document: JSONValue) -> JSONValue? {
    var found: JSONValue?
    _ = contains(in: document) { value in
      guard value.isScalar else { return false }
      found = value
      return true
    }
    return found
  }

  private func search(_ value: JSONValue, _ steps: ArraySlice<Step>, _ test: (JSONValue) -> Bool) -> Bool {
    guard let step = steps.first else { return test(value) }
    let rest = steps.dropFirst()
    switch step {
    case .member(let name): return value[name].map { search($0, rest, test) } ?? false
    case .element(let index): return value[index].map { search($0, rest, test) } ?? false
    case .anyMember:
      guard case .object(let object) = value else { return false }
      return object.contains { search($0.value, rest, test) }
    case .anyElement:
      guard case .array(let elements) = value else { return false }
      return elements.contains { search($0, rest, test) }
    }
  }
}

extension JSONValue {
  /// A string, a number or a Boolean: what a comparison can be made with.
  var isScalar: Bool {
    switch self {
    case .null, .array, .object: false
    default: true
    }
  }

  /// The text of a scalar, strings without quotes; nil for any other value.
  var scalarText: String? {
    if case .string(let text) = self { return text }
    return isScalar ? text : nil
  }
}
