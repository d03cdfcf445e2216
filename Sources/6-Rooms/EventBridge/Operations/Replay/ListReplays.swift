import ServiceKit
import Store
import Time

/// Lists replays by name: all, or those of a name prefix, of an archive or in a state. Source: Amazon EventBridge API Reference, ListReplays.
struct ListReplays: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var state: String?
    var eventSourceArn: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("namePrefix", \.namePrefix, 1...64, .resourceName),
        .oneOf("state", \.state, ["STARTING", "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED", "FAILED"]),
        .length("eventSourceArn", \.eventSourceArn, 1...1_600, .eventBusARN), .range("limit", \.limit, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var replays: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var replayName: String
    var eventSourceArn: String
    var state: String
    var stateReason: String?
    var eventStartTime: Timestamp
    var eventEndTime: Timestamp
    var eventLastReplayedTime: Timestamp?
    var replayStartTime: Timestamp
    var replayEndTime: Timestamp?
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    guard [input.namePrefix, input.eventSourceArn, input.state].compactMap({ $0 }).count <= 1 else {
      throw Fault.validation("At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.")
    }
    let archive = input.eventSourceArn.map { ARN($0)?.resourceName ?? $0 }
    let page = try call.filtered(Replay.self, prefix: input.namePrefix, token: input.nextToken, limit: input.limit) { replay in
      (archive.map { $0 == replay.archive } ?? true) && (input.state.map { $0 == replay.state.rawValue } ?? true)
    }
    let entries = page.items.map { replay in
      Entry(
        replayName: replay.name, eventSourceArn: replay.archiveARN(call.partition).description, state: replay.state.rawValue,
        stateReason: replay.stateReason, eventStartTime: replay.start, eventEndTime: replay.end,
        eventLastReplayedTime: replay.lastReplayed, replayStartTime: replay.began, replayEndTime: replay.ended)
    }
    return Output(replays: entries, nextToken: call.token(page.next))
  }
}

extension Call where Home == EventBridge {
  /// A page of the resources of which the test is true, by key. Looks at no more than some thousands of them in one call.
  func filtered<Value: Resource>(
    _ type: Value.Type, prefix: String?, token: String?, limit: Int?, _ test: (Value) -> Bool
  ) throws -> Page<Value> {
    let limit = limit ?? 100
    var after = try cursor(token)
    var found: [Value] = []
    for _ in 0..<50 {
      let page = try transaction.page(type, in: partition, prefix: prefix ?? "", after: after, limit: 100)
      for item in page.items {
        if found.count == limit { return Page(items: found, next: after ?? CatalogCursor(key: "")) }
        if test(item) { found.append(item) }
        after = CatalogCursor(key: item.key)
      }
      guard page.next != nil else { return Page(items: found, next: nil) }
    }
    return Page(items: found, next: after)
  }
}
