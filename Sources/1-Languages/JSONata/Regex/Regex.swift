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
    program = compiler.program
    sets = compiler.sets
    registers = compiler.registers
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
    let run = machine.regexRun
    run.begin(self, bytes)
    var place = start
    while place <= bytes.count {
      if isAnchored, place > 0 { return nil }
      if let firstBytes {
        while place < bytes.count, !firstBytes[Int(bytes[place])] { place += 1 }
        if place == bytes.count { return nil }
      }
      if try run.match(at: place, machine) { return run.captures }
      place += 1
      while place < bytes.count, bytes[place] & 0xC0 == 0x80 { place += 1 }
    }
    return nil
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
  /// Goes on at the other place, and here when that fails.
  case splitLazy(Int)
  case save(Int)
  case begin
  case end
  case wordBoundary(Bool)
  /// What follows up to `assertionEnd` has to match, or must not; goes on at `next`.
  case look(negative: Bool, next: Int)
  case assertionEnd
  case backreference(Int, back: Bool)
  /// Repeats one set.
  case run(set: Int, least: Int, most: Int, greedy: Bool, back: Bool)
  case loopBegin(register: Int)
  case loop(register: Int, least: Int, most: Int, greedy: Bool, exit: Int, groups: Range<Int>)
  case loopEnd(register: Int, least: Int, start: Int)
  case match
}
