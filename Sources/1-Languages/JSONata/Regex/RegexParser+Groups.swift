extension RegexParser {
  /// What is in parentheses, after the first, and whether it may be repeated.
  mutating func group() throws -> (RegexTree, Bool) {
    var wrap: (RegexTree) -> RegexTree = { $0 }
    var repeats = true
    if take("?") {
      if take(":") {
      } else if take("=") {
        wrap = { .look($0, behind: false, negative: false) }
      } else if take("!") {
        wrap = { .look($0, behind: false, negative: true) }
      } else if take("<") {
        if take("=") {
          wrap = { .look($0, behind: true, negative: false) }
          repeats = false
        } else if take("!") {
          wrap = { .look($0, behind: true, negative: true) }
          repeats = false
        } else {
          wrap = try named()
        }
      } else {
        throw Regex.Malformed(reason: "invalid group")
      }
    } else {
      groups += 1
      let number = groups
      wrap = { .group($0, number) }
    }
    let inner = try alternatives()
    guard take(")") else { throw Regex.Malformed(reason: "unterminated group") }
    return (wrap(inner), repeats)
  }

  private mutating func named() throws -> (RegexTree) -> RegexTree {
    let name = try name()
    groups += 1
    guard names[name] == nil else { throw Regex.Malformed(reason: "duplicate capture group name") }
    names[name] = groups
    let number = groups
    return { .group($0, number) }
  }

  private mutating func name() throws -> String {
    var name = String.UnicodeScalarView()
    while let character = next.flatMap({ Unicode.Scalar($0) }), character != ">" {
      name.append(character)
      place += 1
    }
    guard take(">"), !name.isEmpty else { throw Regex.Malformed(reason: "invalid capture group name") }
    return String(name)
  }

  /// `\k<name>`, or a plain k when nothing has a name.
  mutating func namedReference() throws -> RegexTree {
    guard !allNames.isEmpty else { return .scalar(0x6B) }
    guard take("<") else { throw Regex.Malformed(reason: "invalid named reference") }
    guard let number = allNames[try name()] else { throw Regex.Malformed(reason: "invalid named capture referenced") }
    return .backreference(number)
  }
}
