import JSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers and what is reckoned from arrays of them.
enum Numeric {
  static let functions: [Builtin] = [
    Builtin("sum", "<a<n>:n>", arity: 1, .one { machine, value in try fold(machine, value, 0) { $0 + $1 } }),
    Builtin(
      "average", "<a<n>:n>", arity: 1,
      .one { machine, value in
        let count = value.elementCount
        guard count > 0, case .number(let sum) = try fold(machine, value, 0, { $0 + $1 }) else { return .undefined }
        return .number(sum / Double(count))
      }),
    Builtin(
      "max", "<a<n>:n>", arity: 1,
      .one { machine, value in
        value.elementCount == 0 ? .undefined : try fold(machine, value, -.infinity) { $0 > $1 ? $0 : $1 }
      }),
    Builtin(
      "min", "<a<n>:n>", arity: 1,
      .one { machine, value in
        value.elementCount == 0 ? .undefined : try fold(machine, value, .infinity) { $0 < $1 ? $0 : $1 }
      }),
    Builtin("number", "<(nsb)-:n>", arity: 1, .one { _, value in try number(value) }),
    unary("floor") { $0.rounded(.down) },
    unary("ceil") { $0.rounded(.up) },
    unary("abs") { $0.magnitude },
    Builtin(
      "round", "<n-n?:n>", arity: 2,
      .two { _, value, places in
        guard case .number(let number) = value else { return .undefined }
        guard case .number(let places) = places else { return .number(Numbers.round(number, 0)) }
        return .number(Numbers.round(number, max(-400, min(400, Numbers.clampedInt(places)))))
      }),
    Builtin(
      "sqrt", "<n-:n>", arity: 1,
      .one { _, value in
        guard case .number(let number) = value else { return .undefined }
        if number < 0 { throw JSONataError("D3060", value: Output.json(number), index: 1) }
        return .number(number.squareRoot())
      }),
    Builtin(
      "power", "<n-n:n>", arity: 2,
      .two { _, base, exponent in
        guard case .number(let base) = base else { return .undefined }
        var power = Double.nan
        if case .number(let exponent) = exponent { power = exponent }
        let result = abs(base) == 1 && power.isInfinite ? .nan : pow(base, power)
        guard result.isFinite else {
          var error = JSONataError("D3061", value: Output.json(base), index: 1)
          error.exponent = Output.json(power)
          throw error
        }
        return .number(result)
      }),
    Builtin("random", "<:n>", arity: 0, .many { machine, _ in .number(machine.sources.random()) }),
    Builtin(
      "formatBase", "<n-n?:s>", arity: 2,
      .two { _, value, radix in
        guard case .number(let number) = value else { return .undefined }
        var base = 10.0
        if case .number(let radix) = radix { base = Numbers.round(radix, 0) }
        guard base >= 2, base <= 36 else { throw JSONataError("D3100", value: Output.json(base)) }
        return .string(inBase(Numbers.round(number, 0), base))
      }),
    Builtin(
      "formatNumber", "<n-so?:s>", arity: 3,
      .many { _, arguments in
        guard let number = arguments.number(0), let picture = arguments.string(1) else { return .undefined }
        return .string(try NumberPicture(picture, arguments[2]).format(number))
      }),
    Builtin(
      "formatInteger", "<n-s:s>", arity: 2,
      .two { _, value, picture in
        guard case .number(let number) = value, case .string(let picture) = picture else { return .undefined }
        return .string(try IntegerPicture(picture).format(number.rounded(.down)))
      }),
    Builtin(
      "parseInteger", "<s-s:n>", arity: 2,
      .two { _, value, picture in
        guard case .string(let text) = value, case .string(let picture) = picture else { return .undefined }
        return try IntegerPicture(picture).parse(text).map { .number($0) } ?? .undefined
      }),
  ]

  private static func unary(_ name: String, _ body: @escaping (Double) -> Double) -> Builtin {
    Builtin(
      name, "<n-:n>", arity: 1,
      .one { _, value in
        guard case .number(let number) = value else { return .undefined }
        return .number(body(number))
      })
  }

  @inline(__always)
  private static func fold(_ machine: Machine, _ value: Value, _ start: Double, _ step: (Double, Double) -> Double) throws -> Value {
    if value.isUndefined { return .undefined }
    var result = start
    let count = value.elementCount
    try machine.tick(count)
    switch value {
    case .array(let items):
      for position in 0..<count { if case .number(let number) = items[position] { result = step(result, number) } }
    default:
      for position in 0..<count { if case .number(let number) = value.element(position) { result = step(result, number) } }
    }
    return .number(result)
  }

  private static func number(_ value: Value) throws -> Value {
    switch value {
    case .undefined, .number: return value
    case .bool(let flag): return .number(flag ? 1 : 0)
    case .string(let text):
      if let number = decimal(text) ?? prefixed(text) { return .number(number) }
    default: break
    }
    throw JSONataError("D3030", value: Output.json(value), index: 1)
  }

  /// A number as JSON has it, except that zeros may lead.
  private static func decimal(_ text: String) -> Double? {
    var rest = Array(text.utf8)[...]
    func digits(_ rest: inout ArraySlice<UInt8>) -> Bool {
      let count = rest.prefix { $0 >= 48 && $0 <= 57 }.count
      rest = rest.dropFirst(count)
      return count > 0
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    guard digits(&rest) else { return nil }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits(&rest) else { return nil }
    }
    if let first = rest.first, first | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
      guard digits(&rest) else { return nil }
    }
    guard rest.isEmpty, let number = Double(text), number.isFinite else { return nil }
    return number
  }

  /// Hexadecimal, octal and binary numbers: `0x1F`, `0o17`, `0b11`.
  private static func prefixed(_ text: String) -> Double? {
    guard text.utf8.count > 2, text.utf8.first == UInt8(ascii: "0") else { return nil }
    let radix: Int
    switch Array(text.utf8)[1] | 0x20 {
    case UInt8(ascii: "x"): radix = 16
    case UInt8(ascii: "o"): radix = 8
    case UInt8(ascii: "b"): radix = 2
    default: return nil
    }
    var number = 0.0
    for byte in text.utf8.dropFirst(2) {
      guard let digit = Int(String(decoding: [byte], as: UTF8.self), radix: radix) else { return nil }
      number = number * Double(radix) + Double(digit)
    }
    return number.isFinite ? number : nil
  }

  private static func inBase(_ number: Double, _ base: Double) -> String {
    if base == 10 || !number.isFinite { return Numbers.script(number) }
    if let integer = Int64(exactly: number) { return String(integer, radix: Int(base)) }
    var digits = ""
    var rest = number.magnitude
    while rest >= 1 {
      digits = String(Int(rest.truncatingRemainder(dividingBy: base)), radix: Int(base)) + digits
      rest = (rest / base).rounded(.down)
    }
    return (number < 0 ? "-" : "") + digits
  }
}
