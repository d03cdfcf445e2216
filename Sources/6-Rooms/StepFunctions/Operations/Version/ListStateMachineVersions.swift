import ServiceKit
import Store
import Time

/// Lists a machine's versions, the latest first. Source: AWS Step Functions API Reference, ListStateMachineVersions.
struct ListStateMachineVersions: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [.arn("stateMachineArn", \.stateMachineArn), .token(\.nextToken), .range("maxResults", \.maxResults, 0...1_000)]
    }
  }
  struct Output: Shape {
    var stateMachineVersions: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var stateMachineVersionArn: String
    var creationDate: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let arn = try MachineARN(input.stateMachineArn, call.partition)
    guard arn.qualifier == .none else { throw Fault.invalidARN(input.stateMachineArn) }
    let scope = "versions/\(arn.name)"
    let page = try call.transaction.page(
      MachineVersion.self, in: call.partition, prefix: "\(arn.name)/", after: try call.page(input.nextToken, of: scope),
      limit: PageSize.of(input.maxResults), descending: true)
    return Output(
      stateMachineVersions: page.items.map { Item(stateMachineVersionArn: $0.arn(call.partition), creationDate: $0.created) },
      nextToken: call.pageToken(page.next, of: scope))
  }
}
