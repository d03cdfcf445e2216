/// Variables of one scope while it is evaluated.
///
/// Here and in values accesses are not checked for overlaps at run time, which would take a tenth of the time: none lasts
/// longer than it takes to copy a value.
final class Frame {
  let parent: Frame?
  @exclusivity(unchecked)
  private var first: Value = .unset
  @exclusivity(unchecked)
  private var second: Value = .unset
  @exclusivity(unchecked)
  private var third: Value = .unset
  @exclusivity(unchecked)
  private var more: ContiguousArray<Value>
  /// How deep functions that are kept here hold each other.
  @exclusivity(unchecked)
  private(set) var depth: Int32
  /// Whether the machine clears the frame at the end, since a function kept here may hold it.
  var isKept = false
  /// The context of a tuple.
  var context: Value = .undefined
  /// Variables that `$eval` assigned and the scope does not know.
  var extra: [String: Value]?

  init(_ parent: Frame?, _ size: Int) {
    self.parent = parent
    depth = parent?.depth ?? 0
    more = size > 3 ? ContiguousArray(repeating: .unset, count: size - 3) : []
  }

  @inline(__always)
  subscript(_ slot: Int) -> Value {
    get {
      switch slot {
      case 0: first
      case 1: second
      case 2: third
      default: more[slot - 3]
      }
    }
    set {
      depth = max(depth, newValue.depth)
      switch slot {
      case 0: first = newValue
      case 1: second = newValue
      case 2: third = newValue
      default: more[slot - 3] = newValue
      }
    }
  }

  @inline(__always)
  func up(_ hops: Int) -> Frame {
    var frame = self
    for _ in 0..<hops { if let parent = frame.parent { frame = parent } }
    return frame
  }

  /// Lets go of everything.
  func clear() {
    (first, second, third) = (.unset, .unset, .unset)
    more = []
    extra = nil
    context = .undefined
  }
}
