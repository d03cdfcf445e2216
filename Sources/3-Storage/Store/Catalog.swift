import JSON
import Time

/// Grows with each write of one catalog row; starts at 1.
package typealias Revision = Int64

/// What must hold for a put or a delete to be done.
package enum Expectation: Sendable, Equatable {
  case any
  /// There is no such row.
  case absent
  /// The row's revision is this one.
  case revision(Revision)
}

/// One stored resource.
package struct CatalogRow: Sendable, Equatable {
  package var partition: Partition
  package var kind: String
  package var key: String
  /// Version of the body's format, as `Resource.version` was when it was written.
  package var version: Int
  package var body: [UInt8]
  /// Values under which the row is found besides its key. Values sort as bytes.
  package var indexes: [String: String]
  /// Set by the store; ignored in a put.
  package var revision: Revision

  package init(
    partition: Partition, kind: String, key: String, version: Int = 1, body: [UInt8], indexes: [String: String] = [:],
    revision: Revision = 0
  ) {
    self.partition = partition
    self.kind = kind
    self.key = key
    self.version = version
    self.body = body
    self.indexes = indexes
    self.revision = revision
  }
}

/// Which rows of one kind a page holds, and in which order.
package struct CatalogQuery: Sendable {
  package enum Order: Sendable {
    /// By key; only keys with this prefix ("" for all).
    case key(prefix: String)
    /// By an index's value, then by key; only values from `from` (inclusive) to `to` (exclusive; nil: no end).
    case index(String, from: String, to: String?)
  }
  package var order: Order
  /// The cursor of the last row of the page before, or nil.
  package var after: CatalogCursor?
  package var limit: Int
  package var descending: Bool

  package init(_ order: Order = .key(prefix: ""), after: CatalogCursor? = nil, limit: Int = 100, descending: Bool = false) {
    self.order = order
    self.after = after
    self.limit = limit
    self.descending = descending
  }
}

/// Where a page ended: the index value (empty when ordered by key) and the key.
package struct CatalogCursor: Sendable, Hashable, Codable {
  package var value: String
  package var key: String

  package init(value: String = "", key: String) {
    self.value = value
    self.key = key
  }
}

/// Resources and tags. Rooms use the typed form in `Resource.swift`.
package protocol CatalogTransaction {
  func row(_ kind: String, _ key: String, in partition: Partition) throws -> CatalogRow?

  /// Writes the row and answers its new revision. Throws `StoreFault.conflict` when the expectation does not hold.
  @discardableResult
  func put(_ row: CatalogRow, when expectation: Expectation) throws -> Revision

  /// Removes the row; false when there was none. Throws `StoreFault.conflict` when a revision was expected and differs.
  @discardableResult
  func delete(_ kind: String, _ key: String, in partition: Partition, when expectation: Expectation) throws -> Bool

  /// At most `query.limit` rows of one kind in one partition.
  func page(_ kind: String, in partition: Partition, _ query: CatalogQuery) throws -> [CatalogRow]

  /// How many rows of the kind there are whose key has the prefix.
  func count(_ kind: String, in partition: Partition, prefix: String) throws -> Int

  /// The partitions that hold at least one row of the kind: what a worker walks at start.
  func partitions(holding kind: String) throws -> [Partition]
}
