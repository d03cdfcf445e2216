import JSON
import ServiceKit

/// Adds targets to a rule, or replaces those of the same id. Source: Amazon EventBridge API Reference, PutTargets.
///
/// A target that Martlet does not serve is refused in FailedEntries, rather than kept and never reached.
struct PutTargets: Operation {
  struct Input: Shape {
    var rule: String
    var eventBusName: String?
    var targets: [Target]
    static var limits: [Limit<Self>] {
      [.length("rule", \.rule, 1...64, .resourceName), .count("targets", \.targets, 1...100)]
    }
  }
  struct Output: Shape {
    var failedEntryCount: Int
    var failedEntries: [FailedTarget]
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    var rule = try call.rule(input.rule, bus: call.bus(input.eventBusName))
    try rule.checkChange()
    var failed: [FailedTarget] = []
    for target in input.targets {
      do throws(Fault) {
        try check(target, call)
      } catch {
        failed.append(FailedTarget(targetId: target.id, errorCode: error.code, errorMessage: error.message))
        continue
      }
      if let position = rule.targets.firstIndex(where: { $0.id == target.id }) {
        rule.targets[position] = target
      } else {
        rule.targets.append(target)
      }
    }
    if call.enforcesQuotas, rule.targets.count > 5 {
      throw Fault("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
    }
    try call.keep(rule)
    return Output(failedEntryCount: failed.count, failedEntries: failed)
  }

  private static func check(_ target: Target, _ call: Call<EventBridge>) throws(Fault) {
    guard let arn = ARN(target.arn) else {
      throw .validation("Parameter \(target.arn) is not valid. Reason: Provided Arn is not in correct format.")
    }
    let shapes = [target.input != nil, target.inputPath != nil, target.inputTransformer != nil].filter { $0 }.count
    guard shapes <= 1 else {
      throw .validation("Only one of Input, InputPath, or InputTransformer must be provided for target \(target.id).")
    }
    if let input = target.input, (try? JSONValue(parsing: input)) == nil {
      throw .validation("JSON syntax error in input for target \(target.id).")
    }
    try TargetInput.check(target)
    if let queue = target.deadLetterConfig?.arn, ARN(queue)?.service != "sqs" {
      throw .validation("Parameter \(queue) is not valid. Reason: The dead-letter queue must be the ARN of an SQS queue.")
    }
    if arn.service == "events", arn.resourceType == "event-bus" { return }
    let trial = Delivery(target: arn, payload: .object(JSONObject()), text: "{}", parameters: target.parameters, id: "trial")
    do {
      _ = try call.room.context.invoker.resolve(trial)
    } catch let fault as Fault {
      throw fault
    } catch {
      throw .validation("\(error)")
    }
  }
}

struct FailedTarget: Shape {
  var targetId: String
  var errorCode: String
  var errorMessage: String
}
