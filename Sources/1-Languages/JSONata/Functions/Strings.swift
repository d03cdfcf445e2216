import JSON

/// `$string`, `$substring`, `$pad` and the others that make strings of strings.
enum Strings {
  static let functions: [Builtin] = [
    Builtin(
      "string", "<x-b?:s>", arity: 1,
      .two { machine, value, pretty in
        if value.isUndefined { return .undefined }
        let text = try string(value, pretty: try pretty.isTrue())
        try machine.account(text: text.utf8.count)
        return .string(text)
      }),
    Builtin(
      "substring", "<s-nn?:s>", arity: 3,
      .many { _, arguments in
        guard let text = arguments.string(0) else { return .undefined }
        return .string(substring(text, arguments.number(1), arguments.number(2)))
      }),
    Builtin(
      "substringBefore", "<s-s:s>", arity: 2,
      .two { _, value, part in
        guard case .string(let text) = value else { return .undefined }
        guard case .string(let part) = part, let place = Text.find(part, in: text) else { return value }
        return .string(Text.slice(text, 0..<place))
      }),
    Builtin(
      "substringAfter", "<s-s:s>", arity: 2,
      .two { _, value, part in
        guard case .string(let text) = value else { return .undefined }
        guard case .string(let part) = part, let place = Text.find(part, in: text) else { return value }
        return .string(Text.slice(text, place + part.utf8.count..<text.utf8.count))
      }),
    Builtin(
      "lowercase", "<s-:s>", arity: 1,
      .one { _, value in
        guard case .string(let text) = value else { return .undefined }
        return .string(lowercased(text))
      }),
    Builtin(
      "uppercase", "<s-:s>", arity: 1,
      .one { _, value in
        guard case .string(let text) = value else { return .undefined }
        return .string(uppercased(text))
      }),
    Builtin(
      "length", "<s-:n>", arity: 1,
      .one { _, value in
        guard case .string(let text) = value else { return .undefined }
        return .number(Double(Text.length(text)))
      }),
    Builtin(
      "trim", "<s-:s>", arity: 1,
      .one { _, value in
        guard case .string(let text) = value else { return .undefined }
        return .string(trim(text))
      }),
    Builtin(
      "pad", "<s-ns?:s>", arity: 3,
      .many { machine, arguments in
        guard let text = arguments.string(0) else { return .undefined }
        return .string(try pad(machine, text, arguments.number(1) ?? 0, arguments.string(2) ?? " "))
      }),
    Builtin(
      "join", "<a<s>s?:s>", arity: 2,
      .two { machine, strings, separator in
        if strings.isUndefined { return .undefined }
        var joint = ""
        if case .string(let text) = separator { joint = text }
        return .string(try join(machine, strings, joint))
      }),
    Builtin(
      "base64encode", "<s-:s>", arity: 1,
      .one { _, value in
        guard case .string(let text) = value else { return .undefined }
        return .string(Base64.encode(text))
      }),
    Builtin(
      "base64decode", "<s-:s>", arity: 1,
      .one { _, value in
        guard case .string(let text) = value else { return .undefined }
        return .string(Base64.decode(text))
      }),
  ]

  /// The value as a string.
  static func string(_ value: Value, pretty: Bool = false) throws -> String {
    switch value {
    case .string(let text): return text
    case .function: return ""
    case .number(let number):
      if !number.isFinite { throw JSONataError("D3001", value: .string(Numbers.script(number))) }
      return Numbers.text(number)
    case .array(let items) where items.isOuterWrapper: return try Text.stringify(items[0], pretty: pretty)
    default: return try Text.stringify(value, pretty: pretty)
    }
  }

  private static func isASCII(_ text: String) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }

  static func lowercased(_ text: String) -> String { text.lowercased() }

  static func uppercased(_ text: String) -> String { text.uppercased() }

  /// As JavaScript slices the array of characters.
  static func substring(_ text: String, _ start: Double?, _ length: Double?) -> String {
    let count = Text.length(text)
    let first = start ?? .nan
    if let length, length <= 0 { return "" }
    var from = first.isNaN ? 0 : Numbers.clampedInt(first)
    if Double(count) + first < 0 { from = 0 }
    var end = count
    if let length {
      // A missing start makes the end no number, which slices to nothing.
      if first.isNaN { return "" }
      let stop = from == 0 && first < 0 ? length : first >= 0 ? first + length : Double(count) + first + length
      end = Numbers.clampedInt(stop)
      if end < 0 { end = max(0, count + end) }
    }
    if from < 0 { from = max(0, count + from) }
    return characters(text, min(from, count), min(end, count), count)
  }

  static func characters(_ text: String, _ from: Int, _ end: Int, _ count: Int) -> String {
    guard from < end else { return "" }
    if count == text.utf8.count { return Text.slice(text, from..<end) }
    let scalars = text.unicodeScalars
    let start = scalars.index(scalars.startIndex, offsetBy: from)
    return String(scalars[start..<scalars.index(start, offsetBy: end - from)])
  }

  static func trim(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var space = false
    for byte in text.utf8 {
      if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
        space = true
        continue
      }
      if space, !bytes.isEmpty { bytes.append(0x20) }
      space = false
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func pad(_ machine: Machine, _ text: String, _ width: Double, _ filler: String) throws -> String {
    let filler = filler.isEmpty ? " " : filler
    let missing = Numbers.clampedInt(width.magnitude) - Text.length(text)
    guard missing > 0 else { return text }
    let unit = Text.length(filler)
    if missing > JSONata.Limits.longestText { throw Machine.exceeded("A string became longer than \(JSONata.Limits.longestText) bytes") }
    try machine.account(text: missing)
    var padding = String(repeating: filler, count: missing / unit)
    if missing % unit > 0 { padding += characters(filler, 0, missing % unit, unit) }
    return width > 0 ? text + padding : padding + text
  }

  static func join(_ machine: Machine, _ strings: Value, _ separator: String) throws -> String {
    var bytes = 0
    let count = strings.elementCount
    for position in 0..<count {
      if case .string(let part) = strings.element(position) { bytes += part.utf8.count + separator.utf8.count }
    }
    try machine.account(text: bytes)
    var text = ""
    text.reserveCapacity(bytes)
    for position in 0..<count {
      if position > 0, !separator.isEmpty { text += separator }
      if case .string(let part) = strings.element(position) { text += part }
    }
    return text
  }
}
