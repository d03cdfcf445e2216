import LogsInsights

/// Which events of a block can be part of a query's result, found out without their messages.
final class SlabCandidates {
  enum Events {
    case none, all
    /// Their numbers among those of the shape, ascending.
    case some([UInt32])

    func has(_ index: UInt32) -> Bool {
      switch self {
      case .none: return false
      case .all: return true
      case .some(let list):
        var (low, high) = (0, list.count)
        while low < high {
          let middle = (low + high) / 2
          if list[middle] < index { low = middle + 1 } else { high = middle }
        }
        return low < list.count && list[low] == index
      }
    }
  }
  let reader: SlabReader
  private var columns: [[ColumnReader?]]

  init(_ reader: SlabReader) {
    self.reader = reader
    columns = reader.head.shapes.map { Array(repeating: nil, count: $0.columns.count) }
  }

  func column(_ shape: Int, _ column: Int) throws(SeriesFault) -> ColumnReader {
    if let known = columns[shape][column] { return known }
    let found = reader.head.shapes[shape]
    let fresh = try ColumnReader(found.columns[column], count: found.rows, reader)
    columns[shape][column] = fresh
    return fresh
  }

  func messages(_ shape: Int) throws(SeriesFault) -> ShapeReader {
    var list: [ColumnReader] = []
    for place in reader.head.shapes[shape].columns.indices { list.append(try column(shape, place)) }
    return ShapeReader(reader.head.shapes[shape], list)
  }

  func events(_ number: Int, _ prefilter: Prefilter) throws(SeriesFault) -> Events {
    let shape = reader.head.shapes[number]
    if shape.flags & SlabFlags.marked != 0 { return .all }
    let matcher = ShapeMatcher(shape: shape)
    var chosen: [(column: Int, words: [Bool])] = []
    for literal in prefilter.literals {
      let ways = matcher.ways(literal)
      if ways.never { return .none }
      guard try mayBe(literal, ways, number) else { return .none }
      if let choice = try choice(literal, ways, number) { chosen.append(choice) }
    }
    for literal in prefilter.jsonLiterals where matcher.ways(literal).never && matcher.ways(Array("\\u".utf8)).never { return .none }
    for equality in prefilter.equalities {
      switch ShapeField(equality.path, shape) {
      case .missing: return .none
      case .unknown: break
      case .column(let place):
        guard let choice = try choice(equality, number, place) else { continue }
        if !choice.words.contains(true) { return .none }
        if choice.words.contains(false) { chosen.append(choice) }
      }
    }
    return try rows(chosen, number)
  }

  private func rows(_ chosen: [(column: Int, words: [Bool])], _ number: Int) throws(SeriesFault) -> Events {
    var list: [UInt32]?
    for choice in chosen {
      let column = try column(number, choice.column)
      if let known = list {
        list = known.filter { choice.words[column.wordNumber(Int($0))] }
      } else {
        list = choice.words.withUnsafeBufferPointer { column.events(where: $0) }
      }
    }
    guard let list else { return .all }
    return list.isEmpty ? .none : .some(list)
  }

  /// False when the text can only be a whole value of columns, and their filters say that it is none.
  private func mayBe(_ text: [UInt8], _ ways: ShapeMatcher.Ways, _ number: Int) throws(SeriesFault) -> Bool {
    if ways.always || ways.otherwise { return true }
    for place in ways.within {
      let spec = reader.head.shapes[number].columns[place]
      guard let bloom = spec.bloom, spec.shortest == text.count, spec.longest == text.count else { return true }
      let hash = text.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { StoredHash.hash($0, bytes.count) } ?? 0 }
      if try reader.mayHold(hash, bloom) { return true }
    }
    return false
  }

  /// The words that have the text in them, when it can only be in one column of words.
  private func choice(_ text: [UInt8], _ ways: ShapeMatcher.Ways, _ number: Int) throws(SeriesFault) -> (column: Int, words: [Bool])? {
    guard !ways.always, !ways.otherwise, ways.within.count == 1, case .words = reader.head.shapes[number].columns[ways.within[0]].values
    else {
      return nil
    }
    let column = try column(number, ways.within[0])
    let words = (0..<(column.words ?? 0)).map { word in
      let bytes = column.word(word)
      return bytes.count >= text.count
        && (0...(bytes.count - text.count)).contains { UnsafeBufferPointer(rebasing: bytes[$0..<($0 + text.count)]).elementsEqual(text) }
    }
    return (ways.within[0], words)
  }

  /// The words that can equal one of the values; nil when only the events themselves tell.
  private func choice(_ equality: Prefilter.FieldEquality, _ number: Int, _ place: Int) throws(SeriesFault) -> (column: Int, words: [Bool])?
  {
    let spec = reader.head.shapes[number].columns[place]
    let isText = reader.head.shapes[number].isText[place]
    switch spec.values {
    case .constant, .words: break
    default:
      // Whole values that are no numbers are found by their bytes.
      guard let bloom = spec.bloom, isText, spec.classes & ByteClasses.bit(UInt8(ascii: "\\")) == 0 else { return nil }
      for value in equality.values {
        let bytes = Array(value.utf8)
        if Double(value) != nil { return nil }
        let hash = bytes.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { StoredHash.hash($0, bytes.count) } ?? 0 }
        if bytes.count >= spec.shortest, bytes.count <= spec.longest, try reader.mayHold(hash, bloom) { return nil }
      }
      return (place, [false])
    }
    let column = try column(number, place)
    let words = (0..<(column.words ?? 0)).map { word in equality.values.contains { Self.canEqual(column.word(word), isText, $0) } }
    return (place, words)
  }

  /// Generous: what is not sure may be.
  private static func canEqual(_ bytes: UnsafeBufferPointer<UInt8>, _ isText: Bool, _ value: String) -> Bool {
    if bytes.elementsEqual(value.utf8) { return true }
    if bytes.contains(UInt8(ascii: "\\")) { return true }
    let text = String(decoding: bytes, as: UTF8.self)
    if !isText, let first = bytes.first, [UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "[")].contains(first) {
      return true
    }
    if text.lowercased() == value.lowercased() { return true }
    guard let wanted = Double(value), let number = Double(text) else { return false }
    return wanted == number
  }
}

extension ColumnReader {
  /// The events whose word is one of those.
  func events(where words: UnsafeBufferPointer<Bool>) -> [UInt32] {
    var list: [UInt32] = []
    guard let packed, let many = self.words, words.count == many, many > 1 else {
      return words.first == true ? (0..<UInt32(count)).map { $0 } : []
    }
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: PackedNumbers.run) { buffer in
      guard let numbers = buffer.baseAddress else { return }
      var start = 0
      while start < count {
        let have = packed.decode(start >> 7, into: numbers)
        for place in 0..<have {
          let word = Int(truncatingIfNeeded: numbers[place])
          if word >= 0, word < many, words[word] { list.append(UInt32(truncatingIfNeeded: start &+ place)) }
        }
        start += PackedNumbers.run
      }
    }
    return list
  }
}
