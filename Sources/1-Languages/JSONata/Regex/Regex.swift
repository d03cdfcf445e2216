/// A regular expression as JavaScript means it, without the `u` flag. Source: ECMA-262, 22.2 and annex B.1.2.
///
/// It is matched by backtracking, which can take exponential time; the steps are counted and bounded.
/// Differs: a character is a Unicode scalar, not a UTF-16 unit.
final class Regex {
  struct Options {
    var ignoresCase = false
    var multiline = false
  }

  /// Why a pattern is none.
  struct Malformed: Error {
    let reason: String
  }

  let pattern: String
  let options: Options
  /// How many groups capture.
  let groups: Int
  let program: [Instruction]
  let sets: [CharacterSet]
  /// Counters and places of loops, after the captures.
  let registers: Int
  /// Bytes that a match may begin with; nil when it may be empty or begin with anything.
  let firstBytes: [Bool]?
  /// The set of which a match begins with as many as there are, and after which something else must come.
  let leadingRun: Int?
  /// Every match begins at the start.
  let isAnchored: Bool

  init(_ pattern: String, _ options: Options) throws {
    self.pattern = pattern
    self.options = options
    var parser = try RegexParser(pattern)
    let tree = try parser.parse()
    groups = parser.groups
    var compiler = RegexCompiler(options, groups: parser.groups)
    try compiler.compile(tree)
    program = compiler.optimized()
    sets = compiler.sets
    registers = compiler.registers
    leadingRun = RegexCompiler.leadingRun(program)
    firstBytes = compiler.firstBytes(tree)
    isAnchored = RegexCompiler.isAnchored(tree) && !options.multiline
  }

  /// The bounds of the first match at or after the offset and of its groups, -1 for those that took no part; byte offsets.
  func first(in text: String, from start: Int, _ machine: Machine) throws -> ContiguousArray<Int>? {
    let found: Result<ContiguousArray<Int>?, any Error>?? = text.utf8.withContiguousStorageIfAvailable { bytes in
      Result { try search(bytes, start, machine) }
    }
    if let found = found.flatMap({ $0 }) { return try found.get() }
    return try Array(text.utf8).withUnsafeBufferPointer { try search($0, start, machine) }
  }

  private func search(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ machine: Machine) throws -> ContiguousArray<Int>? {
    var run = machine.regexRun ?? RegexRun()
    machine.regexRun = run
    defer { machine.regexRun = run }
    run.begin(self, bytes)
    return try program.withUnsafeBufferPointer { program in
      try sets.withUnsafeBufferPointer { sets in
        (run.program, run.sets) = (program, sets)
        guard try search(&run, bytes, start, sets, machine) else { return nil }
        return ContiguousArray(UnsafeBufferPointer(start: run.registers, count: 2 * (groups + 1)))
      }
    }
  }

  private func search(
    _ run: inout RegexRun, _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ sets: UnsafeBufferPointer<CharacterSet>, _ machine: Machine
  ) throws -> Bool {
    var place = start
    while place <= bytes.count {
      if isAnchored, place > 0 { return false }
      if let firstBytes {
        while place < bytes.count, !firstBytes[Int(bytes[place])] { place += 1 }
        if place == bytes.count { return false }
      }
      if try run.match(at: place, machine) { return true }
      if let leadingRun {
        // It fails in the same way from everywhere within the run that it begins with.
        while place < bytes.count, bytes[place] < 0x80, sets[leadingRun].contains(UInt32(bytes[place])) { place += 1 }
        if place == bytes.count || bytes[place] < 0x80 { continue }
      }
      place += 1
      while place < bytes.count, bytes[place] & 0xC0 == 0x80 { place += 1 }
    }
    return false
  }
}

/// What a matching machine does.
enum Instruction {
  case scalar(UInt32, back: Bool)
  /// Any character of the set with that index.
  case set(Int, back: Bool)
  case jump(Int)
  /// Goes on here, and at the other place when that fails.
  case split(Int)
  case save(Int)
  case begin
  case end
  case wordBoundary(Bool)
  /// What follows up to `assertionEnd` has to match, or must not; goes on at `next`.
  case look(negative: Bool, next: Int)
  case assertionEnd
  case backreference(Int, back: Bool)
  /// Repeats one set; a possessive run gives nothing back, for what follows could not use it.
  case run(set: Int, least: Int, most: Int, greedy: Bool, possessive: Bool, back: Bool)
  case loopBegin(register: Int)
  case loop(register: Int, least: Int, most: Int, greedy: Bool, exit: Int, groups: Range<Int>)
  case loopEnd(register: Int, least: Int, start: Int)
  case match
}
