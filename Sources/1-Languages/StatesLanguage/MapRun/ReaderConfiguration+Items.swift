import JSON

/// Items out of the bytes of one object.
extension ReaderConfiguration {
  /// The items of an object in the configuration's format, at most `limit`.
  ///
  /// - Throws: the cause of `States.ItemReaderFailed`.
  public func items(in bytes: [UInt8], limit: Int? = nil) throws(ItemReadingFailure) -> [JSONValue] {
    let most = min(limit ?? maxItems, maxItems)
    switch inputType {
    case .csv: return try rows(bytes, most)
    case .json, nil: return try elements(bytes, most)
    case .jsonLines: return try lines(bytes, most)
    case .parquet: throw ItemReadingFailure("InputType 'PARQUET' is not served.")
    case .manifest: throw ItemReadingFailure("A manifest lists objects and holds no items.")
    }
  }

  private func rows(_ bytes: [UInt8], _ most: Int) throws(ItemReadingFailure) -> [JSONValue] {
    var rows = CSVRows(bytes, delimiter: delimiter)
    let names: [String]
    switch header {
    case .given(let given): names = given
    case .firstRow:
      guard let first = rows.next() else {
        if let failure = rows.failure { throw failure }
        return []
      }
      names = first
    }
    var items: [JSONValue] = []
    while items.count < most, let row = rows.next() {
      var item = JSONObject()
      item.reserveCapacity(names.count)
      // Fields without a name are dropped; names without a field are empty.
      for (position, name) in names.enumerated() { item[name] = .string(position < row.count ? row[position] : "") }
      items.append(.object(item))
    }
    if let failure = rows.failure { throw failure }
    return items
  }

  private func elements(_ bytes: [UInt8], _ most: Int) throws(ItemReadingFailure) -> [JSONValue] {
    var value: JSONValue
    do throws(JSONParseError) { value = try JSONValue(parsing: bytes) } catch {
      throw ItemReadingFailure("Attempted to read invalid JSON: \(error.message) (line \(error.line), column \(error.column))")
    }
    for name in itemsPointer {
      guard let next = Self.member(name, of: value) else {
        throw ItemReadingFailure("ItemsPointer '/\(itemsPointer.joined(separator: "/"))' does not resolve to a value.")
      }
      value = next
    }
    guard case .array(let elements) = value else { throw ItemReadingFailure("Attempting to map over non-iterable node.") }
    return elements.count <= most ? elements : Array(elements.prefix(most))
  }

  private static func member(_ name: String, of value: JSONValue) -> JSONValue? {
    switch value {
    case .object(let object): object[name]
    case .array(let elements): Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
    default: nil
    }
  }

  private func lines(_ bytes: [UInt8], _ most: Int) throws(ItemReadingFailure) -> [JSONValue] {
    var items: [JSONValue] = []
    var number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      guard items.count < most else { break }
      if line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) { continue }
      do throws(JSONParseError) {
        items.append(try JSONValue(parsing: Array(line)))
      } catch {
        throw ItemReadingFailure("Attempted to read invalid JSON Lines: \(error.message) (line \(number), column \(error.column))")
      }
    }
    return items
  }
}
