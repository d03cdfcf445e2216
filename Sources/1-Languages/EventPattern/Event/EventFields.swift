/// The fields of one event, and memory to match it in. Reused from event to event, by one thread at a time.
final class EventFields {
  private(set) var fields: Buffer<Field>
  private(set) var frames: Buffer<Frame>
  /// For each path the index of its first field, or -1.
  private var first: Buffer<Int32>
  /// Strings without their escapes.
  private var unescaped: Buffer<UInt8>

  init() {
    fields = Buffer(capacity: 64)
    frames = Buffer(capacity: 16)
    first = Buffer(capacity: 64)
    unescaped = Buffer(capacity: 256)
  }

  /// Forgets the last event. Paths are numbered below `paths`.
  @inline(__always)
  func reset(paths: Int) {
    for index in 0..<fields.count { first[Int(fields[index].path)] = -1 }
    fields.removeAll()
    frames.removeAll()
    // Frame 0 stands for no array.
    frames.append(Frame(array: -1, index: 0, outer: 0, depth: 0))
    unescaped.removeAll()
    while first.count < paths { first.append(-1) }
  }

  @inline(__always)
  func append(_ field: Field) {
    var field = field
    let path = Int(field.path)
    field.following = first[path]
    first[path] = Int32(truncatingIfNeeded: fields.count)
    fields.append(field)
  }

  /// The index of a field at the path, from which `following` leads to the others; -1 when there is none.
  @inline(__always)
  func first(at path: Int32) -> Int32 { first[Int(path)] }

  @inline(__always)
  func field(_ index: Int32) -> UnsafeMutablePointer<Field> { fields.start + Int(index) }

  @inline(__always)
  func enter(array: Int32, index: Int32, outer: Int32) -> Int32 {
    frames.append(Frame(array: array, index: index, outer: outer, depth: frames[Int(outer)].depth + 1))
    return Int32(truncatingIfNeeded: frames.count - 1)
  }

  /// Memory for text that is at most as long as the event, until the next event.
  func room(for count: Int, inEventOf total: Int) -> UnsafeMutablePointer<UInt8> {
    // Reserved at once: earlier texts must not move.
    if unescaped.count == 0 { unescaped.reserve(total) }
    let start = unescaped.start + unescaped.count
    unescaped.extend(by: count)
    return start
  }
}

/// Memory that grows, without the checks and the reference counting of an array.
struct Buffer<Element: BitwiseCopyable> {
  private(set) var start: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int
  private let owner: Owner

  private final class Owner {
    var memory: UnsafeMutablePointer<Element>
    init(_ memory: UnsafeMutablePointer<Element>) { self.memory = memory }
    deinit { memory.deallocate() }
  }

  init(capacity: Int) {
    start = .allocate(capacity: max(capacity, 1))
    self.capacity = max(capacity, 1)
    owner = Owner(start)
  }

  @inline(__always)
  subscript(_ index: Int) -> Element {
    get { start[index] }
    nonmutating set { start[index] = newValue }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { reserve(count + 1) }
    start[count] = element
    count += 1
  }

  @inline(__always)
  mutating func removeAll() { count = 0 }

  /// Makes room for so many elements in all.
  mutating func reserve(_ total: Int) {
    guard total > capacity else { return }
    let grown = UnsafeMutablePointer<Element>.allocate(capacity: max(total, capacity * 2))
    grown.update(from: start, count: count)
    start.deallocate()
    start = grown
    capacity = max(total, capacity * 2)
    owner.memory = grown
  }

  /// Adds elements that hold anything, within what is reserved.
  mutating func extend(by more: Int) { count = min(count + more, capacity) }
}
