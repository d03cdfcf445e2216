import ServiceKit
import Store
import Wire

/// Lists the URLs of queues by name. Source: Amazon SQS API Reference, ListQueues.
struct ListQueues: Operation {
  struct Input: Shape {
    var queueNamePrefix: String?
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] { [.range("maxResults", \.maxResults, 1...1_000)] }
  }
  struct Output: Shape {
    var queueUrls: [String]?
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<SQS>) throws -> Output {
    let page = try call.transaction.page(
      Queue.self, in: call.partition, prefix: input.queueNamePrefix ?? "", after: call.cursor(input.nextToken),
      limit: input.maxResults ?? 1_000)
    // AWS leaves the list out when it is empty.
    return Output(queueUrls: page.items.isEmpty ? nil : page.items.map { call.url($0.name) }, nextToken: call.token(page.next))
  }
}
