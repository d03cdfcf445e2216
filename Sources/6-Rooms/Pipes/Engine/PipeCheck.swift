import InputTemplate
import JSON
import ServiceKit
import Store

extension Pipe {
  /// Throws ValidationException naming what of the pipe is wrong or not served.
  func check(_ context: RoomContext, in partition: Partition) throws {
    guard let source = ARN(source) else { throw Fault.validation("The source \(source) is not an ARN.") }
    try Self.checkSource(source)
    try sourceParameters?.check(source)
    try targetParameters?.check()
    if let fault = enrichmentParameters.flatMap({ TargetLimits($0).fault }) { throw fault }
    try InputTemplate.check(enrichmentParameters?.inputTemplate)
    try logConfiguration?.check()
    guard let target = ARN(target) else { throw Fault.validation("The target \(target) is not an ARN.") }
    try targetParameters?.checkKind(target)
    for end in [source, target] where !end.region.isEmpty && end.region != partition.region {
      throw Fault.validation("Creating cross-region pipe is not permitted.")
    }
    for end in [source, target] where !(end.service == "events" && end.resourceType == "event-bus") && end.isForeign(to: partition) {
      throw Fault.foreignTarget(end)
    }
    if target.service == "sns", target.resource.hasSuffix(".fifo") {
      throw Fault.validation("SNS FIFO topics are not supported as a pipe target.")
    }
    try checkTarget(target, context, in: partition)
    if let enrichment { try Self.checkEnrichment(enrichment, enrichmentParameters, context, in: partition) }
    if context.limits == .aws { try checkBatchSize(target) }
  }

  private static func checkSource(_ source: ARN) throws(Fault) {
    switch source.service {
    case "sqs":
      guard !source.resource.contains("/"), !source.resource.contains(":") else {
        throw .validation("The source \(source) is not the ARN of a queue.")
      }
    case "events" where source.resourceType == "event-bus": break
    case "kinesis", "dynamodb", "kafka", "mq":
      throw .validation("Sources of \(source.service) are not served by Martlet: a source is a queue or an event bus.")
    default: throw .validation("\(source) is not a source of pipes that Martlet serves: a source is a queue or an event bus.")
    }
  }

  private func checkTarget(_ target: ARN, _ context: RoomContext, in partition: Partition) throws {
    if target.description == source { throw Fault.validation("The target of a pipe can not be its source.") }
    // A trial with everything but the event: what is wrong with target or parameters is told now.
    let request = TargetRequest(pipe: self, text: "{}", payload: .object(JSONObject()), id: "trial", event: nil)
    _ = try request.resolve(context.invoker, in: partition)
    if targetParameters?.stepFunctionStateMachineParameters?.invocationType == "REQUEST_RESPONSE", !Self.servesSync(context.invoker) {
      throw Fault.validation(
        "The invocation type REQUEST_RESPONSE needs StartSyncExecution, which Martlet does not serve yet: use FIRE_AND_FORGET.")
    }
  }

  private static func checkEnrichment(
    _ text: String, _ parameters: EnrichmentParameters?, _ context: RoomContext, in partition: Partition
  ) throws {
    guard let arn = ARN(text) else { throw Fault.validation("The enrichment \(text) is not an ARN.") }
    switch (arn.service, arn.resourceType) {
    case ("states", "stateMachine"):
      guard servesSync(context.invoker) else {
        throw Fault.validation("State machines as enrichment need StartSyncExecution, which Martlet does not serve yet.")
      }
    case ("events", "api-destination"):
      let trial = Delivery(target: arn, payload: .object(JSONObject()), text: "{}", parameters: JSONObject(), id: "trial")
      _ = try context.invoker.resolve(trial, in: partition)
    case ("lambda", _): throw Fault.validation("Lambda functions as enrichment are not served by Martlet yet.")
    default: throw Fault.validation("\(arn) is not an enrichment that Martlet serves.")
    }
  }

  static func servesSync(_ invoker: Invoker) -> Bool { (try? invoker.handler("stepfunctions", "StartSyncExecution")) != nil }

  /// Source: EventBridge User Guide, "Amazon EventBridge Pipes batching and concurrency", supported batchable targets.
  private func checkBatchSize(_ target: ARN) throws(Fault) {
    guard let size = sourceParameters?.sqsQueueParameters?.batchSize else { return }
    let most =
      switch (target.service, target.resourceType) {
      case ("states", _), ("lambda", _), ("logs", _): 10_000
      case ("sqs", _), ("sns", _), ("events", "event-bus"): 10
      default: 1
      }
    if size > most {
      throw .validation("The configured batch size \(size) is greater than the max supported batch size \(most) of the target.")
    }
  }

  /// What AWS shows of a pipe that was not told.
  mutating func fillDefaults() {
    guard ARN(source)?.service == "sqs" else { return }
    var parameters = sourceParameters ?? SourceParameters()
    var queue = parameters.sqsQueueParameters ?? SourceParameters.SqsQueue()
    queue.batchSize = queue.batchSize ?? 10
    parameters.sqsQueueParameters = queue
    sourceParameters = parameters
  }
}
