/// Makes one index of rules from another. Keeps what only changing needs to know.
struct IndexEditor: ~Copyable {
  private(set) var index = RuleIndex()
  private var uses: [[UInt8]: PathUse] = [:]
  private var freePaths: [Int32] = []
  private var freeSlots: [Int32] = []

  /// What is known of one path.
  private struct PathUse {
    let number: Int32
    /// Conditions on the path.
    var conditions = 0
    /// For each probe how many alternatives are filed by it.
    var probes: [Probe: Int] = [:]
    var atLeast: KeyNode?
    var atMost: KeyNode?

    var seed: UInt64 { Probe.seed(ofPath: number) }
  }

  /// A rule in the index, as it has to be known to take it out again.
  struct Entry: Sendable {
    let slot: Int32
    fileprivate let filings: [Filing]
  }

  fileprivate struct Filing: Sendable {
    let program: Program
    let serial: UInt64
    let paths: [[UInt8]]
    /// The path it is filed by, or nil when it is in `any`.
    let path: [UInt8]?
    let keys: [AccessKey]

    var posting: KeyNode.Posting { KeyNode.Posting(owner: program, pointer: program.memory, serial: serial) }
  }

  private var nextSerial: UInt64 = 0

  /// Adds a rule that the object stands for.
  mutating func add(_ alternatives: [Alternative], _ rule: any AnyObject & Sendable) -> Entry {
    let slot = freeSlots.popLast() ?? Int32(index.slots)
    index.slots = max(index.slots, Int(slot) + 1)
    return Entry(slot: slot, filings: alternatives.map { file($0, rule, slot) })
  }

  mutating func remove(_ entry: Entry) {
    for filing in entry.filings { unfile(filing) }
    freeSlots.append(entry.slot)
  }

  private mutating func file(_ alternative: Alternative, _ rule: any AnyObject & Sendable, _ slot: Int32) -> Filing {
    let paths = alternative.conditions.map(\.path)
    for path in paths { enter(path) }
    let program = Program(alternative, rule: rule, slot: slot) { uses[$0]?.number ?? 0 }
    let access = bestAccess(alternative)
    let filing = Filing(
      program: program, serial: nextSerial, paths: paths, path: access?.path, keys: access?.keys ?? [])
    nextSerial += 1
    guard let path = filing.path else {
      index.any = index.any.inserting(Bytes.hash(filing.serial, seed: 0), filing.posting)
      return filing
    }
    var isProbeNew = false
    for key in filing.keys {
      isProbeNew = add(key, filing.posting, path) || isProbeNew
    }
    if isProbeNew { publish(path) }
    return filing
  }

  private mutating func unfile(_ filing: Filing) {
    if let path = filing.path {
      var isProbeGone = false
      for key in filing.keys {
        isProbeGone = remove(key, filing.posting, path) || isProbeGone
      }
      if isProbeGone { publish(path) }
    } else {
      index.any = index.any.removing(Bytes.hash(filing.serial, seed: 0), filing.posting) ?? .empty
    }
    for path in filing.paths { leave(path) }
  }

  /// The condition whose keys the fewest events are expected to hit; nil when each can be met by a missing field.
  private func bestAccess(_ alternative: Alternative) -> (path: [UInt8], keys: [AccessKey])? {
    var best: (path: [UInt8], keys: [AccessKey])?
    var least = Int.max
    for condition in alternative.conditions {
      guard let use = uses[condition.path] else { continue }
      guard let keys = Self.keys(condition, use.seed) else { continue }
      let cost = keys.reduce(0) { $0 + $1.cost(load: load($1, use)) }
      if cost < least {
        least = cost
        best = (condition.path, keys)
      }
    }
    return best
  }

  private static func keys(_ condition: Condition, _ seed: UInt64) -> [AccessKey]? {
    var all: Set<AccessKey> = []
    for test in condition.tests {
      guard let keys = AccessKey.keys(for: test, seed) else { return nil }
      all.formUnion(keys)
    }
    return Array(all)
  }

  private func load(_ key: AccessKey, _ use: PathUse) -> Int {
    switch key.probe {
    case .atLeast: use.atLeast?.count ?? 0
    case .atMost: use.atMost?.count ?? 0
    default: index.keys.value(for: key.key)?.count ?? 0
    }
  }
}

extension IndexEditor {
  /// Files an object. Returns whether the path's probes have to be made anew.
  private mutating func add(_ key: AccessKey, _ posting: KeyNode.Posting, _ path: [UInt8]) -> Bool {
    guard var use = uses[path] else { return false }
    use.probes[key.probe, default: 0] += 1
    let isFirst = use.probes[key.probe] == 1
    var isMoved = false
    switch key.probe {
    case .atLeast:
      use.atLeast = (use.atLeast ?? .empty).inserting(key.key, posting)
      isMoved = true
    case .atMost:
      use.atMost = (use.atMost ?? .empty).inserting(key.key, posting)
      isMoved = true
    default:
      index.keys = index.keys.inserting(key.key, posting)
    }
    uses[path] = use
    return isFirst || isMoved
  }

  private mutating func remove(_ key: AccessKey, _ posting: KeyNode.Posting, _ path: [UInt8]) -> Bool {
    guard var use = uses[path] else { return false }
    let left = (use.probes[key.probe] ?? 1) - 1
    use.probes[key.probe] = left > 0 ? left : nil
    var isMoved = false
    switch key.probe {
    case .atLeast:
      use.atLeast = use.atLeast?.removing(key.key, posting)
      isMoved = true
    case .atMost:
      use.atMost = use.atMost?.removing(key.key, posting)
      isMoved = true
    default:
      index.keys = index.keys.removing(key.key, posting) ?? .empty
    }
    uses[path] = use
    return left == 0 || isMoved
  }

  /// Counts one more condition on the path; its first one makes events be looked into for it.
  private mutating func enter(_ path: [UInt8]) {
    if uses[path] == nil {
      let number = freePaths.popLast() ?? Int32(index.paths)
      index.paths = max(index.paths, Int(number) + 1)
      uses[path] = PathUse(number: number)
      publish(path)
    }
    uses[path]?.conditions += 1
  }

  private mutating func leave(_ path: [UInt8]) {
    guard var use = uses[path] else { return }
    use.conditions -= 1
    uses[path] = use
    guard use.conditions == 0 else { return }
    uses[path] = nil
    freePaths.append(use.number)
    index.root = index.root.setting(PathNode.names(path)[...], to: -1, nil)
  }

  /// Puts the path and its probes as they are now into the index.
  private mutating func publish(_ path: [UInt8]) {
    guard let use = uses[path] else { return }
    let probes =
      use.probes.isEmpty
      ? nil : Probes(path: use.number, probes: Array(use.probes.keys), atLeast: use.atLeast, atMost: use.atMost)
    index.root = index.root.setting(PathNode.names(path)[...], to: use.number, probes)
  }
}
