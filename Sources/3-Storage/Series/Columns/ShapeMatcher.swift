/// Whether messages of a shape can have a text in them, found out from the shape and what is known of its columns alone.
struct ShapeMatcher {
  /// How messages can have the text: in all of them, within the value of one of some columns, or some other way.
  struct Ways {
    var always = false
    var within: [Int] = []
    var otherwise = false
    var never: Bool { !always && within.isEmpty && !otherwise }
  }
  let shape: SlabShape
  private static let mostSteps = 4_096

  /// Never and always are certain.
  func ways(_ text: [UInt8]) -> Ways {
    var ways = Ways()
    if text.isEmpty { ways.always = true }
    if shape.flags & SlabFlags.marked != 0 { ways.otherwise = true }
    if ways.always || ways.otherwise { return ways }
    let isWhole = shape.flags & SlabFlags.whole != 0
    if !isWhole, shape.pieces.contains(where: { Self.find(text, shape.bytes[$0]) }) {
      ways.always = true
      return ways
    }
    var steps = 0
    for column in shape.columns.indices {
      let spec = shape.columns[column]
      if case .constant(let value) = spec.values, Self.find(text, value[...]) {
        ways.always = true
        return ways
      }
      if canHold(spec, text[...], exact: nil) { ways.within.append(column) }
      if !isWhole, !ways.otherwise, beginsWithin(text, column, &steps) { ways.otherwise = true }
    }
    if !isWhole, !ways.otherwise, beginsBefore(text, &steps) { ways.otherwise = true }
    return ways
  }

  /// Whether the text can begin in the column and go on behind it.
  private func beginsWithin(_ text: [UInt8], _ column: Int, _ steps: inout Int) -> Bool {
    let spec = shape.columns[column]
    let most = min(text.count - 1, spec.longest)
    if most < 1 { return false }
    for length in 1...most where canHold(spec, text[..<length], exact: false) {
      if follows(text[length...], column + 1, &steps) { return true }
    }
    return false
  }

  /// Whether it can begin in what is the same and run into a column.
  private func beginsBefore(_ text: [UInt8], _ steps: inout Int) -> Bool {
    for (number, piece) in shape.pieces.enumerated() where number < shape.columns.count {
      let bytes = shape.bytes[piece]
      var start = max(bytes.startIndex, bytes.endIndex - text.count + 1)
      while start < bytes.endIndex {
        let length = bytes.endIndex - start
        if text[..<length].elementsEqual(bytes[start...]), fills(text[length...], number, &steps) { return true }
        start += 1
      }
    }
    return false
  }

  private static func find(_ text: [UInt8], _ bytes: ArraySlice<UInt8>) -> Bool {
    guard text.count <= bytes.count else { return false }
    return bytes.withUnsafeBufferPointer { bytes in
      text.withUnsafeBufferPointer { text in
        var place = 0
        while place + text.count <= bytes.count {
          if bytes[place] == text[0], UnsafeBufferPointer(rebasing: bytes[place..<(place + text.count)]).elementsEqual(text) { return true }
          place += 1
        }
        return false
      }
    }
  }

  /// - Parameter exact: true when the value is the part, false when the part is its end or more, nil when it is anywhere in it.
  private func canHold(_ spec: ColumnSpec, _ part: ArraySlice<UInt8>, exact: Bool?) -> Bool {
    if exact == true {
      if part.count < spec.shortest || part.count > spec.longest { return false }
    } else if part.count > spec.longest {
      return false
    }
    if case .constant(let value) = spec.values {
      switch exact {
      case true?: return value.elementsEqual(part)
      case false?: return value.suffix(part.count).elementsEqual(part)
      default: return Self.find(Array(part), value[...])
      }
    }
    for byte in part where spec.classes & ByteClasses.bit(byte) == 0 { return false }
    return true
  }

  /// Whether the rest can begin right where the column begins.
  private func fills(_ rest: ArraySlice<UInt8>, _ column: Int, _ steps: inout Int) -> Bool {
    steps += 1
    if steps > Self.mostSteps { return true }
    let spec = shape.columns[column]
    // The rest ends within the value.
    if canBegin(spec, rest) { return true }
    let (least, most) = (spec.shortest, min(spec.longest, rest.count))
    if least > most { return false }
    for length in least...most where length < rest.count || length == 0 {
      let end = rest.startIndex + length
      if canHold(spec, rest[..<end], exact: true), follows(rest[end...], column + 1, &steps) { return true }
    }
    return false
  }

  private func canBegin(_ spec: ColumnSpec, _ part: ArraySlice<UInt8>) -> Bool {
    if part.count > spec.longest { return false }
    if case .constant(let value) = spec.values { return value.prefix(part.count).elementsEqual(part) }
    for byte in part where spec.classes & ByteClasses.bit(byte) == 0 { return false }
    return true
  }

  /// Whether the rest can begin right where the piece begins.
  private func follows(_ rest: ArraySlice<UInt8>, _ piece: Int, _ steps: inout Int) -> Bool {
    let bytes = shape.bytes[shape.pieces[piece]]
    if rest.count <= bytes.count { return bytes.prefix(rest.count).elementsEqual(rest) }
    guard rest.prefix(bytes.count).elementsEqual(bytes), piece < shape.columns.count else { return false }
    return fills(rest[(rest.startIndex + bytes.count)...], piece, &steps)
  }
}

/// Where the field of a path is in a shape.
enum ShapeField {
  case column(Int)
  /// No message of the shape has it.
  case missing
  /// Only the messages themselves tell.
  case unknown

  init(_ path: [String], _ shape: SlabShape) {
    if shape.flags & SlabFlags.whole != 0 {
      self = .unknown
      return
    }
    guard shape.flags & SlabFlags.json != 0 else {
      // A text that begins with a brace may be JSON all the same, of a kind that was not taken apart.
      var first = shape.bytes.first { $0 != 0x20 } ?? 0
      if let place = shape.bytes.firstIndex(of: ShapeScanner.mark), shape.bytes[..<place].allSatisfy({ $0 == 0x20 }) { first = 0 }
      self = first == UInt8(ascii: "{") || first == 0x09 || first == 0x0A || first == 0x0D ? .unknown : .missing
      return
    }
    var found: Int?
    for (column, keys) in shape.paths.enumerated() {
      switch Self.relation(keys[...], path[...]) {
      case .same:
        if found != nil {
          self = .unknown
          return
        }
        found = column
      case .related:
        self = .unknown
        return
      case .none: break
      }
    }
    self = found.map { .column($0) } ?? .missing
  }

  private enum Relation { case same, related, none }

  /// A key with a point in it stands for levels too.
  private static func relation(_ keys: ArraySlice<String>, _ path: ArraySlice<String>) -> Relation {
    guard let key = keys.first else { return path.isEmpty ? .same : .related }
    guard let part = path.first else { return .related }
    if key == part { return relation(keys.dropFirst(), path.dropFirst()) }
    if key.hasPrefix(part + ".") {
      return relation([String(key.dropFirst(part.count + 1))] + keys.dropFirst(), path.dropFirst())
    }
    return .none
  }
}
