import FilterPattern
import ServiceKit
import Store

/// Makes or replaces a subscription filter; its destination is tested with a control message.
/// Source: Amazon CloudWatch Logs API Reference, PutSubscriptionFilter.
///
/// Differs: SQS queues, event buses and API destinations are destinations too; Kinesis and Firehose are not served.
struct PutSubscriptionFilter: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String
    var filterName: String
    var filterPattern: String
    var destinationArn: String
    var roleArn: String?
    var distribution: String?
    var applyOnTransformedLogs: Bool?
    var fieldSelectionCriteria: String?
    var emitSystemFields: [String]?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("filterName", \.filterName, 1...512, LogName.stream),
        .length("filterPattern", \.filterPattern, 0...1_024), .length("destinationArn", \.destinationArn, 1...2_048),
        .length("roleArn", \.roleArn, 1...2_048), .oneOf("distribution", \.distribution, ["Random", "ByLogStream"]),
        .length("fieldSelectionCriteria", \.fieldSelectionCriteria, 0...2_000),
      ]
    }
  }
  private static let systemFields: Set<String> = ["@aws.account", "@aws.region", "@source.log"]

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Empty {
    try Transformation.refuse(input.applyOnTransformedLogs)
    guard systemFields.isSuperset(of: input.emitSystemFields ?? []) else {
      throw Fault.parameter("emitSystemFields can hold @aws.account, @aws.region and @source.log only.")
    }
    let filter = SubscriptionFilter(
      group: input.logGroupName, name: input.filterName, pattern: input.filterPattern, destinationArn: input.destinationArn,
      roleArn: input.roleArn, distribution: input.distribution ?? "ByLogStream", fieldSelectionCriteria: input.fieldSelectionCriteria,
      emitSystemFields: input.emitSystemFields, created: call.now)
    let compiled = try CompiledSubscription(filter)
    let target = try await call.read { call in
      try check(compiled, call)
      return try ForwardTarget.find(input.destinationArn, role: input.roleArn, in: call.partition, call.transaction)
    }
    try await test(target, filter, call)
    try await call.write { call in
      try check(compiled, call)
      var filter = filter
      if let before = try call.get(SubscriptionFilter.self, filter.key) { filter.created = before.created }
      try call.put(filter)
      call.room.forget(filter.group, in: call.partition, after: call.transaction)
    }
    return Empty()
  }

  private static func check(_ compiled: CompiledSubscription, _ call: Call<Logs>) throws {
    let filter = compiled.filter
    let group = try call.group(filter.group)
    try group.allows("PutSubscriptionFilter", call.enforcesQuotas)
    var (others, expressions) = (0, compiled.pattern.regularExpressions)
    try call.transaction.forEach(SubscriptionFilter.self, in: call.partition, prefix: "\(filter.group):") { other in
      if other.key == filter.key { return true }
      others += 1
      expressions += try FilterPattern(search: other.pattern).regularExpressions
      return true
    }
    if others >= (call.enforcesQuotas ? 2 : 100) { throw Fault.limit() }
    if call.enforcesQuotas, expressions > 5 {
      throw Fault.limit("Resource limit exceeded: a log group has at most 5 regular expressions in filter patterns.")
    }
  }

  /// Throws InvalidParameterException unless the destination takes a control message.
  private static func test(_ target: ForwardTarget, _ filter: SubscriptionFilter, _ call: AsyncCall<Logs>) async throws {
    let (room, invoker) = (call.room, call.room.context.invoker)
    let principal = Logs.identity.principal
    let caller =
      target.role.map { Caller.role($0, session: "CloudWatchLogs", service: principal, in: target.partition) }
      ?? .service(principal, in: target.partition)
    let context = CallContext(caller: caller, requestID: call.context.requestID, now: call.now, invokedBy: principal)
    do {
      let payload = try SubscriptionPayload.control(target.arn.description, at: call.now)
      let destination = try target.destination(
        payload.data, id: room.context.identifiers.uuid(), group: "", stream: "", filter: filter.name, invoker, context)
      _ = try await invoker.call(destination.service, destination.operation, destination.input, destination.context)
    } catch let fault as Fault {
      if target.arn.service == "lambda" {
        throw Fault.parameter(
          "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function. (\(fault.message))"
        )
      }
      throw Fault.parameter("Could not deliver test message to specified destination \(target.arn). (\(fault.message))")
    }
  }
}
