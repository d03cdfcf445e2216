/// Finds the leftmost match with its groups, as a backtracking engine would, but never in one state at one place twice.
/// Belongs to one thread.
final class RegexCaptures {
  /// Bits of memory for what was tried: texts beyond are matched on their beginning only.
  private static let mostBits = 1 << 26

  private let program: RegexProgram
  private(set) var slots: [Int]
  private var tried: [UInt64] = []
  private var stack: [Job] = []

  private struct Job {
    var instruction: Int32
    var position: Int
    /// A slot to set back to `position`, or -1.
    var slot: Int32
  }

  init(_ regex: Regex) {
    program = regex.program
    slots = Array(repeating: -1, count: regex.groups * 2 + 2)
  }

  /// Whether the text matches; the groups' places are then in `slots`, two a group, -1 where a group took no part.
  func match(_ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    let width = program.instructions.count
    let count = min(length, Self.mostBits / width)
    let words = (width * (count + 1) + 63) / 64
    if tried.count < words {
      tried = Array(repeating: 0, count: words)
    } else {
      for word in 0..<words { tried[word] = 0 }
    }
    for start in 0...count {
      for slot in slots.indices { slots[slot] = -1 }
      slots[0] = start
      if run(text, count, from: start) { return true }
    }
    return false
  }

  private func run(_ text: UnsafePointer<UInt8>, _ count: Int, from start: Int) -> Bool {
    stack.removeAll(keepingCapacity: true)
    stack.append(Job(instruction: program.entry, position: start, slot: -1))
    let width = count + 1
    return program.instructions.withUnsafeBufferPointer { instructions in
      while let job = stack.popLast() {
        if job.slot >= 0 {
          slots[Int(job.slot)] = job.position
          continue
        }
        var at = job.instruction
        var position = job.position
        thread: while true {
          let bit = Int(at) * width + position
          if tried[bit >> 6] >> UInt64(bit & 63) & 1 == 1 { break thread }
          tried[bit >> 6] |= 1 << UInt64(bit & 63)
          switch instructions[Int(at)] {
          case .match:
            slots[1] = position
            return true
          case .byte(let low, let high, let next):
            guard position < count, low <= text[position], text[position] <= high else { break thread }
            position += 1
            at = next
          case .fork(let one, let other):
            stack.append(Job(instruction: other, position: position, slot: -1))
            at = one
          case .save(let slot, let next):
            stack.append(Job(instruction: 0, position: slots[Int(slot)], slot: slot))
            slots[Int(slot)] = position
            at = next
          case .assert(let assertion, let next):
            guard Self.holds(assertion, text, count, position) else { break thread }
            at = next
          }
        }
      }
      return false
    }
  }

  private static func holds(_ assertion: Assertion, _ text: UnsafePointer<UInt8>, _ count: Int, _ position: Int) -> Bool {
    let wordBefore = position > 0 && RegexScanner.isWord(text[position - 1])
    let wordAfter = position < count && RegexScanner.isWord(text[position])
    return switch assertion {
    case .textStart: position == 0
    case .textEnd: position == count
    case .lineStart: position == 0 || text[position - 1] == 0x0A
    case .lineEnd: position == count || text[position] == 0x0A
    case .wordBoundary: wordBefore != wordAfter
    case .notWordBoundary: wordBefore == wordAfter
    }
  }
}
