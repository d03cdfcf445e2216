import JSON

/// The functions that Step Functions adds.
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-step-functions
enum StepFunctions {
  static let functions: [Builtin] = [
    Builtin(
      "partition", "<an:a>", arity: 2,
      .two { machine, array, size in
        guard !array.isUndefined, case .number(let size) = size else { return .undefined }
        guard size >= 1, size == size.rounded() else { throw refused("The chunk size of $partition must be a positive integer", size) }
        let values = Arrays.stored(array)
        try machine.account(values.count * 2)
        let chunk = Numbers.clampedInt(size)
        return .array(
          Items(
            ContiguousArray(
              stride(from: 0, to: values.count, by: chunk).map { start in
                .array(Items(ContiguousArray(values[start..<min(values.count - start, chunk) + start])))
              })))
      }),
    Builtin("range", "<nnn:a>", arity: 3, .many { machine, arguments in try range(machine, arguments) }),
    Builtin(
      "hash", "<xs:s>", arity: 2,
      .two { machine, data, algorithm in
        guard !data.isUndefined, case .string(let name) = algorithm else { return .undefined }
        guard let algorithm = JSONata.HashAlgorithm(rawValue: name) else {
          throw JSONataError("D3137", value: .string("Hash algorithm \(name) is none of MD5, SHA-1, SHA-256, SHA-384 and SHA-512"))
        }
        let digits = Array("0123456789abcdef".utf8)
        let digest = machine.sources.digest(Array(try Strings.string(data).utf8), algorithm)
        return .string(String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self))
      }),
    Builtin(
      "random", "<n?:n>", arity: 1,
      .one { machine, seed in
        guard case .number(let seed) = seed else { return .number(machine.sources.random()) }
        return .number(seeded(seed))
      }),
    Builtin("uuid", "<:s>", arity: 0, .many { machine, _ in .string(machine.sources.uuid()) }),
    Builtin(
      "parse", "<s:x>", arity: 1,
      .one { machine, value in
        guard case .string(let text) = value else { return .undefined }
        do {
          let json = try JSONValue(parsing: text)
          try machine.account(text.utf8.count / 8)
          return Value(copying: json)
        } catch { throw JSONataError("D3137", value: .string("The argument of $parse is no JSON: \(error)")) }
      }),
  ]

  private static func refused(_ sentence: String, _ number: Double) -> JSONataError {
    JSONataError("D3137", value: .string("\(sentence), not \(Numbers.script(number))"))
  }

  private static func range(_ machine: Machine, _ arguments: Builtin.Arguments) throws -> Value {
    guard let first = arguments.number(0), let last = arguments.number(1), let step = arguments.number(2) else { return .undefined }
    for number in [first, last, step] where number != number.rounded() || !number.isFinite {
      throw refused("The arguments of $range must be integers", number)
    }
    guard step != 0 else { throw JSONataError("D3137", value: .string("The third argument of $range must not be zero")) }
    let count = ((last - first) / step).rounded(.down) + 1
    guard count > 0 else { return .array(Items([])) }
    if count > 1e7 { throw JSONataError("D2014", token: "range", value: Output.json(min(count, .greatestFiniteMagnitude))) }
    try machine.account(Int(count))
    return .array(Items(ContiguousArray((0..<Int(count)).map { .number(first + Double($0) * step) })))
  }

  /// The same number for the same seed: SplitMix64.
  private static func seeded(_ seed: Double) -> Double {
    var state = seed.bitPattern &+ 0x9E37_79B9_7F4A_7C15
    state = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    state = (state ^ state >> 27) &* 0x94D0_49BB_1331_11EB
    state ^= state >> 31
    return Double(state >> 11) * 0x1p-53
  }
}
