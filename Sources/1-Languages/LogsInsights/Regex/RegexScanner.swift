/// Tells whether texts match, by a table of states made while scanning. Belongs to one thread.
///
/// A state is the set of instructions that may go on, with what the byte before it was; the table is bounded and begun anew when
/// full, so that the time stays linear in the text whatever the expression.
final class RegexScanner {
  private static let mostStates = 2_000
  private static let unknown: Int32 = -1
  /// The states after which the answer is known. States are numbered by where their rows in the table begin.
  private static let matched: Int32 = 0
  private var failed: Int32 { Int32(width) }

  private let program: RegexProgram
  @exclusivity(unchecked) private var classes: [UInt8]
  private var representatives: [UInt8] = []
  /// Classes of bytes, and one for the end of the text.
  private var width = 0
  @exclusivity(unchecked) private var table: [Int32] = []
  @exclusivity(unchecked) private var states: [Key] = []
  @exclusivity(unchecked) private var known: [Key: Int32] = [:]
  @exclusivity(unchecked) private var start: Int32 = 0
  @exclusivity(unchecked) private var members: [Int32] = []
  @exclusivity(unchecked) private var marks: [UInt32]
  @exclusivity(unchecked) private var mark: UInt32 = 0

  private struct Key: Hashable {
    /// Instructions before assertions are passed.
    var instructions: [Int32]
    var before: Before
  }

  /// What assertions ask about the byte before.
  private enum Before: UInt8 {
    case start, newline, word, other
  }

  init(_ regex: Regex) {
    program = regex.program
    marks = Array(repeating: 0, count: program.instructions.count)
    classes = Array(repeating: 0, count: 256)
    makeClasses()
    reset()
  }

  private func reset() {
    states = [Key(instructions: [], before: .other), Key(instructions: [-1], before: .other)]
    known = [:]
    table = Array(repeating: Self.matched, count: width) + Array(repeating: failed, count: width)
    start = state(Key(instructions: [program.entry], before: .start))
  }

  func matches(_ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let failed = failed
    var state = start
    var position = 0
    while position < count {
      // The quick loop: states that are known.
      state = classes.withUnsafeBufferPointer { classes in
        table.withUnsafeBufferPointer { table in
          var now = state
          while position < count {
            let next = table[Int(now) &+ Int(classes[Int(text[position])])]
            if next <= failed {
              if next == Self.unknown { return now }
              return next
            }
            now = next
            position &+= 1
          }
          return now
        }
      }
      if state == Self.matched { return true }
      if state == failed { return false }
      guard position < count else { break }
      state = follow(state, byte: text[position])
      position += 1
      if state == Self.matched { return true }
      if state == failed { return false }
    }
    return end(state)
  }

  private func end(_ from: Int32) -> Bool {
    let cell = Int(from) + width - 1
    if table[cell] == Self.unknown {
      table[cell] = close(states[Int(from) / width], next: nil) ? Self.matched : failed
    }
    return table[cell] == Self.matched
  }

  /// Works out the state after a byte and keeps it.
  private func follow(_ from: Int32, byte: UInt8) -> Int32 {
    let key = states[Int(from) / width]
    if states.count >= Self.mostStates {
      // Begins anew and goes on from where it is.
      reset()
      return follow(state(key), byte: byte)
    }
    let column = Int(classes[Int(byte)])
    let next = step(key, byte: representatives[column])
    table[Int(from) + column] = next
    return next
  }

  private func step(_ key: Key, byte: UInt8) -> Int32 {
    if close(key, next: byte) { return Self.matched }
    let now = members
    mark &+= 1
    var instructions: [Int32] = []
    for member in now {
      if case .byte(let low, let high, let next) = program.instructions[Int(member)], low <= byte, byte <= high, marks[Int(next)] != mark {
        marks[Int(next)] = mark
        instructions.append(next)
      }
    }
    // A match may begin after any byte.
    if marks[Int(program.entry)] != mark { instructions.append(program.entry) }
    let before: Before =
      !program.hasAssertions ? .other : byte == 0x0A ? .newline : Self.isWord(byte) ? .word : .other
    return state(Key(instructions: instructions.sorted(), before: before))
  }

  /// Finds into `members` what reads a byte, with assertions passed where they hold. True when the match is found.
  private func close(_ key: Key, next: UInt8?) -> Bool {
    mark &+= 1
    members.removeAll(keepingCapacity: true)
    var waiting = key.instructions
    while let instruction = waiting.popLast() {
      if marks[Int(instruction)] == mark { continue }
      marks[Int(instruction)] = mark
      switch program.instructions[Int(instruction)] {
      case .match: return true
      case .byte: members.append(instruction)
      case .fork(let one, let other): waiting += [one, other]
      case .save(_, let next): waiting.append(next)
      case .assert(let assertion, let after):
        if Self.holds(assertion, key.before, next) { waiting.append(after) }
      }
    }
    return false
  }

  private static func holds(_ assertion: Assertion, _ before: Before, _ next: UInt8?) -> Bool {
    let wordAfter = next.map(isWord) ?? false
    return switch assertion {
    case .textStart: before == .start
    case .textEnd: next == nil
    case .lineStart: before == .start || before == .newline
    case .lineEnd: next == nil || next == 0x0A
    case .wordBoundary: (before == .word) != wordAfter
    case .notWordBoundary: (before == .word) == wordAfter
    }
  }

  private func state(_ key: Key) -> Int32 {
    if let state = known[key] { return state }
    let state = Int32(states.count * width)
    states.append(key)
    known[key] = state
    table += Array(repeating: Self.unknown, count: width)
    return state
  }

  static func isWord(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte == 95
  }

  /// Numbers bytes so that no part of the expression tells those with one number apart.
  private func makeClasses() {
    var edges: Set<Int> = [0]
    for instruction in program.instructions {
      guard case .byte(let low, let high, _) = instruction else { continue }
      edges.insert(Int(low))
      edges.insert(Int(high) + 1)
    }
    if program.hasAssertions { edges.formUnion([10, 11, 48, 58, 65, 91, 95, 96, 97, 123]) }
    var number = -1
    for byte in 0..<256 {
      if edges.contains(byte) {
        number += 1
        representatives.append(UInt8(byte))
      }
      classes[byte] = UInt8(number)
    }
    width = number + 2
  }
}
