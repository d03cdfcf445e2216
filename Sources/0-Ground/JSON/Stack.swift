/// A stack whose elements are moved out, not copied. What is left is released with it.
struct Stack<Element>: ~Copyable {
  private var memory: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init() {
    capacity = 16
    memory = .allocate(capacity: 16)
  }

  deinit {
    memory.deinitialize(count: count)
    memory.deallocate()
  }

  @inline(__always)
  mutating func push(_ element: consuming Element) {
    if count == capacity { grow() }
    (memory + count).initialize(to: element)
    count += 1
  }

  mutating func replace(_ position: Int, with element: consuming Element) { memory[position] = element }

  /// Takes the topmost elements off; the caller moves them out before the next call.
  @inline(__always)
  mutating func pop(_ number: Int) -> UnsafeMutablePointer<Element> {
    count -= number
    return memory + count
  }

  /// The elements from that position on, for looking at.
  @inline(__always)
  func pointer(from position: Int) -> UnsafePointer<Element> { UnsafePointer(memory + position) }

  /// Takes the elements from that position on.
  @inline(__always)
  mutating func popArray(from position: Int) -> [Element] {
    let number = count - position
    let source = pop(number)
    // Not Array(unsafeUninitializedCapacity:), which the compiler leaves generic: twice as slow here.
    var array: [Element] = []
    array.reserveCapacity(number)
    for position in 0..<number { array.append((source + position).move()) }
    return array
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: memory, count: count)
    memory.deallocate()
    memory = larger
    capacity *= 2
  }
}
