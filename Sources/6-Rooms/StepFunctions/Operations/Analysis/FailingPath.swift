import ServiceKit
import Store
import Time

/// What executions that failed alike have in common.
struct FailingPath: Hashable, Sendable {
  var state: String
  var error: String
  /// The cause with what differs from one execution to the next left out.
  var cause: String

  init(_ execution: Execution) {
    state = execution.failedState ?? ""
    error = execution.error ?? ""
    cause = Self.pattern(of: execution.cause ?? "")
  }

  private static let longest = 512

  /// The text with each run of digits, each UUID, and each word of hexadecimal digits that has some, as `#`.
  static func pattern(of text: String) -> String {
    let bytes = Array(text.utf8.prefix(8_192))
    var pattern: [UInt8] = []
    var word: [UInt8] = []
    var hasDigit = false
    func flush() {
      if hasDigit, word.allSatisfy(isHexadecimal) || word.allSatisfy(isDigit) {
        if pattern.last != UInt8(ascii: "#") { pattern.append(UInt8(ascii: "#")) }
      } else if hasDigit {
        for byte in word {
          if !isDigit(byte) { pattern.append(byte) } else if pattern.last != UInt8(ascii: "#") { pattern.append(UInt8(ascii: "#")) }
        }
      } else {
        pattern += word
      }
      word = []
      hasDigit = false
    }
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      // A UUID is one: a part of it may have no digit at all.
      if word.isEmpty, isUUID(bytes[index...].prefix(uuidLength)) {
        if pattern.last != UInt8(ascii: "#") { pattern.append(UInt8(ascii: "#")) }
        index += uuidLength
        continue
      }
      index += 1
      if isDigit(byte) || (byte | 0x20 >= 97 && byte | 0x20 <= 122) || byte >= 0x80 {
        word.append(byte)
        hasDigit = hasDigit || isDigit(byte)
      } else {
        flush()
        // Identifiers with dashes are one.
        if byte == UInt8(ascii: "-"), pattern.last == UInt8(ascii: "#") { continue }
        pattern.append(byte)
      }
    }
    flush()
    return String(decoding: pattern.prefix(longest), as: UTF8.self)
  }

  private static let uuidLength = 36

  /// Whether the bytes are 8-4-4-4-12 hexadecimal digits.
  private static func isUUID(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count == uuidLength else { return false }
    return zip(0..., bytes).allSatisfy { at, byte in
      at == 8 || at == 13 || at == 18 || at == 23 ? byte == UInt8(ascii: "-") : isHexadecimal(byte)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
  private static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20 >= 97 && byte | 0x20 <= 102) }
}

/// Unsuccessful executions of one machine, the latest first.
struct FailedExecutions {
  static let statuses = ["FAILED", "TIMED_OUT", "ABORTED"]
  let call: Call<StepFunctions>
  let machine: String
  var since: Timestamp?

  /// Hands over at most that many of each status.
  /// - Returns: whether there were more.
  func forEach(most: Int, _ body: (Execution) throws -> Void) throws -> Bool {
    var isCut = false
    for status in Self.statuses {
      let prefix = "\(machine)/\(status)/"
      let from = since.map { prefix + Sortable.text($0) } ?? prefix
      var after: CatalogCursor?
      var seen = 0
      repeat {
        let page = try call.transaction.page(
          Execution.self, in: call.partition,
          CatalogQuery(.index("status", from: from, to: prefix + "\u{7F}"), after: after, limit: min(500, most - seen), descending: true))
        for execution in page.items { try body(execution) }
        seen += page.items.count
        after = page.next
      } while after != nil && seen < most
      isCut = isCut || after != nil
    }
    return isCut
  }
}
