/// How `sort` orders values. Source: CloudWatch Logs User Guide, sort ("an updated version of natural sorting").
///
/// Ascending: what is missing, then values that are no numbers, then numbers. Texts go chunk by chunk: digits by length and then by
/// value, others by code points.
enum Order {
  static func compare(_ left: Value, _ right: Value) -> Int {
    if case .time(let a) = left, case .time(let b) = right { return a < b ? -1 : a > b ? 1 : 0 }
    switch (left.number, right.number) {
    case (let a?, let b?):
      if a != b { return a < b ? -1 : 1 }
      if case .text(let one) = left, case .text(let other) = right { return one.compare(other) }
      return 0
    case (nil, _?): return -1
    case (_?, nil): return 1
    case (nil, nil): return natural(left, right)
    }
  }

  static func natural(_ left: Value, _ right: Value) -> Int {
    switch (text(left), text(right)) {
    case (nil, nil): 0
    case (nil, _?): -1
    case (_?, nil): 1
    case (let a?, let b?): natural(a, b)
    }
  }

  private static func text(_ value: Value) -> Text? {
    switch value {
    case .text(let text), .json(let text): text
    default: nil
    }
  }

  static func natural(_ left: Text, _ right: Text) -> Int {
    var a = 0
    var b = 0
    while a < left.count, b < right.count {
      let aDigits = digits(left, a)
      let bDigits = digits(right, b)
      if aDigits > 0, bDigits > 0 {
        if aDigits != bDigits { return aDigits - bDigits }
        for offset in 0..<aDigits where left.start[a + offset] != right.start[b + offset] {
          return Int(left.start[a + offset]) - Int(right.start[b + offset])
        }
        a += aDigits
        b += bDigits
      } else {
        if left.start[a] != right.start[b] { return Int(left.start[a]) - Int(right.start[b]) }
        a += 1
        b += 1
      }
    }
    return (left.count - a) - (right.count - b)
  }

  private static func digits(_ text: Text, _ start: Int) -> Int {
    var end = start
    while end < text.count, text.start[end] &- 48 < 10 { end += 1 }
    return end - start
  }

  /// How `=`, `<` and the like compare: as numbers where both are, else as texts. Nil when one is missing.
  static func relation(_ left: Value, _ right: Value) -> Int? {
    switch (left, right) {
    case (.missing, _), (_, .missing): return nil
    case (.bool(let bool), .text(let text)), (.text(let text), .bool(let bool)):
      if Numeric.parse(text) == nil { return text.equalsIgnoringCase(bool ? "true" : "false") ? 0 : 1 }
    case (.text(let a), .text(let b)):
      if let first = Numeric.parse(a), let second = Numeric.parse(b) { return first < second ? -1 : first > second ? 1 : 0 }
      return a.compare(b)
    default: break
    }
    if let a = left.number, let b = right.number { return a < b ? -1 : a > b ? 1 : 0 }
    guard let a = text(left), let b = text(right) else { return 1 }
    return a.compare(b)
  }
}
