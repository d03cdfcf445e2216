extension RegexCompiler {
  /// Whether every match begins at the start of the text, or of a line.
  static func isAnchored(_ tree: RegexTree) -> Bool {
    switch tree {
    case .begin: true
    case .sequence(let list): list.first.map { isAnchored($0) } ?? false
    case .group(let inner, _): isAnchored(inner)
    case .alternatives(let list): list.allSatisfy { isAnchored($0) }
    default: false
    }
  }

  /// The bytes that a match may begin with; nil when that is not known or a match may be empty.
  func firstBytes(_ tree: RegexTree) -> [Bool]? {
    var bytes = [Bool](repeating: false, count: 256)
    return mark(tree, &bytes) ? bytes : nil
  }

  /// Marks the first bytes; false when it may be empty or begin with anything.
  private func mark(_ tree: RegexTree, _ bytes: inout [Bool]) -> Bool {
    switch tree {
    case .scalar(let scalar): return mark(CharacterSet([scalar...scalar]), &bytes)
    case .set(let set): return mark(set, &bytes)
    case .sequence(let list):
      for item in list {
        switch item {
        case .wordBoundary, .look: continue
        default: return mark(item, &bytes)
        }
      }
      return false
    case .alternatives(let list): return list.allSatisfy { mark($0, &bytes) }
    case .group(let inner, _): return mark(inner, &bytes)
    case .repetition(let inner, let least, _, _, _): return least > 0 && mark(inner, &bytes)
    default: return false
    }
  }

  private func mark(_ set: CharacterSet, _ bytes: inout [Bool]) -> Bool {
    var set = set
    if options.ignoresCase { set.ignoreCase() }
    for byte in 0..<128 where set.contains(UInt32(byte)) { bytes[byte] = true }
    if set.isNegated || !set.ranges.isEmpty || options.ignoresCase { for byte in 128..<256 { bytes[byte] = true } }
    return true
  }
}

extension RegexCompiler {
  /// The instructions, in which runs are possessive when what follows them begins with nothing that they take.
  func optimized() -> [Instruction] {
    var result = program
    for place in result.indices {
      guard case .run(let set, let least, let most, true, _, false) = result[place] else { continue }
      var next = place + 1
      while case .save = result[next] { next += 1 }
      let isExclusive: Bool
      switch result[next] {
      case .scalar(let scalar, false): isExclusive = !sets[set].contains(scalar)
      case .set(let other, false): isExclusive = sets[set].isDisjoint(with: sets[other])
      case .run(let other, let needed, _, _, _, false): isExclusive = needed > 0 && sets[set].isDisjoint(with: sets[other])
      case .end: isExclusive = !options.multiline
      default: isExclusive = false
      }
      // A run that stops at its most could be taken up again by what follows.
      if isExclusive, most == .max {
        result[place] = .run(set: set, least: least, most: most, greedy: true, possessive: true, back: false)
      }
    }
    return result
  }

  /// The set of a possessive run without end that everything begins with, when nothing looks back.
  static func leadingRun(_ program: [Instruction]) -> Int? {
    for instruction in program {
      switch instruction {
      case .backreference, .look, .wordBoundary, .begin: return nil
      default: break
      }
    }
    let first = program.first { if case .save = $0 { false } else { true } }
    guard case .run(let set, let least, _, _, true, _) = first, least <= 1 else { return nil }
    return least == 1 ? set : nil
  }
}
