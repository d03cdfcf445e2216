import JSON
import ServiceKit
import Store

/// What a schedule calls. Source: EventBridge Scheduler API Reference, Target.
struct Target: Shape, Equatable {
  var arn: String
  var roleArn: String
  var input: String?
  var retryPolicy: Retry?
  var deadLetterConfig: DeadLetterConfig?
  var eventBridgeParameters: JSONValue?
  var sqsParameters: JSONValue?
  var sageMakerPipelineParameters: JSONValue?
  var ecsParameters: JSONValue?
  var kinesisParameters: JSONValue?
  var eventBridgePutEventsV2Parameters: JSONValue?
  var eventBridgePutRawEventsParameters: JSONValue?

  static var limits: [Limit<Self>] {
    [
      .length("arn", \.arn, 1...1_600), .length("roleArn", \.roleArn, 1...1_600, .roleArn), .length("input", \.input, 1...262_144),
    ]
  }

  struct Retry: Shape, Equatable {
    var maximumEventAgeInSeconds: Int?
    var maximumRetryAttempts: Int?
    static var limits: [Limit<Self>] {
      [
        .range("maximumEventAgeInSeconds", \.maximumEventAgeInSeconds, 60...86_400),
        .range("maximumRetryAttempts", \.maximumRetryAttempts, 0...185),
      ]
    }
  }

  struct DeadLetterConfig: Shape, Equatable {
    var arn: String?
    static var limits: [Limit<Self>] { [.length("arn", \.arn, 1...1_600, .queueArn)] }
  }

  var parameters: JSONObject {
    var object = JSONObject()
    object["EventBridgeParameters"] = eventBridgeParameters
    object["SqsParameters"] = sqsParameters
    object["SageMakerPipelineParameters"] = sageMakerPipelineParameters
    return object
  }

  /// What is wrong with the parameters, in AWS's sentences.
  var flaws: [String] {
    var found: [String] = []
    func check(_ parameters: JSONValue?, _ name: String, _ member: String, _ longest: Int, isNeeded: Bool, _ pattern: TextPattern? = nil) {
      guard let parameters else { return }
      let place = "'target.\(name).\(member.prefix(1).lowercased() + member.dropFirst())'"
      guard let text = parameters[member]?.string else {
        if isNeeded { found.append("Value null at \(place) failed to satisfy constraint: Member must not be null") }
        return
      }
      if text.isEmpty || text.utf16.count > longest {
        let limit = text.isEmpty ? "greater than or equal to 1" : "less than or equal to \(longest)"
        found.append("Value '\(text)' at \(place) failed to satisfy constraint: Member must have length \(limit)")
      }
      if let pattern, !pattern.accepts(text) {
        found.append(
          "Value '\(text)' at \(place) failed to satisfy constraint: Member must satisfy regular expression pattern: \(pattern.expression)")
      }
    }
    check(eventBridgeParameters, "eventBridgeParameters", "DetailType", 128, isNeeded: true)
    check(eventBridgeParameters, "eventBridgeParameters", "Source", 256, isNeeded: true, .eventSource)
    check(sqsParameters, "sqsParameters", "MessageGroupId", 128, isNeeded: false)
    check(kinesisParameters, "kinesisParameters", "PartitionKey", 256, isNeeded: true)
    check(ecsParameters, "ecsParameters", "TaskDefinitionArn", 1_600, isNeeded: true)
    return found
  }
}
