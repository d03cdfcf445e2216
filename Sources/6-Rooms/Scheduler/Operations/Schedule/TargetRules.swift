import JSON
import ServiceKit

/// What AWS asks of a schedule's target besides the constraints on its members.
///
/// Source: EventBridge Scheduler User Guide, "Using universal targets", and API Reference, Target; the sentences are those that
/// EventBridge Scheduler sends.
enum TargetRules {
  /// Operations that only read can not be targets: those that begin so.
  private static let reading = [
    "get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover", "validate", "batchGet",
    "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration", "retrieve", "testConnection",
    "translateDocument", "isAuthorized", "invokeModel",
  ]
  /// Services that templated targets are of.
  private static let templated: Set<String> = [
    "codebuild", "codepipeline", "ecs", "events", "firehose", "inspector", "kinesis", "lambda", "sagemaker", "sns", "sqs", "states",
  ]
  /// Those of them whose input must be JSON.
  private static let takingJSON: Set<String> = ["lambda", "states", "events"]

  static func check(_ target: Target, _ call: Call<Scheduler>) throws {
    guard let arn = ARN(target.arn) else { throw Fault.validation("Provided Arn is not in correct format.") }
    try checkParameters(target, arn)
    if arn.service == "scheduler" { return try checkUniversal(target, arn, call) }
    if !arn.region.isEmpty, arn.region != call.caller.region {
      throw Fault.validation("The target ARN provided does not match the current region \(call.caller.region).")
    }
    let isBus = arn.service == "events" && arn.resourceType == "event-bus"
    if !isBus, arn.isForeign(to: call.partition) { throw Fault.foreignTarget(arn) }
    if let queue = target.deadLetterConfig?.arn.flatMap({ ARN($0) }), queue.isForeign(to: call.partition) {
      throw Fault.foreignTarget(queue)
    }
    if takingJSON.contains(arn.service) { try checkJSON(target.input) }
    do { try resolve(target, call) } catch let fault as Fault {
      if templated.contains(arn.service) || call.room.context.invoker.serves(arn.service) { throw Fault.validation(fault.message) }
      throw Fault.validation("\(arn.service) is not a supported service for a target.")
    }
  }

  private static func checkUniversal(_ target: Target, _ arn: ARN, _ call: Call<Scheduler>) throws {
    let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard arn.region.isEmpty, arn.account.isEmpty, parts.first == "aws-sdk" else {
      throw Fault.validation("scheduler is not a supported service for a target.")
    }
    if parts.count == 3, let action = parts.last, isReading(action) { throw Fault.validation("\(action) API is not supported.") }
    guard target.input != nil else { throw Fault.validation("You must provide an input to set this target for your schedule.") }
    try checkJSON(target.input)
    do { try resolve(target, call) } catch let fault as Fault { throw Fault.validation(fault.message) }
  }

  private static func isReading(_ action: String) -> Bool {
    let action = action.prefix(1).lowercased() + action.dropFirst()
    return reading.contains { prefix in
      guard action.hasPrefix(prefix) else { return false }
      return action.dropFirst(prefix.count).first?.isUppercase ?? true
    }
  }

  private static func checkJSON(_ input: String?) throws(Fault) {
    guard let input, (try? JSONValue(parsing: input)) == nil else { return }
    throw .validation("JSON syntax error in input for the target.")
  }

  private static func checkParameters(_ target: Target, _ arn: ARN) throws(Fault) {
    for (name, service, value) in [
      ("EcsParameters", "ecs", target.ecsParameters), ("EventBridgeParameters", "events", target.eventBridgeParameters),
      ("KinesisParameters", "kinesis", target.kinesisParameters),
      ("SageMakerPipelineParameters", "sagemaker", target.sageMakerPipelineParameters), ("SqsParameters", "sqs", target.sqsParameters),
      ("EventBridgePutEventsV2Parameters", "events", target.eventBridgePutEventsV2Parameters),
      ("EventBridgePutRawEventsParameters", "events", target.eventBridgePutRawEventsParameters),
    ] where value != nil && arn.service != service { throw .validation("Parameters \(name) not supported for the target.") }
    if target.eventBridgePutEventsV2Parameters != nil || target.eventBridgePutRawEventsParameters != nil {
      throw .validation("Of the parameters for events Martlet serves EventBridgeParameters only.")
    }
    guard arn.service == "sqs" else { return }
    let isFIFO = arn.resource.hasSuffix(".fifo")
    if isFIFO, target.sqsParameters == nil { throw .validation("Parameters SqsParameters must be specified for the target.") }
    if !isFIFO, target.sqsParameters?["MessageGroupId"]?.string != nil {
      throw .validation("Parameters MessageGroupId not valid for the target.")
    }
  }

  /// Throws the fault of a target that is not served, or whose parameters its room does not take.
  private static func resolve(_ target: Target, _ call: Call<Scheduler>) throws {
    let trial = Invocation(
      schedule: "trial", target: target, due: call.now, id: "trial", attempt: 0, first: call.now, deletes: false, run: nil)
    _ = try CallTarget.resolve(trial, target.input ?? "{}", call.room.context.invoker, in: call.partition)
  }
}
