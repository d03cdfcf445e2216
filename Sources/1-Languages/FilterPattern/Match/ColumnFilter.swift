/// Conditions on the columns of a message, which white space separates.
struct ColumnFilter: Sendable {
  struct Column: Sendable {
    var name: String?
    var condition: Logic<Comparison>?
  }

  var columns: [Column] = []
  /// How many columns come before the ellipsis, which stands for any number of them.
  var ellipsis: Int?

  func matches(_ message: UnsafeBufferPointer<UInt8>) -> Bool { fields(message) != nil }

  func match(_ message: UnsafeBufferPointer<UInt8>) -> FilterMatch? {
    guard let fields = fields(message) else { return nil }
    var values: [String: String] = [:]
    for (position, field) in fields.enumerated() {
      values["$" + (field.column?.name ?? String(position + 1))] = String(decoding: field.text, as: UTF8.self)
    }
    return FilterMatch(source: .columns, extractedValues: values)
  }

  private typealias Field = (text: UnsafeBufferPointer<UInt8>, column: Column?)

  /// The message's fields, each with its column, or nil when a condition does not hold or fields are missing.
  private func fields(_ message: UnsafeBufferPointer<UInt8>) -> [Field]? {
    var fields = ColumnReader(message).fields()
    guard fields.count >= columns.count else { return nil }
    // Without an ellipsis the last column takes the rest of the message, spaces and all.
    if ellipsis == nil, !columns.isEmpty, fields.count > columns.count {
      let rest = fields[columns.count - 1].start
      fields.removeSubrange(columns.count...)
      fields[columns.count - 1].text = rest..<ColumnReader.trimmedEnd(message)
    }
    let before = ellipsis ?? columns.count
    let skipped = fields.count - columns.count
    var result: [Field] = []
    result.reserveCapacity(fields.count)
    for (position, field) in fields.enumerated() {
      let text = UnsafeBufferPointer(rebasing: message[field.text])
      let column: Column? =
        if position < before {
          columns[position]
        } else if position >= before + skipped {
          columns[position - skipped]
        } else {
          nil
        }
      if let condition = column?.condition, !condition.holds({ $0.holds(text) }) { return nil }
      result.append((text, column))
    }
    return result
  }
}

/// Cuts a message into fields: runs without white space, and what stands between `"` and `"` or `[` and `]`.
struct ColumnReader {
  private let message: UnsafeBufferPointer<UInt8>
  private var position = 0
  /// The first closing bracket from where one was looked for last, so that no stretch is searched twice.
  private var bracket = -1

  init(_ message: UnsafeBufferPointer<UInt8>) { self.message = message }

  static func trimmedEnd(_ message: UnsafeBufferPointer<UInt8>) -> Int {
    var end = message.count
    while end > 0, message[end - 1].isSpace { end -= 1 }
    return end
  }

  /// Where each field begins in the message, and its text without the quotes or brackets around it.
  consuming func fields() -> [(start: Int, text: Range<Int>)] {
    var fields: [(start: Int, text: Range<Int>)] = []
    while true {
      while position < message.count, message[position].isSpace { position += 1 }
      guard position < message.count else { return fields }
      let start = position
      if let end = closing() {
        fields.append((start, (start + 1)..<end))
        position = end + 1
      } else {
        while position < message.count, !message[position].isSpace { position += 1 }
        fields.append((start, start..<position))
      }
    }
  }

  /// The place of the quote or bracket that closes the field which begins here, or nil when it is an ordinary one: when the
  /// first such character is missing or goes on without white space.
  private mutating func closing() -> Int? {
    let place: Int
    switch message[position] {
    case UInt8(ascii: "\""): place = closingQuote()
    case UInt8(ascii: "["): place = closingBracket()
    default: return nil
    }
    guard place < message.count else { return nil }
    return place + 1 == message.count || message[place + 1].isSpace ? place : nil
  }

  private func closingQuote() -> Int {
    var place = position + 1
    while place < message.count, message[place] != UInt8(ascii: "\"") {
      // A quote within quotes is written \" in access logs.
      place += message[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return place
  }

  private mutating func closingBracket() -> Int {
    if bracket <= position { bracket = message[position...].firstIndex(of: UInt8(ascii: "]")) ?? message.count }
    return bracket
  }
}
