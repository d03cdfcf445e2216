#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The scalar functions, by name in small letters, with how many arguments they take.
///
/// Source: CloudWatch Logs User Guide, Boolean, comparison, numeric, datetime, and other functions.
struct ScalarFunction: Sendable {
  var arguments: ClosedRange<Int>
  var body: @Sendable (CallNode, Frame) -> Value

  static let all: [String: ScalarFunction] = numeric.merging(general) { $1 }.merging(strings) { $1 }.merging(addresses) { $1 }

  private static func number(_ body: @escaping @Sendable (Double) -> Double) -> ScalarFunction {
    ScalarFunction(arguments: 1...1) { call, frame in
      guard let number = call.arguments[0].value(frame).number else { return .missing }
      let result = body(number)
      return result.isFinite ? .number(result) : .missing
    }
  }

  private static func extreme(_ takes: @escaping @Sendable (Double, Double) -> Bool) -> ScalarFunction {
    ScalarFunction(arguments: 1...100) { call, frame in
      var best: Double?
      for argument in call.arguments {
        guard let number = argument.value(frame).number else { continue }
        if best.map({ takes(number, $0) }) ?? true { best = number }
      }
      return best.map { .number($0) } ?? .missing
    }
  }

  private static let numeric: [String: ScalarFunction] = [
    "abs": number { $0.magnitude }, "ceil": number { $0.rounded(.up) }, "floor": number { $0.rounded(.down) },
    "log": number { log($0) }, "sqrt": number { $0.squareRoot() }, "greatest": extreme { $0 > $1 }, "least": extreme { $0 < $1 },
  ]

  private static let general: [String: ScalarFunction] = [
    "coalesce": ScalarFunction(arguments: 1...100) { call, frame in
      for argument in call.arguments {
        let value = argument.value(frame)
        if !value.isMissing { return value }
      }
      return .missing
    },
    "frommillis": ScalarFunction(arguments: 1...1) { call, frame in
      guard let number = call.arguments[0].value(frame).number, number.magnitude < 0x1p58 else { return .missing }
      return .time(Int64(number))
    },
    "tomillis": ScalarFunction(arguments: 1...1) { call, frame in
      call.arguments[0].value(frame).number.map { .number($0) } ?? .missing
    },
    "jsonparse": ScalarFunction(arguments: 1...1) { call, frame in
      switch call.arguments[0].value(frame) {
      case .json(let text): .json(text)
      case .text(let text): StructureFunctions.parse(text, frame.arena)
      case let other: other
      }
    },
    "jsonstringify": ScalarFunction(arguments: 1...1) { call, frame in
      let value = call.arguments[0].value(frame)
      return Formatter.text(value, frame.arena).map { .text($0) } ?? .missing
    },
    "if": ScalarFunction(arguments: 2...3) { call, frame in
      if call.arguments[0].test(frame) { return call.arguments[1].value(frame) }
      return call.arguments.count > 2 ? call.arguments[2].value(frame) : .missing
    },
    "case": ScalarFunction(arguments: 2...101) { call, frame in
      var position = 0
      while position + 1 < call.arguments.count {
        if call.arguments[position].test(frame) { return call.arguments[position + 1].value(frame) }
        position += 2
      }
      return position < call.arguments.count ? call.arguments[position].value(frame) : .missing
    },
  ]

  private static func text(_ count: ClosedRange<Int>, _ body: @escaping @Sendable (Text, CallNode, Frame) -> Value) -> ScalarFunction {
    ScalarFunction(arguments: count) { call, frame in
      guard let text = Formatter.text(call.arguments[0].value(frame), frame.arena) else { return .missing }
      return body(text, call, frame)
    }
  }

  private static func trim(left: Bool, right: Bool) -> ScalarFunction {
    text(1...2) { text, call, frame in
      let characters = call.arguments.count > 1 ? Formatter.text(call.arguments[1].value(frame), frame.arena) : nil
      return .text(StringFunctions.trim(text, characters, left: left, right: right))
    }
  }

  private static let strings: [String: ScalarFunction] = [
    "isempty": ScalarFunction(arguments: 1...1) { call, frame in
      .bool(Formatter.text(call.arguments[0].value(frame), frame.arena)?.isEmpty ?? true)
    },
    "isblank": ScalarFunction(arguments: 1...1) { call, frame in
      .bool(Formatter.text(call.arguments[0].value(frame), frame.arena)?.buffer.allSatisfy(StringFunctions.isSpace) ?? true)
    },
    "concat": ScalarFunction(arguments: 1...100) { call, frame in
      var bytes: [UInt8] = []
      for argument in call.arguments { Formatter.append(argument.value(frame), to: &bytes) }
      return .text(frame.arena.copy(bytes))
    },
    "trim": trim(left: true, right: true), "ltrim": trim(left: true, right: false), "rtrim": trim(left: false, right: true),
    "strlen": text(1...1) { text, _, _ in .number(Double(StringFunctions.length(text))) },
    "toupper": text(1...1) { text, _, frame in .text(StringFunctions.changeCase(text, up: true, frame.arena)) },
    "tolower": text(1...1) { text, _, frame in .text(StringFunctions.changeCase(text, up: false, frame.arena)) },
    "substr": text(2...3) { text, call, frame in
      guard let start = call.arguments[1].value(frame).number else { return .missing }
      guard call.arguments.count > 2 else { return .text(StringFunctions.part(text, start, .infinity)) }
      guard let length = call.arguments[2].value(frame).number else { return .missing }
      return .text(StringFunctions.part(text, start, length))
    },
    "replace": text(3...3) { text, call, frame in
      guard let old = Formatter.text(call.arguments[1].value(frame), frame.arena),
        let new = Formatter.text(call.arguments[2].value(frame), frame.arena)
      else { return .missing }
      return .text(StringFunctions.replace(text, old, new, frame.arena))
    },
    "strcontains": text(2...2) { text, call, frame in
      guard let part = Formatter.text(call.arguments[1].value(frame), frame.arena) else { return .missing }
      return .bool(text.find(part) != nil)
    },
  ]

