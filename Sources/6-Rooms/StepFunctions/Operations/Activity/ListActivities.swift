import ServiceKit
import Store
import Time

/// Lists the activities. Source: AWS Step Functions API Reference, ListActivities.
struct ListActivities: Operation {
  struct Input: Shape {
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] { [.token(\.nextToken), .range("maxResults", \.maxResults, 0...1_000)] }
  }
  struct Output: Shape {
    var activities: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var activityArn: String
    var name: String
    var creationDate: Timestamp
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let page = try call.transaction.page(
      Activity.self, in: call.partition, after: try call.page(input.nextToken, of: "activities"), limit: PageSize.of(input.maxResults))
    return Output(
      activities: page.items.map {
        Item(activityArn: $0.arn(call.partition).description, name: $0.name, creationDate: $0.created)
      }, nextToken: call.pageToken(page.next, of: "activities"))
  }
}
