/// Tries checks on a field.
extension ProgramView {
  /// Whether the field meets any check of the condition.
  @inline(__always)
  func meets(_ condition: Program.Condition, _ field: UnsafeMutablePointer<Field>) -> Bool {
    for check in checks(at: condition.checks, condition.checkCount) where meets(check, field) { return true }
    return false
  }

  func meets(_ check: Program.Check, _ field: UnsafeMutablePointer<Field>) -> Bool {
    let count = Int(check.count)
    switch check.operation {
    case .exists: return true
    case .true: return field.pointee.kind == .true
    case .false: return field.pointee.kind == .false
    case .null: return field.pointee.kind == .null
    case .noneOf:
      for forbidden in checks(at: check.offset, check.count) where meets(forbidden, field) { return false }
      return true
    case .number, .range:
      guard field.pointee.kind == .number, field.pointee.compare() else { return false }
      return field.pointee.millionths >= check.low && field.pointee.millionths <= check.high
    case .literalNumber:
      return field.pointee.kind == .number && field.pointee.count == count && Bytes.equal(bytes(check), field.pointee.text, count)
    default:
      return field.pointee.kind == .string && meetsText(check, field.pointee.text, field.pointee.count)
    }
  }

  private func meetsText(_ check: Program.Check, _ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    let count = Int(check.count)
    switch check.operation {
    case .string: return length == count && Bytes.equal(bytes(check), text, count)
    case .prefix: return length >= count && Bytes.equal(bytes(check), text, count)
    case .suffix: return length >= count && Bytes.equal(bytes(check), text + (length - count), count)
    case .foldedString: return length == count && Self.equalFolded(bytes(check), text, count)
    case .foldedPrefix: return length >= count && Self.equalFolded(bytes(check), text, count)
    case .foldedSuffix: return length >= count && Self.equalFolded(bytes(check), text + (length - count), count)
    case .spelledString: return spelled(check, text, length, fromEnd: false) == length
    case .spelledPrefix: return spelled(check, text, length, fromEnd: false) != nil
    case .spelledSuffix: return spelled(check, text, length, fromEnd: true) != nil
    case .wildcard: return meetsWildcard(check, text, length)
    case .network: return isInNetwork(check, text, length)
    case .stringOf: return isListed(check, text, length)
    default: return false
    }
  }

  /// Whether the text is the lower-case ASCII on the left, case ignored.
  private static func equalFolded(_ folded: UnsafePointer<UInt8>, _ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    for index in 0..<count where folded[index] != CaseFolding.lowercased(text[index]) { return false }
    return true
  }

  /// Bytes of the text that the spelled characters take from its beginning or its end; nil when it is spelled otherwise.
  private func spelled(_ check: Program.Check, _ text: UnsafePointer<UInt8>, _ length: Int, fromEnd: Bool) -> Int? {
    var next = bytes(check)
    var taken = 0
    for _ in 0..<check.count {
      let spellings = next.pointee
      next += 1
      var isFound = false
      for _ in 0..<spellings {
        let count = Int(next.pointee)
        if !isFound, taken + count <= length,
          Bytes.equal(next + 1, fromEnd ? text + (length - taken - count) : text + taken, count)
        {
          isFound = true
          taken += count
        }
        next += 1 + count
      }
      if !isFound { return nil }
    }
    return taken
  }

  /// The first piece must begin the text, the last end it, and the others follow each other in between: for each the first place
  /// will do, as that leaves most for the rest.
  private func meetsWildcard(_ check: Program.Check, _ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    let pieces = checks(at: check.offset, check.count)
    guard length >= Int(check.low) else { return false }
    let first = Int(pieces[0].count)
    if pieces.count == 1 { return length == first && Bytes.equal(bytes(pieces[0]), text, first) }
    let lastPiece = pieces[pieces.count - 1]
    let last = Int(lastPiece.count)
    guard Bytes.equal(bytes(pieces[0]), text, first), Bytes.equal(bytes(lastPiece), text + (length - last), last) else { return false }
    var position = first
    let end = length - last
    for index in 1..<(pieces.count - 1) {
      let count = Int(pieces[index].count)
      guard let found = Bytes.position(of: bytes(pieces[index]), count, in: text, from: position, to: end) else { return false }
      position = found + count
    }
    return position <= end
  }

  private func isInNetwork(_ check: Program.Check, _ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    guard let address = Address(text, length), address.isV4 == check.isV4 else { return false }
    let network = memory + Int(check.offset)
    return address.value & network.load(fromByteOffset: 16, as: UInt128.self) == network.load(as: UInt128.self)
  }

  private func isListed(_ check: Program.Check, _ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    let strings = checks(at: check.offset, check.count)
    let wanted = Int64(bitPattern: length == 0 ? 0 : Bytes.hash(text, length, seed: 0))
    var low = 0
    var high = strings.count
    while low < high {
      let middle = (low + high) / 2
      if strings[middle].low < wanted { low = middle + 1 } else { high = middle }
    }
    while low < strings.count, strings[low].low == wanted {
      if meetsText(strings[low], text, length) { return true }
      low += 1
    }
    return false
  }
}

extension Bytes {
  /// Where the piece first occurs in the text between the positions.
  static func position(
    of piece: UnsafePointer<UInt8>, _ count: Int, in text: UnsafePointer<UInt8>, from start: Int, to end: Int
  ) -> Int? {
    var position = start
    while position + count <= end {
      if text[position] == piece[0], equal(piece, text + position, count) { return position }
      position += 1
    }
    return nil
  }
}
