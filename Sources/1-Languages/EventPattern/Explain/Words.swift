import JSON

/// What tests expect, in words.
enum Words {
  /// `a`, `a or b`, `a, b or c`.
  static func list(_ items: [String], _ conjunction: String) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "nothing" }
    return "\(items.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
  }

  static func quoted(_ text: [UInt8]) -> String { JSONValue.string(String(decoding: text, as: UTF8.self)).text }

  static func plain(_ text: [UInt8]) -> String { String(decoding: text, as: UTF8.self) }
}

extension Test {
  /// What the test expects: "a string that begins with \"a\"".
  var expectation: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .string(let text): Words.quoted(text)
    case .number(let number): Words.plain(number.text)
    case .address(let network): Words.quoted(network.text)
    case .prefix(let text): "a string that begins with \(Words.quoted(text))"
    case .suffix(let text): "a string that ends with \(Words.quoted(text))"
    case .equalsIgnoringCase(let text): "\(Words.quoted(text)) in any case"
    case .prefixIgnoringCase(let text): "a string that begins with \(Words.quoted(text)) in any case"
    case .suffixIgnoringCase(let text): "a string that ends with \(Words.quoted(text)) in any case"
    case .wildcard(let wildcard): "a string like \(Words.quoted(wildcard.text))"
    case .range(let range): "a number \(Words.plain(range.text))"
    case .network(let network): "an address in \(Words.plain(network.text))"
    case .exists: "any value"
    case .absent: "no value"
    case .anythingBut(let anythingBut): "anything but \(anythingBut.forbidden)"
    }
  }
}

extension AnythingBut {
  fileprivate var forbidden: String {
    let tests: [Test] =
      switch self {
      case .strings(let texts): texts.map(Test.string)
      case .numbers(let numbers): numbers.map(Test.number)
      case .equalsIgnoringCase(let texts): texts.map(Test.equalsIgnoringCase)
      case .prefixes(let texts): texts.map(Test.prefix)
      case .suffixes(let texts): texts.map(Test.suffix)
      case .wildcards(let wildcards): wildcards.map(Test.wildcard)
      }
    return Words.list(tests.map(\.expectation), "or")
  }
}
