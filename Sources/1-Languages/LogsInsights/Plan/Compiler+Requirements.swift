extension Compiler {
  /// What events fulfil for which the condition can hold. Nothing when in doubt.
  func requirement(_ condition: Expression) -> Prefilter {
    switch condition {
    case .binary(.and, let left, let right, _):
      var both = requirement(left)
      both.formConjunction(requirement(right))
      return both
    case .binary(.or, let left, let right, _): return requirement(left).disjunction(requirement(right))
    case .like(let subject, let part, negated: false, _): return contains(subject, part)
    case .matches(let subject, let regex, negated: false, _): return contains(subject, regex.literal)
    case .within(let subject, let values, negated: false, _): return equality(subject, values)
    case .binary(.equal, let left, let right, _):
      if case .field = left { return equality(left, [right]) }
      return equality(right, [left])
    case .binary(.less, let left, let right, _), .binary(.lessOrEqual, let left, let right, _), .binary(.greater, let left, let right, _),
      .binary(.greaterOrEqual, let left, let right, _):
      var both = presence(left)
      both.formConjunction(presence(right))
      return both
    case .call(let name, let arguments, _):
      switch name.lowercased() {
      case "ispresent" where arguments.count == 1: return presence(arguments[0])
      case "strcontains" where arguments.count == 2:
        if case .string(let part, _) = arguments[1] { return contains(arguments[0], part) }
        return Prefilter()
      default: return Prefilter()
      }
    default: return Prefilter()
    }
  }

  private func contains(_ subject: Expression, _ part: [UInt8]) -> Prefilter {
    var required = presence(subject)
    if case .field(let path) = subject, path.text == "@message", names[path.text] == nil, !part.isEmpty { required.literals.append(part) }
    return required
  }

  /// What holds for the message when the expression is not missing.
  private func presence(_ expression: Expression) -> Prefilter {
    var required = Prefilter()
    guard case .field(let path) = expression else { return required }
    if let slot = names[path.text] { return parsed[slot] ?? required }
    guard isDiscovered(path) else { return required }
    if let name = path.parts.last(where: { Int($0) == nil }), Self.isPlain(Array(name.utf8)) {
      // A key may have a point in it, so only a key of one part is known whole.
      let key = Array(name.utf8) + [UInt8(ascii: "\"")]
      required.jsonLiterals.append(path.parts.count == 1 ? [UInt8(ascii: "\"")] + key : key)
    }
    return required
  }

  private func isDiscovered(_ path: FieldPath) -> Bool {
    guard !path.text.hasPrefix("@") else { return false }
    return !(1...path.parts.count).contains { names[path.parts[..<$0].joined(separator: ".")] != nil }
  }

  private func equality(_ subject: Expression, _ constants: [Expression]) -> Prefilter {
    var required = presence(subject)
    guard case .field(let path) = subject, names[path.text] == nil else { return required }
    var values: [String] = []
    for constant in constants {
      switch constant {
      case .string(let bytes, _): values.append(String(decoding: bytes, as: UTF8.self))
      case .number(let number, _): values.append(Formatter.string(.number(number)))
      case .bool(let bool, _): values.append(bool ? "true" : "false")
      default: return required
      }
    }
    if path.text == "@logStream" {
      required.streams = Set(values)
    } else if path.text == "@message" {
      if values.count == 1, Double(values[0]) == nil { required.literals.append(Array(values[0].utf8)) }
    } else if isDiscovered(path) {
      required.equalities.append(Prefilter.FieldEquality(path: path.parts, values: values))
      if values.count == 1, case .string(let bytes, _) = constants[0], Double(values[0]) == nil, Self.isPlain(bytes),
        !["true", "false"].contains(values[0].lowercased())
      {
        required.jsonLiterals.append([UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")])
      }
    }
    return required
  }

  /// Whether JSON writes the bytes as they are, but for `\u` escapes.
  private static func isPlain(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty
      && bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "/") }
  }
}
