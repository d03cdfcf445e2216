import FilterPattern
import FoundationEssentials
import Gzip
import JSON
import Series
import ServiceKit
import Store
import Time

/// What a destination gets: events of one stream as JSON, gzipped, in base64.
///
/// Source: CloudWatch Logs User Guide, "Log group-level subscription filters".
struct SubscriptionPayload: Sendable {
  var data: String
  var events: Int
  /// Bytes of messages.
  var bytes: Int

  /// Longest data of one payload: what SQS, Lambda and Kinesis take at least.
  private static let longest = 240_000
  /// Bytes of messages that are tried at once.
  private static let chunk = 1 << 20

  /// What the filter selects, in as many payloads as it needs.
  static func payloads(
    _ events: [LogEvent], _ stored: LogAppend, stream: String, _ subscription: CompiledSubscription, in partition: Partition
  ) throws -> [SubscriptionPayload] {
    var (found, entries, bytes) = ([SubscriptionPayload](), [JSONValue](), 0)
    let envelope = Envelope(stream: stream, subscription: subscription, partition: partition)
    for (place, event) in events.enumerated() {
      let isMatch = event.message.withUnsafeBufferPointer { subscription.pattern.matches($0) }
      guard isMatch else { continue }
      entries.append(envelope.entry(event, id: "\(stored.id(place, at: event.timestamp))"))
      bytes += event.message.count
      if bytes >= chunk {
        found += try envelope.pack(entries[...], bytes)
        (entries, bytes) = ([], 0)
      }
    }
    if !entries.isEmpty { found += try envelope.pack(entries[...], bytes) }
    return found
  }

  /// What a destination is tested with. Source: the same page, "control messages".
  static func control(_ destination: String, at now: Timestamp) throws -> SubscriptionPayload {
    let document: JSONValue = [
      "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "", "subscriptionFilters": [],
      "logEvents": [
        [
          "id": "", "timestamp": .int(now.milliseconds),
          "message": .string("CWL CONTROL MESSAGE: Checking health of destination \(destination)."),
        ]
      ],
    ]
    return SubscriptionPayload(data: try encode(document), events: 0, bytes: 0)
  }

  private static func encode(_ document: JSONValue) throws -> String {
    Data(try Gzip.compress(document.bytes)).base64EncodedString()
  }

  private struct Envelope {
    let stream: String
    let subscription: CompiledSubscription
    let partition: Partition

    func entry(_ event: LogEvent, id: String) -> JSONValue {
      let message = String(decoding: event.message, as: UTF8.self)
      var entry: JSONObject = ["id": .string(id), "timestamp": .int(event.timestamp.milliseconds), "message": .string(message)]
      var fields = JSONObject()
      if subscription.pattern.kind == .columns, let match = subscription.pattern.match(message) {
        for (name, value) in match.extractedValues.sorted(by: { $0.key < $1.key }) { fields[String(name.dropFirst())] = .string(value) }
      }
      for name in subscription.filter.emitSystemFields ?? [] {
        switch name {
        case "@aws.account": fields[name] = .string(partition.account)
        case "@aws.region": fields[name] = .string(partition.region)
        default: fields[name] = .string("\(partition.account):\(subscription.filter.group)")
        }
      }
      if !fields.isEmpty { entry["extractedFields"] = .object(fields) }
      return .object(entry)
    }

    /// Halved until each fits; one event alone goes as it is.
    func pack(_ entries: ArraySlice<JSONValue>, _ bytes: Int) throws -> [SubscriptionPayload] {
      let document: JSONValue = [
        "messageType": "DATA_MESSAGE", "owner": .string(partition.account), "logGroup": .string(subscription.filter.group),
        "logStream": .string(stream), "subscriptionFilters": [.string(subscription.filter.name)], "logEvents": .array(Array(entries)),
      ]
      let data = try SubscriptionPayload.encode(document)
      if data.utf8.count <= SubscriptionPayload.longest || entries.count == 1 {
        return [SubscriptionPayload(data: data, events: entries.count, bytes: bytes)]
      }
      let middle = entries.startIndex + entries.count / 2
      return try pack(entries[..<middle], bytes / 2) + pack(entries[middle...], bytes - bytes / 2)
    }
  }
}
