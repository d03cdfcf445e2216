/// An array made by the expression, with what the reference remembers about arrays.
final class Items {
  @exclusivity(unchecked)
  private(set) var values: ContiguousArray<Value>
  /// A sequence of one is its element and an empty one is nothing, wherever it becomes the value of an expression.
  @exclusivity(unchecked)
  var isSequence = false
  /// A sequence of one stays an array.
  var keepSingleton = false
  /// Made by an array constructor that is a step of a path: not flattened.
  var isConstructed = false
  /// The input, which is an array, as the only element.
  var isOuterWrapper = false
  /// The elements are tuples with these variables.
  var tuples: [String]?
  /// Numbers that are not stored: `first`, `first + 1` ... `lazyCount` of them.
  private var first = 0.0
  @exclusivity(unchecked)
  private var lazyCount = -1
  let depth: Int32

  init(_ values: ContiguousArray<Value>, sequence: Bool = false) {
    self.values = values
    isSequence = sequence
    var deepest: Int32 = 0
    for value in values { deepest = max(deepest, value.depth) }
    depth = deepest + 1
  }

  /// The numbers of a range, a sequence.
  init(range first: Double, count: Int) {
    values = []
    self.first = first
    lazyCount = count
    isSequence = true
    depth = 1
  }

  @inline(__always)
  var count: Int { lazyCount >= 0 ? lazyCount : values.count }

  @inline(__always)
  subscript(_ position: Int) -> Value {
    lazyCount >= 0 ? .number(first + Double(position)) : values[position]
  }

  /// The elements, all stored.
  var stored: ContiguousArray<Value> {
    if lazyCount >= 0 {
      values = ContiguousArray((0..<lazyCount).map { .number(first + Double($0)) })
      lazyCount = -1
    }
    return values
  }

  /// The numbers of a range that has not been stored.
  var range: (first: Double, count: Int)? { lazyCount >= 0 ? (first, lazyCount) : nil }

  /// A sequence as the value of an expression.
  func settled(keepingArray: Bool) -> Value {
    guard isSequence, tuples == nil else { return .array(self) }
    if keepingArray { keepSingleton = true }
    switch count {
    case 0: return .undefined
    case 1: return keepSingleton ? .array(self) : self[0]
    default: return .array(self)
    }
  }
}
