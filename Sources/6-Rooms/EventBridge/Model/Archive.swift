import EventPattern
import JSON
import ServiceKit
import Store
import Time

/// An archive: which events of a bus are kept, and for how long.
struct Archive: Resource {
  static let kind = "events.archive"
  /// As AWS shows the service that keeps the rules of archives.
  static let manager = "prod.vhs.events.aws.internal"
  var name: String
  /// Unique for ever, so that an archive made again under the same name has none of the old one's events.
  var id: String
  var bus: String
  var description: String?
  var eventPattern: String?
  /// 0: for ever.
  var retentionDays: Int
  var kmsKeyIdentifier: String?
  var created: Timestamp
  var key: String { name }
  var indexes: [String: String] { ["bus": bus] }

  /// The rule on the bus that sends events here.
  var ruleName: String { Self.ruleName(name) }
  static func ruleName(_ archive: String) -> String { "Events-Archive-\(archive)" }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "events", region: partition.region, account: partition.account, resource: "archive/\(name)")
  }

  func busARN(_ partition: Partition) -> ARN {
    ARN(service: "events", region: partition.region, account: partition.account, resource: "event-bus/\(bus)")
  }

  /// When an event that was archived at the instant is to go; nil for one that stays.
  func expiry(of archived: Timestamp) -> Timestamp? {
    retentionDays == 0 ? nil : archived + .seconds(Int64(retentionDays) * 86_400)
  }

  /// What the archive's rule matches: the user's pattern, and no event that a replay brings back.
  var rulePattern: String {
    var pattern = eventPattern.flatMap { try? JSONValue(parsing: $0) }?.object ?? JSONObject()
    pattern["replay-name"] = [["exists": false]]
    return JSONValue.object(pattern).text
  }
}

/// One event in an archive. Rows lie in the order of the events' times.
struct ArchivedEvent: Resource {
  static let kind = "events.archived"
  /// The archive's id.
  var archive: String
  var event: Event
  /// When it came to the bus.
  var ingested: Timestamp
  /// Its size as JSON, in bytes.
  var size: Int

  static func prefix(_ archive: String) -> String { "\(archive)/" }
  /// Below every key of the archive's events of that time and later, above those of earlier times.
  static func start(_ archive: String, _ time: Timestamp) -> String { prefix(archive) + Sortable.text(time) }
  var key: String { "\(Self.start(archive, event.time))/\(event.id)" }
  var indexes: [String: String] { ["archived": "\(archive)/\(Sortable.text(ingested))"] }
}

/// How much an archive holds. Kept with each change, so that nobody has to count.
struct ArchiveSize: Resource {
  static let kind = "events.archive-size"
  /// The archive's id.
  var key: String
  var events: Int64
  var bytes: Int64
}
