/// Compiles the text of a pattern into its alternatives.
///
/// What is refused, in what order and with which sentence follows AWS. Of paths named twice the last list counts.
///
/// Source: EventBridge User Guide, "Event pattern syntax" and "Comparison operators"; the published event-ruler, which EventBridge runs.
struct PatternParser {
  /// Alternatives a pattern may have after its `$or`s are multiplied out. Source: EventBridge User Guide, "Or matching".
  static let mostAlternatives = 1000

  var tokens: PatternTokens
  /// Paths are as long as the text at most, but nested objects could make their sum grow with its square.
  private static let mostPathBytes = 1 << 20
  private var pathBytes = 0

  /// Whether `$or` is what it is since 2022, and not a field of that name.
  private let readsOr: Bool
  /// Whether a `$or` was met.
  private var hasOr = false

  private init(_ text: String, readsOr: Bool) {
    tokens = PatternTokens(text)
    self.readsOr = readsOr
  }

  /// As AWS does, a pattern that cannot be read with `$or` is read once more with a field of that name: `{"$or": ["a"]}` is a
  /// pattern. What is wrong then is said of that reading.
  static func alternatives(of text: String) throws(EventPatternError) -> [Alternative] {
    var parser = PatternParser(text, readsOr: true)
    do throws(EventPatternError) {
      return try parser.readDocument()
    } catch {
      guard parser.hasOr, error.isOfReader else { throw error }
    }
    parser = PatternParser(text, readsOr: false)
    return try parser.readDocument()
  }

  private mutating func readDocument() throws(EventPatternError) -> [Alternative] {
    guard case .startObject = try tokens.next() else { throw tokens.failure("Filter is not an object") }
    var alternatives: [Alternative] = []
    try readObject(into: &alternatives, path: nil, isInOr: false)
    guard case .end = try tokens.next() else {
      throw tokens.failure("Trailing content after the event pattern is not allowed")
    }
    return alternatives
  }

  /// Reads the members of an object, whose bracket is read already. The path of the document itself is nil.
  private mutating func readObject(into alternatives: inout [Alternative], path: [UInt8]?, isInOr: Bool) throws(EventPatternError) {
    var isEmpty = true
    while case .name = try tokens.next() {
      isEmpty = false
      let name = tokens.name
      if readsOr, name.elementsEqual("$or".utf8) {
        hasOr = true
        try readOr(into: &alternatives, path: path)
        continue
      }
      if isInOr, Self.isReserved(name) {
        throw tokens.failure("\(String(decoding: name, as: UTF8.self)) is Ruler reserved fieldName which cannot be used inside $or.")
      }
      let extended = try extend(path, by: name)
      switch try tokens.next() {
      case .startObject: try readObject(into: &alternatives, path: extended, isInOr: isInOr)
      case .startArray: try readCondition(into: &alternatives, path: extended)
      default: throw tokens.failure("\"\(String(decoding: name, as: UTF8.self))\" must be an object or an array")
      }
    }
    if isEmpty { throw tokens.failure("Empty objects are not allowed") }
  }

  /// Multiplies the alternatives so far with those of the objects in a `$or`.
  private mutating func readOr(into alternatives: inout [Alternative], path: [UInt8]?) throws(EventPatternError) {
    guard case .startArray = try tokens.next() else { throw tokens.failure("It must be an Array followed with $or.") }
    let before = alternatives.isEmpty ? [Alternative()] : alternatives
    alternatives = []
    var objects = 0
    while true {
      let token = try tokens.next()
      if case .endArray = token { break }
      guard case .startObject = token else { throw tokens.failure("Only JSON object is allowed in array of $or relationship.") }
      objects += 1
      var branch = before
      try readObject(into: &branch, path: path, isInOr: true)
      alternatives += branch
      if alternatives.count > Self.mostAlternatives {
        throw EventPatternError(reason: "Rule is too complex - its $or relationships make more than \(Self.mostAlternatives) combinations")
      }
    }
    if objects < 2 { throw tokens.failure("There must have at least 2 Objects in $or relationship.") }
  }

  /// Reads the list of a field, whose bracket is read already.
  private mutating func readCondition(into alternatives: inout [Alternative], path: [UInt8]) throws(EventPatternError) {
    var tests: [Test] = []
    while true {
      let token = try tokens.next()
      if case .endArray = token { break }
      switch token {
      case .startObject: tests.append(try readExpression())
      case .string:
        let text = try tokens.text()
        if Address.looksLike(text), let address = Address(text) {
          tests.append(.address(Network(address, bits: address.isV4 ? 32 : 128, text: text)))
        } else {
          tests.append(.string(text))
        }
      case .number: tests.append(.number(PatternNumber(try tokens.text())))
      case .boolean(let value): tests.append(.boolean(value))
      case .null: tests.append(.null)
      default: throw tokens.failure("Match value must be String, number, true, false, or null")
      }
    }
    if tests.isEmpty { throw tokens.failure("Empty arrays are not allowed") }
    try checkComplexity(tests)
    if alternatives.isEmpty { alternatives.append(Alternative()) }
    for index in alternatives.indices { alternatives[index].require(path, tests) }
  }

  private func checkComplexity(_ tests: [Test]) throws(EventPatternError) {
    let wildcards = tests.compactMap { test -> [Wildcard]? in
      switch test {
      case .wildcard(let wildcard): [wildcard]
      case .anythingBut(.wildcards(let wildcards)): wildcards
      default: nil
      }
    }
    if !wildcards.isEmpty, !WildcardComplexity.accepts(wildcards) {
      throw EventPatternError(
        reason:
          "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character")
    }
  }

  private mutating func extend(_ path: [UInt8]?, by name: [UInt8]) throws(EventPatternError) -> [UInt8] {
    let extended = path.map { $0 + [UInt8(ascii: ".")] + name } ?? name
    pathBytes += extended.count
    if pathBytes > Self.mostPathBytes { throw tokens.failure("Rule is too complex - its field names are too long") }
    return extended
  }

  /// Names that a `$or` must not contain, as AWS keeps them for operators.
  private static func isReserved(_ name: [UInt8]) -> Bool { reserved.contains(String(decoding: name, as: UTF8.self)) }
  private static let reserved: Set<String> = [
    "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr", "html",
    "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after", "date-before",
    "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
  ]
}