  private static func address(_ accepts: @escaping @Sendable (IPAddress) -> Bool) -> ScalarFunction {
    ScalarFunction(arguments: 1...1) { call, frame in
      guard let text = Formatter.text(call.arguments[0].value(frame), frame.arena) else { return .bool(false) }
      return .bool(IPAddress(text).map(accepts) ?? false)
    }
  }

  private static func subnet(_ accepts: @escaping @Sendable (IPAddress) -> Bool) -> ScalarFunction {
    ScalarFunction(arguments: 2...2) { call, frame in
      guard let text = Formatter.text(call.arguments[0].value(frame), frame.arena), let address = IPAddress(text), accepts(address),
        let range = Formatter.text(call.arguments[1].value(frame), frame.arena), let subnet = Subnet(range)
      else { return .bool(false) }
      return .bool(subnet.contains(address))
    }
  }

  private static let addresses: [String: ScalarFunction] = [
    "isvalidip": address { _ in true }, "isvalidipv4": address { $0.isVersion4 }, "isvalidipv6": address { !$0.isVersion4 },
    "isipinsubnet": subnet { _ in true }, "isipv4insubnet": subnet { $0.isVersion4 }, "isipv6insubnet": subnet { !$0.isVersion4 },
  ]
}

enum StructureFunctions {
  /// A list or map stays text; a string, number, true or false becomes the value; anything else is missing.
  static func parse(_ text: Text, _ arena: Arena) -> Value {
    let scan = JSONScan(text)
    let start = scan.skipSpace(0)
    guard start < scan.end, let close = scan.skip(start), scan.skipSpace(close) == scan.end else { return .missing }
    switch text.start[start] {
    case UInt8(ascii: "{"), UInt8(ascii: "["): return .json(Text(text.start + start, close - start))
    case UInt8(ascii: "\""): return scan.value(start, close, arena)
    case UInt8(ascii: "t") where close - start == 4: return .bool(true)
    case UInt8(ascii: "f") where close - start == 5: return .bool(false)
    default: return Numeric.parse(Text(text.start + start, close - start)).map { .number($0) } ?? .missing
    }
  }
}

enum StringFunctions {
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 }

  static func trim(_ text: Text, _ characters: Text?, left: Bool, right: Bool) -> Text {
    let taken: (UInt8) -> Bool = characters.map { set in { set.buffer.contains($0) } } ?? isSpace
    var start = 0
    var end = text.count
    if left { while start < end, taken(text.start[start]) { start += 1 } }
    if right { while end > start, taken(text.start[end - 1]) { end -= 1 } }
    return Text(text.start + start, end - start)
  }

  /// In code points.
  static func length(_ text: Text) -> Int { text.buffer.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }

  static func changeCase(_ text: Text, up: Bool, _ arena: Arena) -> Text {
    if text.buffer.contains(where: { $0 >= 0x80 }) {
      let string = text.string
      return arena.copy(Array((up ? string.uppercased() : string.lowercased()).utf8))
    }
    let low: UInt8 = up ? 97 : 65
    let place = arena.allocate(text.count)
    for position in 0..<text.count {
      let byte = text.start[position]
      (place + position).initialize(to: byte &- low < 26 ? byte ^ 0x20 : byte)
    }
    return Text(place, text.count)
  }

  /// From a code point on, so many.
  static func part(_ text: Text, _ start: Double, _ length: Double) -> Text {
    guard start == start.rounded(), length > 0, start >= 0 else { return .empty }
    var seen = -1.0
    var first = text.count
    var end = text.count
    for (position, byte) in text.buffer.enumerated() where byte & 0xC0 != 0x80 {
      seen += 1
      if seen == start { first = position }
      if seen >= start + length {
        end = position
        break
      }
    }
    return Text(text.start + first, max(0, end - first))
  }

  static func replace(_ text: Text, _ old: Text, _ new: Text, _ arena: Arena) -> Text {
    guard old.count > 0, var place = text.find(old) else { return text }
    var bytes: [UInt8] = []
    var start = 0
    while true {
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text.buffer[start..<place]))
      // A text never grows beyond what a log event may be by much.
      guard bytes.count + new.count <= 8 << 20 else { return text }
      bytes.append(contentsOf: new.buffer)
      start = place + old.count
      guard let next = text.find(old, from: start) else { break }
      place = next
    }
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text.buffer[start...]))
    return arena.copy(bytes)
  }
}
