/// Turns the tree of a regular expression into instructions.
struct RegexCompiler {
  let options: Regex.Options
  private(set) var program: [Instruction] = []
  private(set) var sets: [CharacterSet] = []
  private(set) var registers = 0
  private let groups: Int
  private static let longest = 100_000

  init(_ options: Regex.Options, groups: Int) {
    self.options = options
    self.groups = groups
  }

  mutating func compile(_ tree: RegexTree) throws {
    emit(.save(0))
    try emit(tree, back: false)
    emit(.save(1))
    emit(.match)
  }

  private mutating func emit(_ instruction: Instruction) { program.append(instruction) }

  private mutating func index(_ set: CharacterSet) -> Int {
    var set = set
    if options.ignoresCase { set.ignoreCase() }
    sets.append(set)
    return sets.count - 1
  }

  private func single(_ scalar: UInt32) -> CharacterSet? {
    options.ignoresCase && (CaseFolding.canonical(scalar) != scalar || !CaseFolding.variants(scalar).isEmpty)
      ? CharacterSet([scalar...scalar]) : nil
  }

  private mutating func emit(_ tree: RegexTree, back: Bool) throws {
    guard program.count < Self.longest else { throw Regex.Malformed(reason: "the pattern is too large") }
    switch tree {
    case .empty: break
    case .scalar(let scalar):
      if let set = single(scalar) { emit(.set(index(set), back: back)) } else { emit(.scalar(scalar, back: back)) }
    case .set(let set): emit(.set(index(set), back: back))
    case .sequence(let list): for item in back ? list.reversed() : list { try emit(item, back: back) }
    case .alternatives(let list): try emit(alternatives: list, back)
    case .group(let inner, let number):
      emit(.save(2 * number + (back ? 1 : 0)))
      try emit(inner, back: back)
      emit(.save(2 * number + (back ? 0 : 1)))
    case .repetition(let inner, let least, let most, let greedy, let captured):
      try emit(repetition: inner, least, most, greedy, captured, back)
    case .begin: emit(.begin)
    case .end: emit(.end)
    case .wordBoundary(let wanted): emit(.wordBoundary(wanted))
    case .look(let inner, let behind, let negative):
      let start = program.count
      emit(.look(negative: negative, next: 0))
      try emit(inner, back: behind)
      emit(.assertionEnd)
      program[start] = .look(negative: negative, next: program.count)
    case .backreference(let number): emit(.backreference(number, back: back))
    }
  }

  private mutating func emit(alternatives list: [RegexTree], _ back: Bool) throws {
    var ends: [Int] = []
    for (position, item) in list.enumerated() {
      let start = program.count
      let isLast = position == list.count - 1
      if !isLast { emit(.split(0)) }
      try emit(item, back: back)
      if !isLast {
        ends.append(program.count)
        emit(.jump(0))
        program[start] = .split(program.count)
      }
    }
    for end in ends { program[end] = .jump(program.count) }
  }

  private mutating func emit(
    repetition inner: RegexTree, _ least: Int, _ most: Int, _ greedy: Bool, _ captured: Range<Int>, _ back: Bool
  ) throws {
    if most == 0 { return }
    switch inner {
    case .set(let set):
      emit(.run(set: index(set), least: least, most: most, greedy: greedy, possessive: false, back: back))
      return
    case .scalar(let scalar):
      emit(.run(set: index(CharacterSet([scalar...scalar])), least: least, most: most, greedy: greedy, possessive: false, back: back))
      return
    default: break
    }
    let register = 2 * (groups + 1) + registers
    registers += 2
    emit(.loopBegin(register: register))
    let start = program.count
    emit(.loop(register: register, least: least, most: most, greedy: greedy, exit: 0, groups: captured))
    try emit(inner, back: back)
    emit(.loopEnd(register: register, least: least, start: start))
    program[start] = .loop(register: register, least: least, most: most, greedy: greedy, exit: program.count, groups: captured)
  }
}
