/// Memory that grows, without the checks and the reference counting of an array. Its owner deallocates it.
struct Buffer<Element: BitwiseCopyable> {
  private(set) var start: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    start = .allocate(capacity: max(capacity, 1))
    self.capacity = max(capacity, 1)
  }

  func deallocate() { start.deallocate() }

  @inline(__always)
  subscript(_ index: Int) -> Element {
    get { start[index] }
    nonmutating set { start[index] = newValue }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { reserve(count + 1) }
    start[count] = element
    count &+= 1
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
  }

  /// Adds elements that hold anything, within what is reserved.
  mutating func extend(by more: Int) { count = min(count + more, capacity) }
}
