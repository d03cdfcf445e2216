extension PatternReader {
  /// `ERROR -"bad request" ?a ?b %regex%`
  mutating func termFilter() throws(FilterPatternError) -> TermFilter {
    var filter = TermFilter()
    while true {
      skipSpace()
      guard let byte = peek else { return filter }
      switch byte {
      case UInt8(ascii: "-"):
        position += 1
        skipSpace()
        filter.excluded.append(try term())
      case UInt8(ascii: "?"):
        position += 1
        filter.optional.append(try term())
      default: filter.required.append(try term())
      }
      if let next = peek, !next.isSpace { throw unexpectedInTerm() }
    }
  }

  private mutating func term() throws(FilterPatternError) -> TermFilter.Term {
    switch peek {
    case UInt8(ascii: "\""):
      let text = try quoted().text
      // `" "` is documented to match everything.
      return .phrase(text.allSatisfy(\.isSpace) ? [] : text)
    case UInt8(ascii: "%"):
      return .regex(try regularExpression())
    default:
      let start = position
      while let byte = peek, byte.isWord { position += 1 }
      guard position > start else { throw unexpectedInTerm() }
      return .phrase(Array(bytes[start..<position]))
    }
  }

  private func unexpectedInTerm() -> FilterPatternError {
    // After a quotation AWS names no character.
    let afterQuotation = position > 0 && bytes[position - 1] == UInt8(ascii: "\"")
    return afterQuotation ? error("expected a space after the quotation") : unexpected("a term; other characters need quotes")
  }

  /// `{ $.latency > 500 && ($.user.name = "a*" || $.user NOT EXISTS) }`
  mutating func jsonFilter() throws(FilterPatternError) -> JSONFilter {
    position += 1
    let condition = try logic { (reader: inout PatternReader) throws(FilterPatternError) in try reader.propertyCondition() }
    guard take("}") else { throw unexpected("'&&', '||' or '}'") }
    skipSpace()
    guard isAtEnd else { throw unexpected("the end of the pattern") }
    return JSONFilter(condition)
  }

  private mutating func propertyCondition() throws(FilterPatternError) -> PropertyCondition {
    let selector = try propertySelector()
    skipSpace()
    let start = position
    if takeWord("IS") {
      skipSpace()
      if takeWord("NULL") { return PropertyCondition(selector: selector, test: .isNull) }
      if takeWord("TRUE") { return PropertyCondition(selector: selector, test: .isBoolean(true)) }
      if takeWord("FALSE") { return PropertyCondition(selector: selector, test: .isBoolean(false)) }
      throw error("IS is followed by NULL, TRUE or FALSE", at: start)
    }
    if takeWord("NOT") {
      skipSpace()
      if takeWord("EXISTS") { return PropertyCondition(selector: selector, test: .notExists) }
      throw error("NOT is followed by EXISTS", at: start)
    }
    return PropertyCondition(selector: selector, test: .compare(try comparison()))
  }

  /// `$.a.b[0]`, `$.list[*].id`, `$.*`, `$.['cluster.name']`
  mutating func propertySelector() throws(FilterPatternError) -> PropertySelector {
    let start = position
    guard take("$") else { throw unexpected("a property that begins with $") }
    var steps: [PropertySelector.Step] = []
    var wildcardsHere = 0
    while let byte = peek, byte == UInt8(ascii: ".") || byte == UInt8(ascii: "[") {
      let dotted = take(".")
      if dotted, take("*") {
        steps.append(.anyMember)
      } else if take("[") {
        steps.append(try bracket(start, dotted))
      } else {
        let name = position
        while let byte = peek, byte.isWord || byte == UInt8(ascii: "-") { position += 1 }
        guard position > name else { throw unexpected("a name", from: start) }
        steps.append(.member(String(decoding: bytes[name..<position], as: UTF8.self)))
      }
      if steps.last?.isWildcard == true { wildcardsHere += 1 }
    }
    guard !steps.isEmpty else { throw unexpected("'.' and a name", from: start) }
    wildcards += wildcardsHere
    guard wildcardsHere <= quotas.wildcardsInSelector else {
      throw error("more than \(quotas.wildcardsInSelector) wildcards in a selector")
    }
    guard wildcards <= quotas.wildcards else { throw error("more than \(quotas.wildcards) wildcards in a pattern") }
    return PropertySelector(text: String(decoding: bytes[start..<position], as: UTF8.self), steps: steps)
  }

  /// What follows an opening bracket: `0]`, `*]`, `'name']`.
  private mutating func bracket(_ start: Int, _ dotted: Bool) throws(FilterPatternError) -> PropertySelector.Step {
    let step: PropertySelector.Step
    switch peek {
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      let quote = bytes[position]
      guard let end = bytes[(position + 1)...].firstIndex(of: quote) else { throw error("the name in quotes does not end") }
      step = .member(String(decoding: bytes[(position + 1)..<end], as: UTF8.self))
      position = end + 1
    case UInt8(ascii: "*") where !dotted:
      position += 1
      step = .anyElement
    case let byte? where byte.isDigit && !dotted:
      var index = 0
      while let digit = peek, digit.isDigit {
        let (product, overflow) = index.multipliedReportingOverflow(by: 10)
        guard !overflow, product <= Int.max - 9 else { throw error("the index is too large") }
        index = product + Int(digit - UInt8(ascii: "0"))
        position += 1
      }
      step = .element(index)
    default: throw unexpected("an index, '*' or a name in quotes", from: start)
    }
    guard take("]") else { throw unexpected("']'", from: start) }
    return step
  }

  /// `[ip, user, ..., status = 4* && status != 404, bytes]`
  mutating func columnFilter() throws(FilterPatternError) -> ColumnFilter {
    position += 1
    var filter = ColumnFilter()
    var names: Set<String> = []
    skipSpace()
    if !take("]") {
      repeat {
        skipSpace()
        let start = position
        if take("...") {
          guard filter.ellipsis == nil else { throw error("more than one ellipsis", at: start) }
          filter.ellipsis = filter.columns.count
        } else {
          let column = try column()
          if let name = column.name, !names.insert(name).inserted { throw error("two columns named \(name)", at: start) }
          filter.columns.append(column)
        }
        skipSpace()
      } while take(",")
      guard take("]") else { throw unexpected("',' or ']'") }
    }
    skipSpace()
    guard isAtEnd else { throw unexpected("the end of the pattern") }
    return filter
  }

  /// One column: nothing, a name, or conditions that all name it.
  private mutating func column() throws(FilterPatternError) -> ColumnFilter.Column {
    switch peek {
    case UInt8(ascii: ","), UInt8(ascii: "]"): return ColumnFilter.Column()
    case UInt8(ascii: "("): break
    default:
      let start = position
      let name = try columnName()
      skipSpace()
      if peek == UInt8(ascii: ",") || peek == UInt8(ascii: "]") { return ColumnFilter.Column(name: name) }
      position = start
    }
    var name: String?
    let condition = try logic { (reader: inout PatternReader) throws(FilterPatternError) in
      let start = reader.position
      let own = try reader.columnName()
      if let name, name != own { throw reader.error("a condition on \(own) in the column \(name)", at: start) }
      name = own
      reader.skipSpace()
      return try reader.comparison()
    }
    return ColumnFilter.Column(name: name, condition: condition)
  }

  mutating func columnName() throws(FilterPatternError) -> String {
    let start = position
    while let byte = peek, byte.isWord || byte == UInt8(ascii: "-") { position += 1 }
    guard position > start else { throw unexpected("the name of a column") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }
}
