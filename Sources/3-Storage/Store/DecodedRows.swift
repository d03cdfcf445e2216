import Synchronization

/// Decoded forms of rows that are read often. Each is good for the bytes it was decoded from and no others, so that it is never stale.
package final class DecodedRows: Sendable {
  private struct Name: Hashable {
    var partition: Partition
    var kind: String
    var key: String

    init(_ row: CatalogRow) {
      partition = row.partition
      kind = row.kind
      key = row.key
    }
  }
  private struct Entry {
    var version: Int
    var body: [UInt8]
    var value: any Sendable
  }
  /// More are not kept: it begins anew then.
  private static let most = 1_000
  /// Of longer ones the decoded form is not kept.
  private static let longest = 65_536
  private let entries = Mutex<[Name: Entry]>([:])

  package init() {}

  func find<Value: Resource>(_ type: Value.Type, _ row: CatalogRow) -> Value? {
    guard let entry = entries.withLock({ $0[Name(row)] }), entry.version == row.version, entry.body == row.body else { return nil }
    return entry.value as? Value
  }

  func keep(_ value: some Resource, _ row: CatalogRow) {
    guard row.body.count <= Self.longest else { return }
    entries.withLock { entries in
      if entries.count >= Self.most { entries = [:] }
      entries[Name(row)] = Entry(version: row.version, body: row.body, value: value)
    }
  }
}
