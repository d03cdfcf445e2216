import JSON
import ServiceKit
import Store
import Time

/// Lists buses by name, the default bus first. Source: Amazon EventBridge API Reference, ListEventBuses.
struct ListEventBuses: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [.length("namePrefix", \.namePrefix, 1...256, .busName), .range("limit", \.limit, 1...100)]
    }
  }
  struct Output: Shape {
    var eventBuses: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var name: String
    var arn: String
    var description: String?
    var policy: String?
    var creationTime: Timestamp?
    var lastModifiedTime: Timestamp?
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let prefix = input.namePrefix ?? ""
    var limit = input.limit ?? 100
    var entries: [Entry] = []
    if input.nextToken == nil, EventBus.standard.hasPrefix(prefix) {
      let bus = try call.get(EventBus.self, EventBus.standard)
      entries.append(
        Entry(
          name: EventBus.standard, arn: call.arn("event-bus/default").description, description: bus?.description, policy: bus?.policy?.text,
          creationTime: bus?.created, lastModifiedTime: bus?.modified))
      limit -= 1
    }
    // The default bus may be stored or not; among the others it is left out.
    let page = try call.filtered(EventBus.self, prefix: prefix, token: input.nextToken, limit: limit) { $0.name != EventBus.standard }
    entries += page.items.map {
      Entry(
        name: $0.name, arn: call.arn("event-bus/\($0.name)").description, description: $0.description, policy: $0.policy?.text,
        creationTime: $0.created, lastModifiedTime: $0.modified)
    }
    return Output(eventBuses: entries, nextToken: call.token(page.next))
  }
}
