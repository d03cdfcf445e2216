import JSON
import ServiceKit

/// What AWS asks of a target before it takes it.
///
/// Source: EventBridge API Reference, Target and PutTargets; the sentences are those that EventBridge sends.
enum TargetRules {
  /// Services whose resources are called in a role's name; the others let EventBridge in by their own policies.
  private static let withRole: Set<String> = [
    "batch", "codebuild", "codepipeline", "ecs", "events", "firehose", "glue", "inspector", "kinesis", "redshift", "redshift-serverless",
    "sagemaker", "ssm", "ssm-incidents", "states",
  ]

  /// Services whose resources AWS takes as targets.
  private static let services: Set<String> = withRole.union([
    "appsync", "ec2", "execute-api", "firehose", "lambda", "logs", "sns", "sqs",
  ])

  /// Throws for a target of a service that has none.
  static func checkService(_ target: Target) throws(Fault) {
    guard let arn = ARN(target.arn), !services.contains(arn.service) else { return }
    throw .validation("\(arn.service) is not a supported service for a target.")
  }

  static func checkNames(_ targets: [Target]) throws(Fault) {
    var seen: Set<String> = []
    for target in targets where !seen.insert(target.id).inserted {
      throw .validation("Parameter targets is not valid. Reason: More than one target with Id '\(target.id)' is provided.")
    }
  }

  /// - Parameter number: the target's place in the call, from 1.
  static func check(_ target: Target, number: Int, _ call: Call<EventBridge>) throws(Fault) {
    guard let arn = ARN(target.arn) else { throw .malformedARN(target.arn) }
    if withRole.contains(arn.service), target.roleArn == nil { throw .validation("RoleArn is required for target \(target.arn).") }
    try TargetParameters.check(target, arn, number: number)
    try checkInput(target)
    if let transformer = target.inputTransformer { try TemplateRules.check(transformer, of: target.id, number: number) }
    try TargetInput.check(target)
    if let queue = target.deadLetterConfig?.arn { try checkDeadLetters(queue, call) }
  }

  private static func checkInput(_ target: Target) throws(Fault) {
    let inputs = [target.input != nil, target.inputPath != nil, target.inputTransformer != nil].filter { $0 }.count
    if inputs > 1 {
      throw .validation("Only one of Input, InputPath, or InputTransformer must be provided for target \(target.id).")
    }
    if let input = target.input, (try? JSONValue(parsing: input)) == nil {
      throw .validation("JSON syntax error in input for target \(target.id).")
    }
    if let path = target.inputPath, !path.isEmpty { try checkPath(path, of: target.id) }
  }

  /// A path from `$` in dot notation; brackets hold numbers only.
  static func checkPath(_ path: String, of target: String) throws(Fault) {
    let isQuoted = path.contains("['") || path.contains("[\"") || path.contains("[ ")
    if !path.hasPrefix("$") || isQuoted { throw .validation("InputPath for target \(target) is invalid.") }
  }

  private static func checkDeadLetters(_ text: String, _ call: Call<EventBridge>) throws(Fault) {
    guard let arn = ARN(text) else { throw .malformedARN(text) }
    if arn.service != "sqs" { throw .validation("\(arn.service) is not supported as a dead letter resource.") }
    if arn.resource.hasSuffix(".fifo") { throw .validation("SQS FIFO is not supported by Dead Letter Queues.") }
    if arn.region != call.caller.region {
      throw .validation("Parameter \(text) is not valid. Reason: The dead-letter queue must be in the same Region as the rule.")
    }
    if arn.isForeign(to: call.partition) { throw .foreignTarget(arn) }
  }
}
