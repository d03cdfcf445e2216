/// What a matching machine does and remembers; its memory is used again and again.
///
/// Memory of its own and not arrays: the checks of those took half of the time.
struct RegexRun {
  /// What to do when matching fails: go on elsewhere, or take back what was noted.
  private struct Choice {
    /// The instruction to go on at; below 0, the register whose value is put back, from -1 on.
    var instruction: Int
    var place: Int
    /// The shortest end of a run that is given back character by character, -1 for a plain choice, -3 for a lazy loop,
    /// -4 and below for a lazy run that may still take so many.
    var least: Int
  }

  private var choices: UnsafeMutablePointer<Choice>
  private var capacity = 64
  private var count = 0
  private(set) var registers: UnsafeMutablePointer<Int>
  private var registerCapacity = 32
  private var registerCount = 0
  private var ignoresCase = false
  private var isMultiline = false
  private var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  private var steps = 0
  private static let mostChoices = 2_000_000
  private static let mostSteps = 20_000_000

  init() {
    choices = .allocate(capacity: capacity)
    registers = .allocate(capacity: registerCapacity)
  }

  /// Gives the memory back.
  func deallocate() {
    choices.deallocate()
    registers.deallocate()
  }

  mutating func begin(_ regex: Regex, _ bytes: UnsafeBufferPointer<UInt8>) {
    registerCount = 2 * (regex.groups + 1) + regex.registers
    if registerCount > registerCapacity {
      registers.deallocate()
      registerCapacity = registerCount
      registers = .allocate(capacity: registerCapacity)
    }
    ignoresCase = regex.options.ignoresCase
    isMultiline = regex.options.multiline
    self.bytes = bytes
    steps = 0
  }

  /// Whether the expression matches at the place.
  mutating func match(
    at place: Int, _ program: UnsafeBufferPointer<Instruction>, _ sets: UnsafeBufferPointer<CharacterSet>, _ machine: Machine
  ) throws -> Bool {
    registers.initialize(repeating: -1, count: registerCount)
    count = 0
    return try run(program, sets, 0, place, machine)
  }

  @inline(__always)
  private mutating func push(_ choice: Choice) {
    if count == capacity { grow() }
    choices[count] = choice
    count += 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Choice>.allocate(capacity: capacity * 2)
    larger.update(from: choices, count: count)
    choices.deallocate()
    choices = larger
    capacity *= 2
  }

  @inline(__always)
  private mutating func pop() -> Choice {
    count -= 1
    return choices[count]
  }

  @inline(__always)
  private mutating func note(_ register: Int, _ value: Int) {
    // Without a choice to go back to there is nothing to be put back.
    if count > 0 { push(Choice(instruction: -1 - register, place: registers[register], least: -1)) }
    registers[register] = value
  }

