import JSON

/// `$contains`, `$match`, `$replace` and `$split`.
enum Matching {
  static let functions: [Builtin] = [
    Builtin(
      "contains", "<s-(sf):b>", arity: 2,
      .many { machine, arguments in
        guard let text = arguments.string(0) else { return .undefined }
        if let part = arguments.string(1) { return .bool(Text.find(part, in: text) != nil) }
        guard case .function(let matcher) = arguments[1] else { return .bool(false) }
        var cursor = Cursor(machine, matcher, text, arguments.frame)
        return .bool(try cursor.next() != nil)
      }),
    Builtin("match", "<s-f<s:o>n?:a<o>>", arity: 3, .many { machine, arguments in try match(machine, arguments) }),
    Builtin("replace", "<s-(sf)(sf)n?:s>", arity: 4, .many { machine, arguments in try replace(machine, arguments) }),
    Builtin("split", "<s-(sf)n?:a<s>>", arity: 3, .many { machine, arguments in try split(machine, arguments) }),
  ]

  private static let matchNames = Names(["match", "index", "groups"])

  private static func limit(_ arguments: Builtin.Arguments, _ position: Int, _ code: String) throws -> Double {
    guard let limit = arguments.number(position) else { return .infinity }
    if limit < 0 { throw JSONataError(code, value: Output.json(limit), index: position + 1) }
    return limit
  }

  private static func match(_ machine: Machine, _ arguments: Builtin.Arguments) throws -> Value {
    guard let text = arguments.string(0) else { return .undefined }
    let limit = try limit(arguments, 2, "D3040")
    var matches: ContiguousArray<Value> = []
    if limit > 0, case .function(let matcher) = arguments[1] {
      var cursor = Cursor(machine, matcher, text, arguments.frame)
      while Double(matches.count) < limit, let match = try cursor.next() {
        let groups = Items(ContiguousArray(match.groups.map { $0.map { .string($0) } ?? .undefined }))
        let place = Value.number(Double(Text.utf16Offset(text, match.start)))
        matches.append(.object(Record(matchNames, [.string(match.text(in: text)), place, .array(groups)])))
        try machine.account(4 + match.groups.count)
      }
    }
    return .array(Items(matches, sequence: true))
  }

  private static func split(_ machine: Machine, _ arguments: Builtin.Arguments) throws -> Value {
    guard let text = arguments.string(0) else { return .undefined }
    let limit = try limit(arguments, 2, "D3020")
    var parts: ContiguousArray<Value> = []
    guard limit > 0 else { return .array(Items(parts)) }
    if let separator = arguments.string(1) {
      parts = split(text, separator, limit == .infinity ? .max : Numbers.clampedInt(limit))
    } else if case .function(let matcher) = arguments[1] {
      var cursor = Cursor(machine, matcher, text, arguments.frame)
      var start = 0
      while Double(parts.count) < limit, let match = try cursor.next() {
        parts.append(.string(Text.slice(text, start..<max(start, match.start))))
        start = max(start, match.end)
      }
      if Double(parts.count) < limit { parts.append(.string(Text.slice(text, start..<text.utf8.count))) }
    }
    try machine.account(parts.count)
    try machine.tick(parts.count)
    return .array(Items(parts))
  }

  private static func split(_ text: String, _ separator: String, _ limit: Int) -> ContiguousArray<Value> {
    var parts: ContiguousArray<Value> = []
    if separator.isEmpty {
      for scalar in text.unicodeScalars.prefix(limit) { parts.append(.string(String(Character(scalar)))) }
      return parts
    }
    var start = 0
    while parts.count < limit {
      guard let place = Text.find(separator, in: text, from: start) else {
        parts.append(.string(Text.slice(text, start..<text.utf8.count)))
        break
      }
      parts.append(.string(Text.slice(text, start..<place)))
      start = place + separator.utf8.count
    }
    return parts
  }

  private static func replace(_ machine: Machine, _ arguments: Builtin.Arguments) throws -> Value {
    guard let text = arguments.string(0) else { return .undefined }
    if let pattern = arguments.string(1), pattern.isEmpty { throw JSONataError("D3010", value: .string(pattern), index: 2) }
    let limit = try limit(arguments, 3, "D3011")
    guard limit > 0 else { return .string(text) }
    var result = ""
    var place = 0
    if let pattern = arguments.string(1) {
      let replacement = arguments.string(2) ?? ""
      var count = 0.0
      while count < limit, let found = Text.find(pattern, in: text, from: place) {
        result += Text.slice(text, place..<found)
        result += replacement
        place = found + pattern.utf8.count
        count += 1
      }
      try machine.account(text: result.utf8.count)
    } else if case .function(let matcher) = arguments[1] {
      var cursor = Cursor(machine, matcher, text, arguments.frame)
      let template = arguments.string(2).map { Replacement($0) }
      var count = 0.0
      while count < limit, let match = try cursor.next() {
        if match.start > place { result += Text.slice(text, place..<match.start) }
        if let template {
          template.write(match, text, into: &result)
        } else if case .function(let function) = arguments[2] {
          result += try replaced(machine, function, match, cursor, text, arguments)
        }
        place = max(place, match.start + match.matched(in: text))
        count += 1
      }
      if count == 0 { return .string(text) }
      try machine.account(text: result.utf8.count)
    }
    if place < text.utf8.count { result += Text.slice(text, place..<text.utf8.count) }
    return .string(result)
  }

  private static func replaced(
    _ machine: Machine, _ function: Function, _ match: Match, _ cursor: Cursor, _ text: String, _ arguments: Builtin.Arguments
  ) throws -> String {
    let value = try machine.call(function, [cursor.value(match)], .null, arguments.frame)
    guard case .string(let replacement) = value else { throw JSONataError("D3012", value: Output.json(value)) }
    return replacement
  }
}

/// The text that replaces a match, with `$1`, `$0` and `$$` in it.
struct Replacement {
  private let bytes: [UInt8]
  private let text: String
  private let isPlain: Bool

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
    isPlain = !bytes.contains(UInt8(ascii: "$"))
  }

  func write(_ match: Match, _ source: String, into result: inout String) {
    if isPlain {
      result += text
      return
    }
    var place = 0
    while let dollar = bytes[place...].firstIndex(of: UInt8(ascii: "$")) {
      if dollar > place { result += Text.slice(text, place..<dollar) }
      place = dollar + 1
      let next = place < bytes.count ? bytes[place] : 0
      if next == UInt8(ascii: "$") {
        result += "$"
        place += 1
      } else if next == UInt8(ascii: "0") {
        result += match.text(in: source)
        place += 1
      } else if let (index, length) = group(place, match.groups.count) {
        if index >= 1, index <= match.groups.count, let group = match.groups[index - 1] { result += group }
        place += length
      } else {
        result += "$"
      }
    }
    if place < bytes.count { result += Text.slice(text, place..<bytes.count) }
  }

  /// The group's number, of as many digits as the number of groups has, or one fewer when that is no group.
  private func group(_ place: Int, _ groups: Int) -> (index: Int, length: Int)? {
    let most = groups == 0 ? 1 : String(groups).utf8.count
    func read(_ digits: Int) -> (Int, Int)? {
      let run = bytes[place...].prefix(digits).prefix { $0 >= 48 && $0 <= 57 }
      guard !run.isEmpty, let number = Int(String(decoding: run, as: UTF8.self)) else { return nil }
      return (number, String(number).utf8.count)
    }
    guard let read1 = read(most) else { return nil }
    if most > 1, read1.0 > groups { return read(most - 1) ?? read1 }
    return read1
  }
}
