import JSON
import ServiceKit
import Store

/// Where a subscription filter's payloads go.
struct ForwardTarget: Sendable {
  var arn: ARN
  /// The role that delivers; nil for the service itself.
  var role: String?
  /// The account and region the target is called in.
  var partition: Partition

  /// As AWS's metrics name it.
  var type: String {
    switch arn.service {
    case "lambda": "Lambda"
    case "sqs": "SQS"
    case "events": arn.resourceType == "api-destination" ? "ApiDestination" : "EventBus"
    default: arn.service
    }
  }

  /// The target a destination ARN names: the resource itself, or what a destination of Logs points at.
  /// Throws InvalidParameterException for what can be no target.
  static func find(_ destination: String, role: String?, in partition: Partition, _ transaction: any Transaction) throws -> ForwardTarget {
    guard let arn = ARN(destination) else { throw Fault.parameter("destinationArn is not a valid ARN: \(destination)") }
    guard arn.service == "logs", arn.resourceType == "destination" else {
      try check(arn)
      return ForwardTarget(arn: arn, role: role, partition: partition)
    }
    let home = Partition(account: arn.account, region: arn.region)
    guard let found = try transaction.get(Destination.self, arn.resourceName, in: home), let target = ARN(found.targetArn) else {
      throw Fault.notFound("The specified destination does not exist.")
    }
    if home.account != partition.account, !allows(found.accessPolicy, partition.account) {
      throw Fault.accessDenied(
        "User with accountId: \(partition.account) is not authorized to perform: logs:PutSubscriptionFilter on resource: \(destination)")
    }
    return ForwardTarget(arn: target, role: found.roleArn, partition: home)
  }

  /// Throws InvalidParameterException unless payloads can go to such a resource.
  static func check(_ arn: ARN) throws(Fault) {
    switch arn.service {
    case "kinesis", "firehose":
      throw .parameter(
        "\(arn.service == "kinesis" ? "Kinesis" : "Firehose") is not served by Martlet: \(arn) can be no destination. Use an SQS queue, an event bus or an API destination."
      )
    case "lambda", "sqs": return
    case "events" where arn.resourceType == "event-bus" || arn.resourceType == "api-destination": return
    default: throw .parameter("PutSubscriptionFilter operation cannot work with destinationArn for vendor \(arn.service)")
    }
  }

  /// Whether the policy names the account, or everybody, in a statement that allows.
  private static func allows(_ policy: String?, _ account: String) -> Bool {
    guard let policy, let document = try? JSONValue(parsing: policy) else { return false }
    let statements = document["Statement"]?.array ?? document["Statement"].map { [$0] } ?? []
    return statements.contains { statement in
      guard statement["Effect"]?.string == "Allow", let principal = statement["Principal"] else { return false }
      let named = principal["AWS"] ?? principal
      let names = named.array?.compactMap(\.string) ?? [named.string].compactMap { $0 }
      return names.contains { $0 == "*" || $0 == account || $0.contains("::\(account):") }
    }
  }

  /// The operation that takes a payload. Throws Fault for a target that is not served.
  func destination(
    _ payload: String, id: String, group: String, stream: String, filter: String, _ invoker: Invoker, _ context: CallContext
  ) throws -> TargetAttempt.Destination {
    var detail: JSONObject = ["awslogs": ["data": .string(payload)]]
    var parameters = JSONObject()
    if arn.service == "events", arn.resourceType == "event-bus" {
      // Named beside the data, so that rules can match by them.
      detail["logGroup"] = .string(group)
      detail["logStream"] = .string(stream)
      detail["subscriptionFilters"] = [.string(filter)]
      parameters["EventBridgeParameters"] = ["Source": "aws.logs", "DetailType": "CloudWatch Logs Subscription"]
    }
    if arn.service == "sqs", arn.resource.hasSuffix(".fifo") { parameters["SqsParameters"] = ["MessageGroupId": .string(stream)] }
    let document = JSONValue.object(detail)
    let delivery = Delivery(target: arn, payload: document, text: document.text, parameters: parameters, id: id)
    let call = try invoker.resolve(delivery, in: partition)
    return TargetAttempt.Destination(service: call.service, operation: call.operation, input: call.input, context: context)
  }
}
