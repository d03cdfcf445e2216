import JSON
import ServiceKit

/// Adds targets to a rule, or replaces those of the same id. Source: Amazon EventBridge API Reference, PutTargets.
///
/// As on AWS a target that is not valid fails the call and nothing is kept. A target that is valid but that Martlet does not
/// serve is told in FailedEntries, rather than kept and never reached; the others of the call are kept.
struct PutTargets: Operation {
  struct Input: Shape {
    var rule: String
    var eventBusName: String?
    var targets: [Target]
    static var limits: [Limit<Self>] {
      [
        .length("rule", \.rule, 1...64, .resourceName), .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN),
        .count("targets", \.targets, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var failedEntryCount: Int
    var failedEntries: [FailedTarget]
  }

  /// Targets of a rule by AWS's quota, and without it.
  private static let most = 5
  private static let mostEver = 1_000

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn(input.rule, input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    var rule = try call.rule(input.rule, bus: call.bus(input.eventBusName))
    try rule.checkChange(by: call.caller)
    try TargetRules.checkNames(input.targets)
    for (index, target) in input.targets.enumerated() { try TargetRules.check(target, number: index + 1, call) }
    var failed: [FailedTarget] = []
    for target in input.targets {
      do throws(Fault) {
        try checkServed(target, call)
      } catch {
        try TargetRules.checkService(target)
        failed.append(FailedTarget(targetId: target.id, errorCode: error.code, errorMessage: error.message))
        continue
      }
      if let position = rule.targets.firstIndex(where: { $0.id == target.id }) {
        rule.targets[position] = target
      } else {
        rule.targets.append(target)
      }
    }
    if rule.targets.count > (call.enforcesQuotas ? most : mostEver) { throw Fault.limitExceeded }
    try call.keep(rule)
    return Output(failedEntryCount: failed.count, failedEntries: failed)
  }

  private static func checkServed(_ target: Target, _ call: Call<EventBridge>) throws(Fault) {
    guard let arn = ARN(target.arn) else { throw .malformedARN(target.arn) }
    if arn.service == "events", arn.resourceType == "event-bus" { return }
    if arn.isForeign(to: call.partition) { throw .foreignTarget(arn) }
    let trial = Delivery(target: arn, payload: .object(JSONObject()), text: "{}", parameters: target.parameters, id: "trial")
    do {
      _ = try call.room.context.invoker.resolve(trial, in: call.partition)
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
