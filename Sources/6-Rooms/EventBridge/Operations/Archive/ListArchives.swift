import ServiceKit
import Store
import Time

/// Lists archives by name: all, or those of a name prefix, of a bus or in a state. Source: Amazon EventBridge API Reference, ListArchives.
struct ListArchives: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var eventSourceArn: String?
    var state: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("namePrefix", \.namePrefix, 1...48, .resourceName), .length("eventSourceArn", \.eventSourceArn, 1...1_600, .eventBusARN),
        .oneOf("state", \.state, ["ENABLED", "DISABLED", "CREATING", "UPDATING", "CREATE_FAILED", "UPDATE_FAILED"]),
        .range("limit", \.limit, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var archives: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var archiveName: String
    var eventSourceArn: String
    var state: String
    var retentionDays: Int
    var sizeBytes: Int64
    var eventCount: Int64
    var creationTime: Timestamp
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    guard [input.namePrefix, input.eventSourceArn, input.state].compactMap({ $0 }).count <= 1 else {
      throw Fault.validation(
        "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.")
    }
    // Archives here are always enabled.
    if let state = input.state, state != "ENABLED" { return Output(archives: []) }
    let after = try call.cursor(input.nextToken)
    let limit = input.limit ?? 100
    let page: Page<Archive>
    if let source = input.eventSourceArn {
      let bus = try call.ownBus(source, parameter: "EventSourceArn")
      page = try call.transaction.page(Archive.self, in: call.partition, index: "bus", equals: bus, after: after, limit: limit)
    } else {
      page = try call.transaction.page(Archive.self, in: call.partition, prefix: input.namePrefix ?? "", after: after, limit: limit)
    }
    let entries = try page.items.map { archive in
      let size = try call.size(of: archive)
      return Entry(
        archiveName: archive.name, eventSourceArn: archive.busARN(call.partition).description, state: "ENABLED",
        retentionDays: archive.retentionDays, sizeBytes: size.bytes, eventCount: size.events, creationTime: archive.created)
    }
    return Output(archives: entries, nextToken: call.token(page.next))
  }
}
