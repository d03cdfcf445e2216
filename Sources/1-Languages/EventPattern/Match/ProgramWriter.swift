/// Lays a program out in memory.
struct ProgramWriter {
  /// Lists of strings longer than this are searched by hash.
  private static let longList = 8
  private var bytes: [UInt8] = []

  mutating func reserve<Value: BitwiseCopyable>(_ type: Value.Type, _ count: Int) -> Int {
    while bytes.count % 16 != 0 { bytes.append(0) }
    let offset = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: MemoryLayout<Value>.stride * count))
    return offset
  }

  mutating func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: offset, as: Value.self) }
  }

  /// Writes a list of checks and returns where it is.
  mutating func write(_ checks: [Program.Check]) -> Int32 {
    let offset = reserve(Program.Check.self, checks.count)
    for (index, check) in checks.enumerated() { store(check, at: offset + index * MemoryLayout<Program.Check>.stride) }
    return Int32(offset)
  }

  func finish() -> UnsafeRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    return UnsafeRawPointer(memory)
  }

  /// What to check for these tests, their texts written. Any of the checks suffices.
  mutating func checks(for tests: [Test]) -> [Program.Check] {
    let strings = tests.compactMap { if case .string(let text) = $0 { text } else { nil } }
    guard strings.count > Self.longList else { return tests.flatMap { checks(for: $0) } }
    let others = tests.filter { if case .string = $0 { false } else { true } }
    return [listed(strings)] + others.flatMap { checks(for: $0) }
  }

  private mutating func checks(for test: Test) -> [Program.Check] {
    switch test {
    case .null: [Program.Check(operation: .null)]
    case .boolean(let value): [Program.Check(operation: value ? .true : .false)]
    case .string(let text): [string(text)]
    case .number(let number): [self.number(number)]
    case .address(let network), .network(let network): [self.network(network)]
    case .prefix(let text): [self.text(text, .prefix)]
    case .suffix(let text): [self.text(text, .suffix)]
    case .equalsIgnoringCase(let text): [folded(text, .foldedString, .spelledString)]
    case .prefixIgnoringCase(let text): [folded(text, .foldedPrefix, .spelledPrefix)]
    case .suffixIgnoringCase(let text): [folded(text, .foldedSuffix, .spelledSuffix)]
    case .wildcard(let wildcard): [self.wildcard(wildcard)]
    case .range(let range):
      [Program.Check(operation: .range, low: range.lowest.millionths, high: range.highest.millionths)]
    case .exists: [Program.Check(operation: .exists)]
    case .absent: []
    case .anythingBut(let anythingBut): [noneOf(checks(forbiddenBy: anythingBut))]
    }
  }

  private mutating func checks(forbiddenBy anythingBut: AnythingBut) -> [Program.Check] {
    switch anythingBut {
    case .strings(let texts) where texts.count > Self.longList: [listed(texts)]
    case .strings(let texts): texts.map { string($0) }
    case .numbers(let numbers): numbers.map { number($0) }
    case .equalsIgnoringCase(let texts): texts.map { folded($0, .foldedString, .spelledString) }
    case .prefixes(let texts): texts.map { text($0, .prefix) }
    case .suffixes(let texts): texts.map { text($0, .suffix) }
    case .wildcards(let wildcards): wildcards.map { wildcard($0) }
    }
  }

  private mutating func noneOf(_ checks: [Program.Check]) -> Program.Check {
    Program.Check(operation: .noneOf, count: Int32(checks.count), offset: write(checks))
  }

  /// Many strings, ordered by their hashes.
  private mutating func listed(_ texts: [[UInt8]]) -> Program.Check {
    let checks = texts.map { string($0) }.sorted { $0.low < $1.low }
    return Program.Check(operation: .stringOf, count: Int32(checks.count), offset: write(checks))
  }

  private mutating func text(_ text: [UInt8], _ operation: Program.Check.Operation) -> Program.Check {
    let offset = bytes.count
    bytes.append(contentsOf: text)
    return Program.Check(operation: operation, count: Int32(text.count), offset: Int32(offset))
  }

  private mutating func string(_ text: [UInt8]) -> Program.Check {
    var check = self.text(text, .string)
    check.low = Int64(bitPattern: Self.hash(text))
    return check
  }

  static func hash(_ text: [UInt8]) -> UInt64 {
    text.isEmpty ? 0 : text.withUnsafeBufferPointer { text in text.baseAddress.map { Bytes.hash($0, text.count, seed: 0) } ?? 0 }
  }

  private mutating func number(_ number: PatternNumber) -> Program.Check {
    guard let value = number.comparable else { return text(number.text, .literalNumber) }
    return Program.Check(operation: .number, low: value.millionths, high: value.millionths)
  }

  /// The base address, then the bits that count.
  private mutating func network(_ network: Network) -> Program.Check {
    let offset = reserve(UInt128.self, 2)
    store(network.base.value, at: offset)
    store(Address.mask(network.bits), at: offset + 16)
    return Program.Check(operation: .network, isV4: network.base.isV4, offset: Int32(offset))
  }

  /// ASCII text in lower case; other text by its spellings: for each character their number, then each one's length and bytes.
  private mutating func folded(
    _ text: [UInt8], _ folded: Program.Check.Operation, _ spelled: Program.Check.Operation
  ) -> Program.Check {
    if CaseFolding.isASCII(text) { return self.text(CaseFolding.lowercased(text), folded) }
    let spellings = CaseFolding.spellings(text)
    let characters = folded == .foldedSuffix ? spellings.reversed() : spellings
    let offset = bytes.count
    for spellings in characters {
      bytes.append(UInt8(spellings.count))
      for spelling in spellings { bytes += [UInt8(spelling.count)] + spelling }
    }
    return Program.Check(operation: spelled, count: Int32(characters.count), offset: Int32(offset))
  }

  /// A list of the pieces between the stars; the sum of their lengths in `low`.
  private mutating func wildcard(_ wildcard: Wildcard) -> Program.Check {
    let pieces = wildcard.pieces.map { text($0, .string) }
    let length = wildcard.pieces.reduce(0) { $0 + $1.count }
    return Program.Check(operation: .wildcard, count: Int32(pieces.count), offset: write(pieces), low: Int64(length))
  }
}
