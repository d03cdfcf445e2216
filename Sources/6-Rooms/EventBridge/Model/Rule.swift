import JSON
import ServiceKit
import Store
import Time

/// A rule with its targets.
struct Rule: Resource {
  static let kind = "events.rule"
  var name: String
  var eventBusName: String
  var eventPattern: String?
  var scheduleExpression: String?
  /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
  var state: String
  var description: String?
  var roleArn: String?
  /// The service that made the rule for the user and keeps it.
  var managedBy: String?
  var createdBy: String
  var targets: [Target]
  var tags: [String: String]
  /// When the schedule expression was set: what rates count from.
  var anchor: Timestamp

  static func key(_ bus: String, _ name: String) -> String { "\(bus)/\(name)" }
  var key: String { Self.key(eventBusName, name) }
  var isEnabled: Bool { state != "DISABLED" }

  /// `rule/NAME` on the default bus, `rule/BUS/NAME` on others.
  var resource: String { eventBusName == EventBus.standard ? "rule/\(name)" : "rule/\(eventBusName)/\(name)" }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "events", region: partition.region, account: partition.account, resource: resource)
  }
}

/// Where a rule's events go. Source: Amazon EventBridge API Reference, Target.
struct Target: Shape, Equatable {
  var id: String
  var arn: String
  var roleArn: String?
  var input: String?
  var inputPath: String?
  var inputTransformer: InputTransformer?
  var batchParameters: JSONValue?
  var sqsParameters: JSONValue?
  var httpParameters: JSONValue?
  var sageMakerPipelineParameters: JSONValue?
  var ecsParameters: JSONValue?
  var kinesisParameters: JSONValue?
  var runCommandParameters: JSONValue?
  var redshiftDataParameters: JSONValue?
  var appSyncParameters: JSONValue?
  var deadLetterConfig: DeadLetterConfig?
  var retryPolicy: RetryPolicy?

  static var limits: [Limit<Self>] {
    [
      .length("id", \.id, 1...64, .resourceName), .length("arn", \.arn, 1...1_600), .length("input", \.input, 0...8_192),
      .length("inputPath", \.inputPath, 0...256),
    ]
  }

  struct InputTransformer: Shape, Equatable {
    var inputPathsMap: [String: String]?
    var inputTemplate: String
    static var limits: [Limit<Self>] { [.length("inputTemplate", \.inputTemplate, 1...8_192)] }
  }

  struct DeadLetterConfig: Shape, Equatable { var arn: String? }

  struct RetryPolicy: Shape, Equatable {
    var maximumRetryAttempts: Int?
    var maximumEventAgeInSeconds: Int?
    static var limits: [Limit<Self>] {
      [
        .range("maximumRetryAttempts", \.maximumRetryAttempts, 0...185),
        .range("maximumEventAgeInSeconds", \.maximumEventAgeInSeconds, 60...86_400),
      ]
    }
  }

  /// The parameters a target of that kind takes, by their wire names.
  var parameters: JSONObject {
    var object = JSONObject()
    object["BatchParameters"] = batchParameters
    object["SqsParameters"] = sqsParameters
    object["HttpParameters"] = httpParameters
    object["SageMakerPipelineParameters"] = sageMakerPipelineParameters
    return object
  }
}
