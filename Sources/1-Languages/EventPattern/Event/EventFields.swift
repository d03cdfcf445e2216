/// The fields of one event, and memory to match it in. Reused from event to event, by one thread at a time.
///
/// A handle to memory that its owner deallocates: reading and writing it counts no references and checks no accesses, which
/// would take longer than the work itself.
struct EventFields {
  private struct Storage {
    var fields = Buffer<Field>(capacity: 64)
    var frames = Buffer<Frame>(capacity: 16)
    /// For each path the index of its first field, or -1.
    var first = Buffer<Int32>(capacity: 64)
    /// Strings without their escapes.
    var unescaped = Buffer<UInt8>(capacity: 256)
  }

  private let storage: UnsafeMutablePointer<Storage>

  init() {
    storage = .allocate(capacity: 1)
    storage.initialize(to: Storage())
  }

  func deallocate() {
    storage.pointee.fields.deallocate()
    storage.pointee.frames.deallocate()
    storage.pointee.first.deallocate()
    storage.pointee.unescaped.deallocate()
    storage.deallocate()
  }

  @inline(__always)
  var fields: Buffer<Field> { storage.pointee.fields }

  @inline(__always)
  var frames: Buffer<Frame> { storage.pointee.frames }

  /// Forgets the last event. Paths are numbered below `paths`.
  @inline(__always)
  func reset(paths: Int) {
    let fields = storage.pointee.fields
    for index in 0..<fields.count { storage.pointee.first[Int(fields[index].path)] = -1 }
    storage.pointee.fields.removeAll()
    storage.pointee.frames.removeAll()
    // Frame 0 stands for no array.
    storage.pointee.frames.append(Frame(array: -1, index: 0, outer: 0, depth: 0))
    storage.pointee.unescaped.removeAll()
    while storage.pointee.first.count < paths { storage.pointee.first.append(-1) }
  }

  @inline(__always)
  func append(_ field: Field) {
    var field = field
    let path = Int(field.path)
    field.following = storage.pointee.first[path]
    storage.pointee.first[path] = Int32(truncatingIfNeeded: storage.pointee.fields.count)
    storage.pointee.fields.append(field)
  }

  /// The index of a field at the path, from which `following` leads to the others; -1 when there is none.
  @inline(__always)
  func first(at path: Int32) -> Int32 { storage.pointee.first[Int(path)] }

  @inline(__always)
  func field(_ index: Int32) -> UnsafeMutablePointer<Field> { storage.pointee.fields.start + Int(index) }

  @inline(__always)
  func enter(array: Int32, index: Int32, outer: Int32) -> Int32 {
    let depth = storage.pointee.frames[Int(outer)].depth + 1
    storage.pointee.frames.append(Frame(array: array, index: index, outer: outer, depth: depth))
    return Int32(truncatingIfNeeded: storage.pointee.frames.count - 1)
  }

  /// Memory for text that is at most as long as the event, until the next event.
  func room(for count: Int, inEventOf total: Int) -> UnsafeMutablePointer<UInt8> {
    // Reserved at once: earlier texts must not move.
    if storage.pointee.unescaped.count == 0 { storage.pointee.unescaped.reserve(total) }
    let start = storage.pointee.unescaped.start + storage.pointee.unescaped.count
    storage.pointee.unescaped.extend(by: count)
    return start
  }
}
