import JSON
import ServiceKit
import Store
import Time

/// Finds events of the last 90 days, newest first. Source: CloudTrail API Reference, LookupEvents.
///
/// Differs: events of data operations and of failed calls are found too.
struct LookupEvents: Operation {
  struct Input: Shape {
    var lookupAttributes: [Attribute]?
    var startTime: Timestamp?
    var endTime: Timestamp?
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] { [.range("maxResults", \.maxResults, 1...50)] }
  }
  struct Attribute: Shape {
    var attributeKey: String
    var attributeValue: String
    static var limits: [Limit<Self>] {
      [
        .oneOf(
          "attributeKey", \.attributeKey,
          ["EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"]),
        .length("attributeValue", \.attributeValue, 1...2_000),
      ]
    }
  }
  struct Output: Shape {
    var events: [Found]
    var nextToken: String?
  }
  struct Found: Shape {
    var eventId: String
    var eventName: String
    var readOnly: String
    var accessKeyId: String?
    var eventTime: Timestamp
    var eventSource: String
    var username: String?
    var resources: [JSONValue]
    var cloudTrailEvent: String
  }

  /// A page looks at no more records than this; when it finds too few among them, the next token goes on from there.
  private static let mostLookedAt = 20_000

  static func run(_ input: Input, _ call: Call<CloudTrail>) throws -> Output {
    guard input.lookupAttributes?.count ?? 0 <= 1 else {
      throw Fault("InvalidLookupAttributesException", "You can provide only one lookup attribute.")
    }
    let newest = min(input.endTime ?? call.now, call.now)
    let oldest = max(input.startTime ?? .distantPast, call.now - .seconds(CloudTrail.retentionDays * 86_400))
    if let start = input.startTime, let end = input.endTime, start > end {
      throw Fault("InvalidTimeRangeException", "The start time must be before or equal to the end time.")
    }
    var (day, sequence) = try position(input.nextToken, newest, call)
    let limit = input.maxResults ?? 50
    var found: [Found] = []
    var looked = 0
    let firstDay = startOfDay(oldest)
    while day >= firstDay {
      let stream = AuditTrail.stream(day, in: call.partition)
      if sequence == nil { sequence = try call.transaction.lastSequence(of: stream) }
      while let at = sequence, at > 0 {
        let records = try call.transaction.records(of: stream, from: at, limit: 500, descending: true)
        if records.isEmpty { break }
        for record in records {
          if found.count == limit || looked >= mostLookedAt {
            return Output(events: found, nextToken: seal(day, record.sequence, call))
          }
          looked += 1
          if let event = try event(record, input.lookupAttributes?.first, oldest, newest) { found.append(event) }
          sequence = record.sequence - 1
        }
      }
      day = day - .seconds(86_400)
      sequence = nil
    }
    return Output(events: found, nextToken: nil)
  }

  private static func startOfDay(_ instant: Timestamp) -> Timestamp {
    Timestamp(seconds: instant.seconds - ((instant.seconds % 86_400) + 86_400) % 86_400)
  }

  private static func scope(_ call: Call<CloudTrail>) -> String { "cloudtrail.lookup/\(call.partition.text)" }

  private static func seal(_ day: Timestamp, _ sequence: Int64, _ call: Call<CloudTrail>) -> String {
    call.room.context.tokens.seal([String(day.seconds), String(sequence)], for: scope(call))
  }

  private static func position(_ token: String?, _ newest: Timestamp, _ call: Call<CloudTrail>) throws -> (Timestamp, Int64?) {
    guard let token else { return (startOfDay(newest), nil) }
    guard let parts = try? call.room.context.tokens.open(parts: token, for: scope(call)), parts.count == 2, let day = Int64(parts[0]),
      let sequence = Int64(parts[1])
    else { throw Fault("InvalidNextTokenException", "Invalid token.") }
    return (Timestamp(seconds: day), sequence)
  }

  private static func event(_ record: LedgerRecord, _ wanted: Attribute?, _ oldest: Timestamp, _ newest: Timestamp) throws -> Found? {
    let event = try JSONValue(parsing: record.body)
    guard let time = event["eventTime"]?.string.flatMap({ Timestamp(iso8601: $0) }), time >= oldest, time <= newest else { return nil }
    let identity = event["userIdentity"]
    let user = identity?["userName"]?.string ?? identity?["principalId"]?.string?.split(separator: ":").last.map(String.init)
    let found = Found(
      eventId: event["eventID"]?.string ?? "", eventName: event["eventName"]?.string ?? "",
      readOnly: event["readOnly"]?.bool == true ? "true" : "false", accessKeyId: identity?["accessKeyId"]?.string, eventTime: time,
      eventSource: event["eventSource"]?.string ?? "", username: identity?["type"] == "Root" ? "root" : user, resources: [],
      cloudTrailEvent: event.text)
    guard let wanted else { return found }
    let matches =
      switch wanted.attributeKey {
      case "EventId": found.eventId == wanted.attributeValue
      case "EventName": found.eventName == wanted.attributeValue
      case "ReadOnly": found.readOnly == wanted.attributeValue
      case "Username": found.username == wanted.attributeValue
      case "EventSource": found.eventSource == wanted.attributeValue
      case "AccessKeyId": found.accessKeyId == wanted.attributeValue
      // Which resource a call names is in its parameters.
      case "ResourceName": event["requestParameters"]?.object?.values.contains(.string(wanted.attributeValue)) ?? false
      default: false
      }
    return matches ? found : nil
  }
}
