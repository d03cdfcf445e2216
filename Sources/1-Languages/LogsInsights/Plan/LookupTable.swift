/// A table for `lookup`: CSV with a header. Source: CloudWatch Logs User Guide, lookup.
public struct LookupTable: Sendable {
  public let columns: [String]
  public let rows: [[String]]

  public init(columns: [String], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  /// Reads CSV (RFC 4180); nil without a header.
  public init?(csv: String) {
    var records: [[String]] = [[]]
    var cell: [UInt8] = []
    var isQuoted = false
    let bytes = Array(csv.utf8)
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          cell.append(byte)
        } else if position < bytes.count, bytes[position] == byte {
          cell.append(byte)
          position += 1
        } else {
          isQuoted = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isQuoted = true
      case UInt8(ascii: ","), UInt8(ascii: "\n"):
        records[records.count - 1].append(String(decoding: cell, as: UTF8.self))
        cell = []
        if byte == UInt8(ascii: "\n") { records.append([]) }
      case UInt8(ascii: "\r"): break
      default: cell.append(byte)
      }
    }
    if !cell.isEmpty || !(records.last?.isEmpty ?? true) { records[records.count - 1].append(String(decoding: cell, as: UTF8.self)) }
    records.removeAll(where: \.isEmpty)
    guard let header = records.first else { return nil }
    columns = header
    rows = records.dropFirst().map { Array(($0 + Array(repeating: "", count: header.count)).prefix(header.count)) }
  }
}

/// A lookup table with its rows found by the columns that the query matches.
final class LookupIndex: Sendable {
  private let rows: [[UInt8]: [Text]]

  init(_ table: LookupTable, on: [Int], output: [Int], _ constants: Constants) {
    var rows: [[UInt8]: [Text]] = [:]
    for row in table.rows {
      let key = on.flatMap { column -> [UInt8] in Array(row[column].utf8) + [0] }
      // The first of several rows counts.
      if rows[key] == nil { rows[key] = output.map { constants.keep(Array(row[$0].utf8)) } }
    }
    self.rows = rows
  }

  /// The output for texts that match exactly, or nil.
  func find(_ keys: [Node], _ frame: Frame) -> [Text]? {
    var key: [UInt8] = []
    for node in keys {
      let value = node.value(frame)
      if value.isMissing { return nil }
      Formatter.append(value, to: &key)
      key.append(0)
    }
    return rows[key]
  }
}
