/// A value that writes its text itself, because it would be large as a document: the same text, byte for byte, as that of its document.
package protocol JSONWritable {
  /// Bytes that its text takes about; rather too many than too few.
  var jsonSize: Int { get }
  func write(to writer: inout JSONWriter)
}

extension JSONWritable {
  package var jsonBytes: [UInt8] {
    var writer = JSONWriter(capacity: jsonSize)
    write(to: &writer)
    return writer.finish()
  }
}

/// What texts are put together of that are never a document.
extension JSONWriter {
  package mutating func write(text: String) { write(text) }

  /// A list of numbers, the last one first where it is to be read backwards.
  package mutating func write(_ numbers: [Double], backwards: Bool = false) {
    list(numbers, backwards) { $0.write($1) }
  }

  package mutating func write(_ numbers: [Int64], backwards: Bool = false) {
    list(numbers, backwards) { $0.write($1) }
  }

  @inline(__always)
  private mutating func list<Number>(_ numbers: [Number], _ backwards: Bool, _ one: (inout JSONWriter, Number) -> Void) {
    literal("[")
    let last = numbers.count - 1
    numbers.withUnsafeBufferPointer { numbers in
      for place in numbers.indices {
        if place > 0 { literal(",") }
        one(&self, numbers[backwards ? last - place : place])
      }
    }
    literal("]")
  }

  /// Writes once more what stands there already.
  package mutating func write(again range: Range<Int>) {
    let range = range.clamped(to: 0..<count)
    let target = room(range.count)
    target.update(from: target - count + range.lowerBound, count: range.count)
    advance(range.count)
  }
}
