/// The operators: `{"prefix": "a"}` and so on. Sentences are AWS's, also where they name another operator than the one at hand.
extension PatternParser {
  /// Reads an operator and its operand, after the opening bracket.
  mutating func readExpression() throws(EventPatternError) -> Test {
    guard case .name = try tokens.next() else { throw tokens.failure("Match expression name not found") }
    let name = String(decoding: tokens.name, as: UTF8.self)
    switch name {
    case "exactly": return .string(try onlyString("exact match pattern must be a string"))
    case "prefix": return try readAffix("prefix", plain: Test.prefix, ignoringCase: Test.prefixIgnoringCase)
    case "suffix": return try readAffix("suffix", plain: Test.suffix, ignoringCase: Test.suffixIgnoringCase)
    case "equals-ignore-case": return .equalsIgnoringCase(try onlyString("equals-ignore-case match pattern must be a string"))
    case "wildcard":
      try expectString("wildcard match pattern must be a string")
      let text = try tokens.text()
      let wildcard = try wildcard(text)
      try endExpression()
      return .wildcard(wildcard)
    case "numeric": return try readNumeric()
    case "cidr": return .network(try network(try onlyString("prefix match pattern must be a string")))
    case "exists": return try readExists()
    case "anything-but": return .anythingBut(try readAnythingBut())
    default: throw tokens.failure("Unrecognized match type \(name)")
    }
  }

  private mutating func expectString(_ complaint: String) throws(EventPatternError) {
    guard case .string = try tokens.next() else { throw tokens.failure(complaint) }
  }

  private mutating func endExpression() throws(EventPatternError) {
    guard case .endObject = try tokens.next() else { throw tokens.failure("Only one key allowed in match expression") }
  }

  /// A string and the end of the expression.
  private mutating func onlyString(_ complaint: String) throws(EventPatternError) -> [UInt8] {
    try expectString(complaint)
    let text = try tokens.text()
    try endExpression()
    return text
  }

  private mutating func readAffix(
    _ name: String, plain: ([UInt8]) -> Test, ignoringCase: ([UInt8]) -> Test
  ) throws(EventPatternError) -> Test {
    switch try tokens.next() {
    case .string:
      let text = try tokens.text()
      try endExpression()
      return plain(text)
    case .startObject:
      guard case .name = try tokens.next() else {
        throw tokens.failure("\(name == "prefix" ? "Prefix" : "Suffix") expression name not found")
      }
      let inner = String(decoding: tokens.name, as: UTF8.self)
      guard inner == "equals-ignore-case" else { throw tokens.failure("Unsupported \(name) pattern: \(inner)") }
      let text = try onlyString("equals-ignore-case match pattern must be a string")
      try endExpression()
      return ignoringCase(text)
    default:
      throw tokens.failure("\(name) match pattern must be a string")
    }
  }

  private mutating func readExists() throws(EventPatternError) -> Test {
    guard case .boolean(let isPresent) = try tokens.next() else {
      throw tokens.failure("exists match pattern must be either true or false.")
    }
    try endExpression()
    return isPresent ? .exists : .absent
  }

  func wildcard(_ text: [UInt8]) throws(EventPatternError) -> Wildcard {
    do {
      return try Wildcard(text)
    } catch {
      throw tokens.failure(error.reason)
    }
  }

  /// AWS's errors about networks and numbers out of range do not name the place.
  private func network(_ text: [UInt8]) throws(EventPatternError) -> Network {
    // Java drops empty parts at the end when it splits.
    var parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
    guard parts.count == 2 else { throw EventPatternError(reason: "Malformed CIDR, one '/' required") }
    let written = String(decoding: parts[0], as: UTF8.self)
    guard let bits = Int32(String(decoding: parts[1], as: UTF8.self)) else {
      throw EventPatternError(reason: "Malformed CIDR, mask bits must be an integer")
    }
    if bits < 0 { throw EventPatternError(reason: "Malformed CIDR, mask bits must not be negative") }
    guard Address.looksLike(Array(parts[0])) else { throw EventPatternError(reason: "Nonstandard IP address: \(written)") }
    guard let address = Address(Array(parts[0])) else { throw EventPatternError(reason: "Invalid IP address: \(written)") }
    if address.isV4, bits > 31 { throw EventPatternError(reason: "IPv4 mask bits must be < 32") }
    if bits > 127 { throw EventPatternError(reason: "IPv6 mask bits must be < 128") }
    return Network(address, bits: Int(bits), text: text)
  }
}
