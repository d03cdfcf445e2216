import JSON
import Time

/// A type whose values live in the Catalog.
package protocol Resource: Codable, Sendable {
  /// Its name in the store, led by the room: `events.rule`. Never changed once released.
  static var kind: String { get }
  /// Version of the stored format; raised with every change that older bodies do not decode into.
  static var version: Int { get }
  /// Turns a body of an older version into one of the current.
  static func upgrade(_ body: JSONValue, from version: Int) throws -> JSONValue
  /// Unique among the kind in a partition.
  var key: String { get }
  /// Values by which `page(_:index:...)` finds it.
  var indexes: [String: String] { get }
  /// Whether the same few are read again and again: their decoded form is kept with the bytes it was decoded from.
  static var isReadOften: Bool { get }
}

extension Resource {
  package static var version: Int { 1 }
  package static func upgrade(_ body: JSONValue, from version: Int) throws -> JSONValue {
    throw StoreFault.damaged("\(kind) was stored in format \(version); this version reads format \(Self.version)")
  }
  package var indexes: [String: String] { [:] }
  package static var isReadOften: Bool { false }
}

/// A resource with the revision at which it was read.
package struct Stored<Value: Resource>: Sendable {
  package var value: Value
  package var revision: Revision
}

/// Part of a listing; `next` is nil on the last page.
package struct Page<Value: Sendable>: Sendable {
  package var items: [Value]
  package var next: CatalogCursor?

  package init(items: [Value], next: CatalogCursor?) {
    self.items = items
    self.next = next
  }
}

extension Transaction {
  package func stored<Value: Resource>(_ type: Value.Type, _ key: String, in partition: Partition) throws -> Stored<Value>? {
    guard let row = try row(type.kind, key, in: partition) else { return nil }
    guard type.isReadOften else { return Stored(value: try decode(type, row), revision: row.revision) }
    if let known = decoded.find(type, row) { return Stored(value: known, revision: row.revision) }
    let value = try decode(type, row)
    decoded.keep(value, row)
    return Stored(value: value, revision: row.revision)
  }

  package func get<Value: Resource>(_ type: Value.Type, _ key: String, in partition: Partition) throws -> Value? {
    try stored(type, key, in: partition)?.value
  }

  @discardableResult
  package func put<Value: Resource>(_ value: Value, in partition: Partition, when expectation: Expectation = .any) throws -> Revision {
    let body = try JSONValue(encoding: value).bytes
    return try put(
      CatalogRow(
        partition: partition, kind: Value.kind, key: value.key, version: Value.version, body: body, indexes: value.indexes),
      when: expectation)
  }

  @discardableResult
  package func delete<Value: Resource>(
    _ type: Value.Type, _ key: String, in partition: Partition, when expectation: Expectation = .any
  ) throws -> Bool {
    try delete(type.kind, key, in: partition, when: expectation)
  }

  /// The resources whose key has the prefix, by key.
  package func page<Value: Resource>(
    _ type: Value.Type, in partition: Partition, prefix: String = "", after: CatalogCursor? = nil, limit: Int = 100,
    descending: Bool = false
  ) throws -> Page<Value> {
    try page(type, in: partition, CatalogQuery(.key(prefix: prefix), after: after, limit: limit, descending: descending))
  }

  /// The resources whose index has exactly that value, by key.
  package func page<Value: Resource>(
    _ type: Value.Type, in partition: Partition, index: String, equals value: String, after: CatalogCursor? = nil, limit: Int = 100,
    descending: Bool = false
  ) throws -> Page<Value> {
    // Values hold no control characters, so that nothing lies between a value and itself followed by one. (NUL would end the text.)
    let query = CatalogQuery(
      .index(index, from: value, to: value + "\u{1}"), after: after, limit: limit, descending: descending)
    return try page(type, in: partition, query)
  }

  package func page<Value: Resource>(_ type: Value.Type, in partition: Partition, _ query: CatalogQuery) throws -> Page<Value> {
    var asked = query
    asked.limit += 1
    var rows = try page(type.kind, in: partition, asked)
    let more = rows.count > query.limit
    if more { rows.removeLast() }
    var next: CatalogCursor?
    if more, let last = rows.last {
      switch query.order {
      case .key: next = CatalogCursor(key: last.key)
      case .index(let name, _, _): next = CatalogCursor(value: last.indexes[name] ?? "", key: last.key)
      }
    }
    return Page(items: try rows.map { try decode(type, $0) }, next: next)
  }

  /// Every resource of the kind, page by page; stops early when the body answers false.
  package func forEach<Value: Resource>(
    _ type: Value.Type, in partition: Partition, prefix: String = "", _ body: (Value) throws -> Bool
  ) throws {
    var after: CatalogCursor?
    repeat {
      let page = try page(type, in: partition, prefix: prefix, after: after, limit: 500)
      for item in page.items where try !body(item) { return }
      after = page.next
    } while after != nil
  }

  private func decode<Value: Resource>(_ type: Value.Type, _ row: CatalogRow) throws -> Value {
    do {
      var body = try JSONValue(parsing: row.body)
      if row.version != type.version { body = try type.upgrade(body, from: row.version) }
      return try body.decode(type)
    } catch let fault as StoreFault {
      throw fault
    } catch {
      throw StoreFault.damaged("\(row.kind) \(row.key): \(error)")
    }
  }
}

/// Forms of numbers and instants whose bytes sort as the values do, for use in indexes and keys.
package enum Sortable {
  /// 19 digits; negative numbers sort as 0.
  package static func text(_ value: Int64) -> String {
    let digits = String(max(0, value))
    return String(repeating: "0", count: 19 - digits.utf8.count) + digits
  }
  package static func text(_ value: Timestamp) -> String { text(value.microseconds) }
}
