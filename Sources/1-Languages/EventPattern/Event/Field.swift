/// One value that an event has at a path some pattern names. An array has one field for each of its elements.
struct Field {
  enum Kind: UInt8 {
    case string, number, `true`, `false`, null
  }

  var kind: Kind
  /// For a number: its value in millionths is known, or known to be out of range.
  var comparison: Comparison = .unknown
  /// The number of the path.
  var path: Int32
  /// How the value finds the rules that want it; nil when none is found by this path.
  var probes: UnsafePointer<Probes.Record>?
  /// The text: of a string without quotes and escapes, of anything else as the event has it.
  var text: UnsafePointer<UInt8>
  var count: Int
  /// The array element that the value is in, an index into the frames; 0 when it is in no array.
  var frame: Int32
  /// The next field at the same path, or -1.
  var following: Int32 = -1
  var millionths: Int64 = 0

  enum Comparison: UInt8 {
    case unknown, comparable, outOfRange
  }

  @inline(__always)
  init(_ kind: Kind, at node: UnsafePointer<PathNode.Record>, text: UnsafePointer<UInt8>, count: Int, frame: Int32) {
    self.kind = kind
    path = node.pointee.path
    probes = node.pointee.probes
    self.text = text
    self.count = count
    self.frame = frame
  }

  /// Makes `millionths` known. Returns whether the number is in range.
  @inline(__always)
  mutating func compare() -> Bool {
    if comparison == .unknown {
      if let number = ComparableNumber(text, count) {
        millionths = number.millionths
        comparison = .comparable
      } else {
        comparison = .outOfRange
      }
    }
    return comparison == .comparable
  }
}

/// An element of an array that contains other fields, within the element that the array is in.
struct Frame {
  /// The number of the array in the event.
  var array: Int32
  /// The position of the element.
  var index: Int32
  /// The frame around the array, or 0.
  var outer: Int32
  /// Frames around this one, itself included.
  var depth: Int32
}
