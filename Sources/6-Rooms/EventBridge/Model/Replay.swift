import JSON
import ServiceKit
import Store
import Time

/// The run of an archive's events of a time window to the bus they came from.
struct Replay: Resource {
  static let kind = "events.replay"
  enum State: String, Codable, Sendable, CaseIterable {
    case starting = "STARTING"
    case running = "RUNNING"
    case cancelling = "CANCELLING"
    case completed = "COMPLETED"
    case cancelled = "CANCELLED"
    case failed = "FAILED"
    /// Whether it will still do something.
    var isActive: Bool { self == .starting || self == .running || self == .cancelling }
  }
  var name: String
  var description: String?
  var state: State
  var stateReason: String?
  var archive: String
  /// The archive's id: an archive that was deleted and made again is another one.
  var archiveID: String
  var bus: String
  var destination: ReplayDestination
  var start: Timestamp
  var end: Timestamp
  /// The key of the last event replayed.
  var position: String?
  var lastReplayed: Timestamp?
  var began: Timestamp
  var ended: Timestamp?
  var key: String { name }
  /// `active` finds those that count against the limit.
  var indexes: [String: String] { state.isActive ? ["active": "1"] : [:] }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "events", region: partition.region, account: partition.account, resource: "replay/\(name)")
  }

  func archiveARN(_ partition: Partition) -> ARN {
    ARN(service: "events", region: partition.region, account: partition.account, resource: "archive/\(archive)")
  }
}

/// Source: Amazon EventBridge API Reference, ReplayDestination.
struct ReplayDestination: Shape, Equatable {
  var arn: String
  var filterArns: [String]?
  static var limits: [Limit<Self>] { [.length("arn", \.arn, 1...1_600)] }
}

extension Call where Home == EventBridge {
  /// Throws ResourceNotFoundException.
  func archive(_ name: String) throws -> Archive {
    guard let archive = try get(Archive.self, name) else { throw Fault.archiveNotFound(name) }
    return archive
  }

  /// Throws ResourceNotFoundException.
  func replay(_ name: String) throws -> Replay {
    guard let replay = try get(Replay.self, name) else { throw Fault.replayNotFound(name) }
    return replay
  }

  func size(of archive: Archive) throws -> ArchiveSize {
    try get(ArchiveSize.self, archive.id) ?? ArchiveSize(key: archive.id, events: 0, bytes: 0)
  }
}
