import ServiceKit
import Store
import Time

/// Lists a machine's aliases, or those of one version, the latest first. Source: AWS Step Functions API Reference, ListStateMachineAliases.
struct ListStateMachineAliases: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [.arn("stateMachineArn", \.stateMachineArn), .token(\.nextToken), .range("maxResults", \.maxResults, 0...1_000)]
    }
  }
  struct Output: Shape {
    var stateMachineAliases: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var stateMachineAliasArn: String
    var creationDate: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let arn = try MachineARN(input.stateMachineArn, call.partition)
    let machine = try call.machine(arn, input.stateMachineArn)
    if machine.isDeleting == true { throw Fault.machineDeleting(input.stateMachineArn) }
    var version: Int?
    switch arn.qualifier {
    case .version(let number):
      _ = try call.version(input.stateMachineArn)
      version = number
    case .none: break
    case .alias, .label: throw Fault.invalidARN(input.stateMachineArn)
    }
    let scope = "aliases/\(input.stateMachineArn)"
    let prefix = "\(machine.name)/"
    var after = try call.page(input.nextToken, of: scope)
    var found: [MachineAlias] = []
    let limit = PageSize.of(input.maxResults)
    repeat {
      let page = try call.transaction.page(
        MachineAlias.self, in: call.partition,
        CatalogQuery(.index("created", from: prefix, to: prefix + "\u{7F}"), after: after, limit: limit - found.count, descending: true))
      found += page.items.filter { alias in version.map { number in alias.routes.contains { $0.version == number } } ?? true }
      after = page.next
    } while found.count < limit && after != nil
    return Output(
      stateMachineAliases: found.map { Item(stateMachineAliasArn: $0.arn(call.partition), creationDate: $0.created) },
      nextToken: call.pageToken(after, of: scope))
  }
}
