import ServiceKit
import Store

/// Lists topics by name, a hundred a page. Source: Amazon SNS API Reference, ListTopics.
struct ListTopics: Operation {
  struct Input: Shape { var nextToken: String? }
  struct Output: Shape {
    var topics: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape { var topicArn: String }

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    let page = try call.transaction.page(Topic.self, in: call.partition, after: call.cursor(input.nextToken))
    return Output(topics: page.items.map { Entry(topicArn: call.arn($0.name).description) }, nextToken: call.token(page.next))
  }
}
