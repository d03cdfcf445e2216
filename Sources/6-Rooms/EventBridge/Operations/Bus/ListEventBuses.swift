import ServiceKit
import Store
import Time

/// Lists buses by name, the default bus first. Source: Amazon EventBridge API Reference, ListEventBuses.
struct ListEventBuses: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] { [.range("limit", \.limit, 1...100)] }
  }
  struct Output: Shape {
    var eventBuses: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var name: String
    var arn: String
    var description: String?
    var creationTime: Timestamp?
    var lastModifiedTime: Timestamp?
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let prefix = input.namePrefix ?? ""
    let page = try call.transaction.page(
      EventBus.self, in: call.partition, prefix: prefix, after: call.cursor(input.nextToken), limit: input.limit ?? 100)
    var entries = page.items.map {
      Entry(
        name: $0.name, arn: call.arn("event-bus/\($0.name)").description, description: $0.description, creationTime: $0.created,
        lastModifiedTime: $0.modified)
    }
    if input.nextToken == nil, EventBus.standard.hasPrefix(prefix) {
      entries.insert(Entry(name: EventBus.standard, arn: call.arn("event-bus/default").description), at: 0)
    }
    return Output(eventBuses: entries, nextToken: call.token(page.next))
  }
}
