import InputTemplate
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
      .length("inputPath", \.inputPath, 0...256), .length("roleArn", \.roleArn, 1...1_600),
    ]
  }

  struct InputTransformer: Shape, Equatable {
    var inputPathsMap: [String: String]?
    var inputTemplate: String
    static var limits: [Limit<Self>] {
      [.count("inputPathsMap", \.inputPathsMap, 0...100), .length("inputTemplate", \.inputTemplate, 1...8_192)]
    }
  }

  struct DeadLetterConfig: Shape, Equatable {
    var arn: String?
    static var limits: [Limit<Self>] { [.length("arn", \.arn, 1...1_600)] }
  }

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

  /// The same for one event: values of HttpParameters that are paths into the event stand for what is there.
  ///
  /// Source: EventBridge User Guide, "API destinations as targets": path, header and query parameters may be JSON paths.
  func parameters(for event: Event) -> JSONObject {
    var object = parameters
    guard httpParameters != nil else { return object }
    let json = event.json
    func resolved(_ value: JSONValue) -> JSONValue {
      switch value {
      case .string(let text) where text == "$" || text.hasPrefix("$."):
        let found = (try? EventPath(text))?.value(in: json) ?? .null
        return .string(found.string ?? (found.isNull ? "" : found.text))
      case .array(let elements): return .array(elements.map(resolved))
      case .object(let members):
        var copy = JSONObject()
        for (name, member) in members { copy[name] = resolved(member) }
        return .object(copy)
      default: return value
      }
    }
    object["HttpParameters"] = httpParameters.map(resolved)
    return object
  }
}
