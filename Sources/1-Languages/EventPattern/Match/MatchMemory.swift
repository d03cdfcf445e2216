/// Memory to match one event after the other in. Used by one thread at a time, the one that took it out of the pool of its matcher,
/// which deallocates it.
///
/// A handle, for the reason that `EventFields` is one.
struct MatchMemory {
  private struct Storage {
    /// The headers of the rules that match.
    var found = Buffer<UnsafePointer<Program.Header>>(capacity: 64)
    /// For each rule the number of the last event that it matched together with more than a few others.
    var stamps = Buffer<UInt32>(capacity: 64)
    /// The alternatives tried on a long event.
    var tried: Set<UnsafeRawPointer> = []
    var number: UInt32 = 0
    var folded = Buffer<UInt8>(capacity: 256)
  }

  let event = EventFields()
  private let storage: UnsafeMutablePointer<Storage>

  /// So many rules are told apart by looking at them; the stamps of many rules are far from each other in memory.
  private static let few = 8

  init() {
    storage = .allocate(capacity: 1)
    storage.initialize(to: Storage())
  }

  func deallocate() {
    event.deallocate()
    storage.pointee.found.deallocate()
    storage.pointee.stamps.deallocate()
    storage.pointee.folded.deallocate()
    storage.deinitialize(count: 1)
    storage.deallocate()
  }

  @inline(__always)
  var found: Buffer<UnsafePointer<Program.Header>> { storage.pointee.found }

  func reset(_ index: RuleIndex) {
    event.reset(paths: index.paths)
    storage.pointee.found.removeAll()
    storage.pointee.number &+= 1
    if storage.pointee.number == 0 {
      storage.pointee.stamps.removeAll()
      storage.pointee.number = 1
    }
    while storage.pointee.stamps.count < index.slots { storage.pointee.stamps.append(0) }
    if !storage.pointee.tried.isEmpty { storage.pointee.tried.removeAll(keepingCapacity: true) }
  }

  /// Whether the alternative is tried on this event for the first time.
  func isFirstTry(_ program: UnsafeRawPointer) -> Bool { storage.pointee.tried.insert(program).inserted }

  @inline(__always)
  func isFound(_ slot: Int32) -> Bool {
    let found = storage.pointee.found
    if found.count > Self.few { return storage.pointee.stamps[Int(slot)] == storage.pointee.number }
    var position = 0
    while position < found.count {
      if found[position].pointee.slot == slot { return true }
      position &+= 1
    }
    return false
  }

  @inline(__always)
  func add(_ header: UnsafePointer<Program.Header>) {
    storage.pointee.found.append(header)
    if storage.pointee.found.count > Self.few { stamp() }
  }

  private func stamp() {
    let found = storage.pointee.found
    // The first few get theirs when one more comes.
    let first = found.count == Self.few + 1 ? 0 : found.count - 1
    for position in first..<found.count { storage.pointee.stamps[Int(found[position].pointee.slot)] = storage.pointee.number }
  }

  /// Memory for the lower case of a text, until the next text.
  func room(forFolded count: Int) -> UnsafeMutablePointer<UInt8> {
    storage.pointee.folded.reserve(count)
    return storage.pointee.folded.start
  }
}
