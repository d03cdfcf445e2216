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
  private(set) var ignoresCase = false
  private var isMultiline = false
  private(set) var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  /// Set for the length of a search.
  var program = UnsafeBufferPointer<Instruction>(start: nil, count: 0)
  var sets = UnsafeBufferPointer<CharacterSet>(start: nil, count: 0)
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
  mutating func match(at place: Int, _ machine: Machine) throws -> Bool {
    registers.initialize(repeating: -1, count: registerCount)
    count = 0
    return try run(0, place, machine)
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

  private mutating func run(_ start: Int, _ from: Int, _ machine: Machine) throws -> Bool {
    let base = count
    var next = start
    var place = from
    while true {
      let goesOn: Bool
      switch program[next] {
      case .scalar(let scalar, let back):
        let found = character(place, back)
        goesOn = found?.0 == scalar && move(found?.1, &place, &next)
      case .set(let set, let back):
        let found = character(place, back)
        goesOn = found.map { sets[set].contains($0.0) } == true && move(found?.1, &place, &next)
      case .run(let set, let least, let most, let greedy, let possessive, let back):
        goesOn = move(take(set, least, most, greedy, possessive, back, place, next), &place, &next)
      case .jump(let target):
        next = target
        goesOn = true
      case .split(let other):
        push(Choice(instruction: other, place: place, least: -1))
        goesOn = move(place, &place, &next)
      case .save(let register):
        note(register, place)
        goesOn = move(place, &place, &next)
      case .begin: goesOn = (place == 0 || (isMultiline && isLineEnd(before: place))) && move(place, &place, &next)
      case .end: goesOn = (place == bytes.count || (isMultiline && isLineEnd(at: place))) && move(place, &place, &next)
      case .wordBoundary(let wanted): goesOn = (isWord(place - 1) != isWord(place)) == wanted && move(place, &place, &next)
      case .look(let negative, let target):
        goesOn = try look(next + 1, place, negative, machine)
        next = target
      case .assertionEnd, .match: return true
      case .backreference(let group, let back): goesOn = move(sameAgain(group, place, back), &place, &next)
      case .loopBegin(let register):
        note(register, 0)
        note(register + 1, -1)
        goesOn = move(place, &place, &next)
      case .loop(let register, let least, let most, let greedy, let exit, let groups):
        next = loop(register, least, most, greedy, exit, groups, place, next)
        goesOn = true
      case .loopEnd(let register, let least, let start):
        let rounds = registers[register]
        goesOn = rounds < least || registers[register + 1] != place
        note(register, rounds + 1)
        next = start
      }
      steps += 1
      if steps & 1_023 == 0 { try check(machine) }
      if goesOn { continue }
      guard let choice = back(base) else { return false }
      (next, place) = choice
    }
  }

  /// Goes on behind what matched; false when nothing did.
  @inline(__always)
  private func move(_ end: Int?, _ place: inout Int, _ next: inout Int) -> Bool {
    guard let end else { return false }
    place = end
    next += 1
    return true
  }

  /// Where a run of the set ends; what it could do instead is noted.
  @inline(__always)
  private mutating func take(
    _ set: Int, _ least: Int, _ most: Int, _ greedy: Bool, _ possessive: Bool, _ back: Bool, _ place: Int, _ next: Int
  ) -> Int? {
    guard let end = repeated(sets[set], place, least, greedy ? most : least, back) else { return nil }
    if greedy, !possessive {
      let minimum = least == 0 ? place : end.least
      if end.place != minimum { push(Choice(instruction: next + 1, place: end.place, least: minimum)) }
    } else if !greedy, most > least {
      push(Choice(instruction: next, place: end.place, least: -4 - min(most - least, 1 << 40)))
    }
    return end.place
  }

  /// Whether an assertion holds.
  private mutating func look(_ start: Int, _ place: Int, _ negative: Bool, _ machine: Machine) throws -> Bool {
    let mark = count
    // Something to go back to, so that what the assertion notes can be taken back.
    push(Choice(instruction: program.count - 1, place: place, least: -1))
    let found = try run(start, place, machine)
    if found, !negative { keepNotes(mark) } else { takeBack(mark) }
    return found != negative
  }

  /// The instruction to go on at: another round of a loop, or what follows it.
  private mutating func loop(
    _ register: Int, _ least: Int, _ most: Int, _ greedy: Bool, _ exit: Int, _ groups: Range<Int>, _ place: Int, _ next: Int
  ) -> Int {
    let rounds = registers[register]
    if rounds >= most { return exit }
    if rounds >= least, !greedy {
      push(Choice(instruction: next, place: place, least: -3))
      return exit
    }
    if rounds >= least { push(Choice(instruction: exit, place: place, least: -1)) }
    enter(register, groups, place)
    return next + 1
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
  private mutating func back(_ base: Int) -> (Int, Int)? {
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
