import JSON

/// Reads signatures.
struct SignatureParser {
  let text: [UInt8]
  var place = 1

  init(_ text: [UInt8]) { self.text = text }

  mutating func parse() throws -> [Signature.Parameter] {
    var parameters: [Signature.Parameter] = []
    /// The letter of the last parameter.
    var last: UInt8 = 0
    while place < text.count, text[place] != UInt8(ascii: ":") {
      let letter = text[place]
      switch letter {
      case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: "+"):
        if !parameters.isEmpty { Self.modify(&parameters[parameters.count - 1], letter) }
      case UInt8(ascii: "("):
        let choice = text[(place + 1)..<close(UInt8(ascii: "("), UInt8(ascii: ")"))]
        if choice.contains(UInt8(ascii: "<")) {
          throw JSONataError("S0402", position: place, value: .string(String(decoding: choice, as: UTF8.self)))
        }
        parameters.append(Signature.Parameter(kinds: choice.reduce(into: .missing) { $0.formUnion(Signature.Kinds($1)) }))
        last = letter
        place += choice.count + 1
      case UInt8(ascii: "<"):
        guard last == UInt8(ascii: "a") || last == UInt8(ascii: "f"), !parameters.isEmpty else {
          throw JSONataError("S0401", position: place, value: .string(String(decoding: [last], as: UTF8.self)))
        }
        let type = text[(place + 1)..<close(UInt8(ascii: "<"), UInt8(ascii: ">"))]
        if last == UInt8(ascii: "a"), let first = type.first {
          parameters[parameters.count - 1].element = Signature.Kinds(first)
          parameters[parameters.count - 1].elementLetter = first
        }
        place += type.count + 1
      default:
        var kinds = Signature.Kinds(letter)
        if !kinds.isEmpty {
          kinds.formUnion(.missing)
          let isArray = letter == UInt8(ascii: "a")
          parameters.append(Signature.Parameter(kinds: isArray ? .any : kinds, wrapsInArray: isArray))
          last = letter
        }
      }
      place += 1
    }
    return parameters
  }

  private static func modify(_ parameter: inout Signature.Parameter, _ letter: UInt8) {
    switch letter {
    case UInt8(ascii: "-"):
      parameter.usesContext = true
      parameter.isOptional = true
    case UInt8(ascii: "?"): parameter.isOptional = true
    default: parameter.isRepeated = true
    }
  }

  /// Where the bracket that is open here is closed, or the end.
  private func close(_ open: UInt8, _ end: UInt8) -> Int {
    var depth = 0
    for position in place..<text.count {
      if text[position] == open { depth += 1 } else if text[position] == end { depth -= 1 }
      if depth == 0 { return position }
    }
    return text.count
  }
}
