import JSON
import ServiceKit
import Store
import Time

/// Puts up to ten events on buses; each is taken or refused by itself. Source: Amazon EventBridge API Reference, PutEvents.
struct PutEvents: Operation {
  struct Input: Shape {
    var entries: [Entry]
    var endpointId: String?
    static var limits: [Limit<Self>] { [.count("entries", \.entries, 1...10)] }
  }
  struct Entry: Shape {
    var time: Timestamp?
    var source: String?
    var resources: [String]?
    var detailType: String?
    var detail: String?
    var eventBusName: String?
    var traceHeader: String?
  }
  struct Output: Shape {
    var failedEntryCount: Int
    var entries: [Result]
  }
  struct Result: Shape {
    var eventId: String?
    var errorCode: String?
    var errorMessage: String?
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    var output = Output(failedEntryCount: 0, entries: [])
    for entry in input.entries {
      do {
        let event = try event(entry, call)
        let bus = EventBridge.busName(entry.eventBusName)
        guard try bus == EventBus.standard || call.get(EventBus.self, bus) != nil else { throw Fault.busNotFound(bus) }
        try call.room.route(Routed(event: event, hops: 0, ingested: call.now), bus: bus, in: call.partition, call.transaction)
        output.entries.append(Result(eventId: event.id))
      } catch let fault as Fault {
        output.failedEntryCount += 1
        output.entries.append(Result(errorCode: fault.code, errorMessage: fault.message))
      }
    }
    return output
  }

  private static func event(_ entry: Entry, _ call: Call<EventBridge>) throws -> Event {
    func required(_ value: String?, _ name: String) throws -> String {
      guard let value, !value.isEmpty else {
        throw Fault("InvalidArgument", "Parameter \(name) is not valid. Reason: \(name) is a required argument.")
      }
      return value
    }
    let source = try required(entry.source, "Source")
    let type = try required(entry.detailType, "DetailType")
    let text = try required(entry.detail, "Detail")
    if source.hasPrefix("aws."), call.context.invokedBy == nil {
      throw Fault("NotAuthorizedForSourceException", "Not authorized for the source.")
    }
    guard let detail = try? JSONValue(parsing: text), detail.object != nil else {
      throw Fault("MalformedDetail", "Detail is malformed.")
    }
    if call.enforcesQuotas, text.utf8.count + source.utf8.count + type.utf8.count > 262_144 {
      throw Fault("InvalidArgument", "Total size of the entries in the request is over the limit.")
    }
    return Event(
      id: call.room.context.identifiers.uuid(), source: source, detailType: type, account: call.caller.account, region: call.caller.region,
      time: entry.time ?? call.now, resources: entry.resources ?? [], detail: detail)
  }
}