  private mutating func run(
    _ program: UnsafeBufferPointer<Instruction>, _ sets: UnsafeBufferPointer<CharacterSet>, _ start: Int, _ from: Int, _ machine: Machine
  ) throws -> Bool {
    let base = count
    var next = start
    var place = from
    while true {
      var fails = false
      switch program[next] {
      case .scalar(let scalar, let back):
        if let (found, end) = character(place, back), found == scalar {
          place = end
          next += 1
        } else {
          fails = true
        }
      case .set(let set, let back):
        if let (found, end) = character(place, back), sets[set].contains(found) {
          place = end
          next += 1
        } else {
          fails = true
        }
      case .run(let set, let least, let most, let greedy, let possessive, let back):
        if let end = repeated(sets[set], place, least, greedy ? most : least, back) {
          if greedy, !possessive {
            let minimum = least == 0 ? place : end.least
            if end.place != minimum { push(Choice(instruction: next + 1, place: end.place, least: minimum)) }
          } else if !greedy, most > least {
            push(Choice(instruction: next, place: end.place, least: -4 - min(most - least, 1 << 40)))
          }
          place = end.place
          next += 1
        } else {
          fails = true
        }
      case .jump(let target): next = target
      case .split(let other):
        push(Choice(instruction: other, place: place, least: -1))
        next += 1
      case .splitLazy(let other):
        push(Choice(instruction: next + 1, place: place, least: -1))
        next = other
      case .save(let register):
        note(register, place)
        next += 1
      case .begin:
        if place == 0 || (isMultiline && isLineEnd(before: place)) { next += 1 } else { fails = true }
      case .end:
        if place == bytes.count || (isMultiline && isLineEnd(at: place)) { next += 1 } else { fails = true }
      case .wordBoundary(let wanted):
        if (isWord(place - 1) != isWord(place)) == wanted { next += 1 } else { fails = true }
      case .look(let negative, let target):
        let mark = count
        // Something to go back to, so that what the assertion notes can be taken back.
        push(Choice(instruction: program.count - 1, place: place, least: -1))
        let found = try run(program, sets, next + 1, place, machine)
        if found, !negative {
          keepNotes(mark)
          next = target
        } else {
          takeBack(mark)
          if found == negative { fails = true } else { next = target }
        }
      case .assertionEnd, .match: return true
      case .backreference(let group, let back):
        if let end = sameAgain(group, place, back) {
          place = end
          next += 1
        } else {
          fails = true
        }
      case .loopBegin(let register):
        note(register, 0)
        note(register + 1, -1)
        next += 1
      case .loop(let register, let least, let most, let greedy, let exit, let groups):
        let count = registers[register]
        if count >= most {
          next = exit
        } else if count >= least, !greedy {
          push(Choice(instruction: next, place: place, least: -3))
          next = exit
        } else {
          if count >= least { push(Choice(instruction: exit, place: place, least: -1)) }
          enter(register, groups, place)
          next += 1
        }
      case .loopEnd(let register, let least, let loop):
        let count = registers[register]
        if count >= least, registers[register + 1] == place {
          fails = true
        } else {
          note(register, count + 1)
          next = loop
        }
      }
      steps += 1
      if steps & 1_023 == 0 { try check(machine) }
      if fails {
        guard let (instruction, at) = back(base, program, sets) else { return false }
        next = instruction
        place = at
      }
    }
  }

  /// Begins a round of a loop: groups inside forget what they had.
  private mutating func enter(_ register: Int, _ groups: Range<Int>, _ place: Int) {
    note(register + 1, place)
    for group in groups where registers[2 * group] != -1 || registers[2 * group + 1] != -1 {
      note(2 * group, -1)
      note(2 * group + 1, -1)
    }
  }

  private mutating func check(_ machine: Machine) throws {
    try machine.tick(1_024)
    if steps > Self.mostSteps || count > Self.mostChoices {
      throw Machine.exceeded("A regular expression took more than \(Self.mostSteps) steps: Check for nested repetitions")
    }
  }

  /// The last choice that is left.
  private mutating func back(
    _ base: Int, _ program: UnsafeBufferPointer<Instruction>, _ sets: UnsafeBufferPointer<CharacterSet>
  ) -> (Int, Int)? {
    while count > base {
      let choice = pop()
      if choice.instruction < 0 {
        registers[-1 - choice.instruction] = choice.place
        continue
      }
      switch choice.least {
      case -1: return (choice.instruction, choice.place)
      case ...(-4):
        // One more of a lazy run, of which so many may come.
        guard choice.least < -4, case .run(let set, _, _, _, _, let back) = program[choice.instruction],
          let (found, end) = character(choice.place, back), sets[set].contains(found)
        else { continue }
        push(Choice(instruction: choice.instruction, place: end, least: choice.least + 1))
        return (choice.instruction + 1, end)
      case -3:
        // Into a lazy loop once more.
        guard case .loop(let register, _, _, _, _, let groups) = program[choice.instruction] else { continue }
        enter(register, groups, choice.place)
        return (choice.instruction + 1, choice.place)
      default:
        let end = shorter(choice.place, choice.least)
        if end != choice.least { push(Choice(instruction: choice.instruction, place: end, least: choice.least)) }
        return (choice.instruction, end)
      }
    }
    return nil
  }

