import ServiceKit
import Store
import Time

/// A query that was started, and what came of it. Its rows are in a ledger.
struct StoredQuery: Resource {
  static let kind = "logs.query"
  enum Status: String, Codable, Sendable, CaseIterable {
    case scheduled = "Scheduled"
    case running = "Running"
    case complete = "Complete"
    case failed = "Failed"
    case cancelled = "Cancelled"
    case timeout = "Timeout"
    case unknown = "Unknown"

    var isOver: Bool { self != .scheduled && self != .running }
  }
  struct Statistics: Codable, Sendable, Equatable {
    var recordsMatched = 0.0
    var recordsScanned = 0.0
    var bytesScanned = 0.0
    var estimatedRecordsSkipped = 0.0
    var estimatedBytesSkipped = 0.0
    var logGroupsScanned = 0.0
  }
  var id: String
  var queryString: String
  /// Names of the groups it looks through, as they were when it began.
  var groups: [String]
  var start: Timestamp
  /// The first instant that no longer counts.
  var end: Timestamp
  var limit: Int?
  var status: Status
  var created: Timestamp
  var ended: Timestamp?
  var statistics = Statistics()
  /// Rows found, and the bytes they take in the ledger.
  var rows = 0
  var resultBytes = 0
  /// Why it failed.
  var reason: String?
  var userIdentity: String
  var key: String { id }
  /// Newest last.
  var indexes: [String: String] { ["created": Sortable.text(created)] }

  func results(in partition: Partition) -> LedgerStream { Self.results(of: id, in: partition) }
  static func results(of id: String, in partition: Partition) -> LedgerStream { LedgerStream("logs.query/\(id)", in: partition) }
}
