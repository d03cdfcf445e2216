/// Finds the leftmost match with its groups, as a backtracking engine would, but never in one state at one place twice.
/// Belongs to one thread.
final class RegexCaptures {
  /// Bits of memory for what was tried: texts beyond are matched on their beginning only.
  private static let mostBits = 1 << 26

  private let program: RegexProgram
  /// Two a group: where it begins and ends, -1 where it took no part.
  let slots: UnsafeMutablePointer<Int>
  private let slotCount: Int
  @exclusivity(unchecked) private var tried: UnsafeMutablePointer<UInt64>
  @exclusivity(unchecked) private var triedWords = 64
  /// Where the search began: what was tried is counted from here.
  @exclusivity(unchecked) private var origin = 0
  @exclusivity(unchecked) private var stack: UnsafeMutablePointer<Job>
  @exclusivity(unchecked) private var stackSize = 64

  private struct Job {
    var instruction: Int32
    /// A slot to set back to `position`, or -1.
    var slot: Int32
    var position: Int
  }

  init(_ regex: Regex) {
    program = regex.program
    slotCount = regex.groups * 2 + 2
    slots = .allocate(capacity: slotCount)
    slots.initialize(repeating: -1, count: slotCount)
    tried = .allocate(capacity: triedWords)
    stack = .allocate(capacity: stackSize)
  }

  deinit {
    slots.deallocate()
    tried.deallocate()
    stack.deallocate()
  }

  /// Whether the text matches at the place or behind it; the groups' places are then in `slots`.
  func match(_ text: UnsafePointer<UInt8>, _ length: Int, from first: Int = 0) -> Bool {
    guard first <= length else { return false }
    let width = program.instructions.count
    let count = min(length, first + Self.mostBits / width)
    let words = (width * (count - first + 1) + 63) / 64
    if triedWords < words {
      tried.deallocate()
      tried = .allocate(capacity: words)
      triedWords = words
    }
    tried.update(repeating: 0, count: words)
    let firsts = program.firstBytes
    origin = first
    for start in first...count {
      // Most places are out of question by their first byte.
      if let firsts, start == count || !firsts.contains(text[start]) { continue }
      slots.update(repeating: -1, count: slotCount)
      slots[0] = start
      if run(text, count, from: start) { return true }
    }
    return false
  }

  private func push(_ job: Job, _ depth: inout Int) {
    if depth == stackSize {
      let larger = UnsafeMutablePointer<Job>.allocate(capacity: stackSize * 2)
      larger.update(from: stack, count: stackSize)
      stack.deallocate()
      stack = larger
      stackSize *= 2
    }
    stack[depth] = job
    depth += 1
  }

  private func run(_ text: UnsafePointer<UInt8>, _ count: Int, from start: Int) -> Bool {
    var depth = 0
    push(Job(instruction: program.entry, slot: -1, position: start), &depth)
    let width = program.instructions.count
    return program.instructions.withUnsafeBufferPointer { instructions in
      while depth > 0 {
        depth -= 1
        let job = stack[depth]
        if job.slot >= 0 {
          slots[Int(job.slot)] = job.position
          continue
        }
        var at = job.instruction
        var position = job.position
        thread: while true {
          let bit = (position &- origin) &* width &+ Int(at)
          let word = tried[bit >> 6]
          let mask = (1 as UInt64) << UInt64(bit & 63)
          if word & mask != 0 { break thread }
          tried[bit >> 6] = word | mask
          switch instructions[Int(at)] {
          case .match:
            slots[1] = position
            return true
          case .byte(let low, let high, let next):
            guard position < count, low <= text[position], text[position] <= high else { break thread }
            position &+= 1
            at = next
          case .fork(let one, let other):
            push(Job(instruction: other, slot: -1, position: position), &depth)
            at = one
          case .save(let slot, let next):
            push(Job(instruction: 0, slot: slot, position: slots[Int(slot)]), &depth)
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