  /// One character less of a run.
  @inline(__always)
  private func shorter(_ place: Int, _ least: Int) -> Int {
    if place > least {
      var end = place - 1
      while end > least, bytes[end] & 0xC0 == 0x80 { end -= 1 }
      return end
    }
    var end = place + 1
    while end < least, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return end
  }

  /// Forgets choices since the mark but keeps what they note, for an assertion that held.
  private mutating func keepNotes(_ mark: Int) {
    var kept = mark
    for place in mark..<count where choices[place].instruction < 0 {
      choices[kept] = choices[place]
      kept += 1
    }
    count = kept
  }

  private mutating func takeBack(_ mark: Int) {
    while count > mark {
      let choice = pop()
      if choice.instruction < 0 { registers[-1 - choice.instruction] = choice.place }
    }
  }
}

extension RegexRun {
  /// The character at the place, or before it, and where it ends, or begins.
  @inline(__always)
  private func character(_ place: Int, _ back: Bool) -> (UInt32, Int)? {
    if back { return before(place) }
    guard place < bytes.count else { return nil }
    let first = bytes[place]
    if first < 0x80 { return (UInt32(first), place + 1) }
    return wide(place)
  }

  private func wide(_ place: Int) -> (UInt32, Int) {
    let first = UInt32(bytes[place])
    func more(_ offset: Int) -> UInt32 { place + offset < bytes.count ? UInt32(bytes[place + offset]) & 0x3F : 0 }
    if first >= 0xF0 { return ((first & 7) << 18 | more(1) << 12 | more(2) << 6 | more(3), place + 4) }
    if first >= 0xE0 { return ((first & 15) << 12 | more(1) << 6 | more(2), place + 3) }
    return ((first & 31) << 6 | more(1), place + 2)
  }

  private func before(_ place: Int) -> (UInt32, Int)? {
    guard place > 0 else { return nil }
    var start = place - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return (bytes[start] < 0x80 ? UInt32(bytes[start]) : wide(start).0, start)
  }

  /// As many of the set as there are, between the bounds; where the least of them end.
  @inline(__always)
  private func repeated(_ set: CharacterSet, _ from: Int, _ least: Int, _ most: Int, _ back: Bool) -> (place: Int, least: Int)? {
    var place = from
    var count = 0
    var minimum = from
    while count < most, let (found, end) = character(place, back), set.contains(found) {
      place = end
      count += 1
      if count == least { minimum = place }
    }
    return count >= least ? (place, minimum) : nil
  }

  private func sameAgain(_ group: Int, _ place: Int, _ back: Bool) -> Int? {
    let (start, end) = (registers[2 * group], registers[2 * group + 1])
    guard start >= 0, end >= start else { return place }
    let length = end - start
    let from = back ? place - length : place
    guard from >= 0, from + length <= bytes.count else { return nil }
    if ignoresCase {
      var (one, other) = (start, from)
      while one < end, let (a, nextOne) = character(one, false), let (b, nextOther) = character(other, false) {
        if CaseFolding.canonical(a) != CaseFolding.canonical(b) { return nil }
        (one, other) = (nextOne, nextOther)
      }
    } else {
      for offset in 0..<length where bytes[start + offset] != bytes[from + offset] { return nil }
    }
    return back ? from : from + length
  }

  private func isLineEnd(at place: Int) -> Bool { character(place, false).map { CharacterSet.lineEnds.contains($0.0) } ?? false }
  private func isLineEnd(before place: Int) -> Bool { before(place).map { CharacterSet.lineEnds.contains($0.0) } ?? false }

  private func isWord(_ place: Int) -> Bool {
    place >= 0 && place < bytes.count && CharacterSet.words.contains(UInt32(bytes[place]))
  }
}
