import JSON
import ServiceKit

/// The constraints on members of target and enrichment parameters that are kept as documents, because a path may stand for any of their texts.
///
/// Source: Amazon EventBridge Pipes API Reference, PipeTargetParameters and PipeEnrichmentParameters. The values are sensitive: the sentences do not show them.
struct TargetLimits {
  private(set) var flaws: [String] = []
  private let owner: String

  init(_ parameters: EnrichmentParameters) {
    owner = "enrichmentParameters"
    http(parameters.httpParameters, "httpParameters")
  }

  init(_ parameters: TargetParameters) {
    owner = "targetParameters"
    let (sqs, bus, logs) = (parameters.sqsQueueParameters, parameters.eventBridgeEventBusParameters, parameters.cloudWatchLogsParameters)
    length(sqs, "sqsQueueParameters", "MessageGroupId", 0...100)
    length(sqs, "sqsQueueParameters", "MessageDeduplicationId", 0...100)
    length(bus, "eventBridgeEventBusParameters", "EndpointId", 1...50)
    length(bus, "eventBridgeEventBusParameters", "DetailType", 1...128)
    length(bus, "eventBridgeEventBusParameters", "Source", 1...256)
    length(bus, "eventBridgeEventBusParameters", "Time", 1...256)
    count(bus, "eventBridgeEventBusParameters", "Resources", 0...10)
    length(logs, "cloudWatchLogsParameters", "LogStreamName", 1...256)
    length(logs, "cloudWatchLogsParameters", "Timestamp", 1...256)
    let batch = parameters.batchJobParameters
    range(batch?["ArrayProperties"], "batchJobParameters.arrayProperties", "Size", 2...10_000)
    range(batch?["RetryStrategy"], "batchJobParameters.retryStrategy", "Attempts", 1...10)
    count(batch, "batchJobParameters", "DependsOn", 0...20)
    http(parameters.httpParameters, "httpParameters")
  }

  /// The fault that tells them all, nil when there are none.
  var fault: Fault? {
    if flaws.isEmpty { return nil }
    return .validation("\(flaws.count) validation error\(flaws.count == 1 ? "" : "s") detected: \(flaws.joined(separator: "; "))")
  }

  private mutating func flaw(_ place: String, _ constraint: String) {
    flaws.append("Value at '\(owner).\(place)' failed to satisfy constraint: Member must \(constraint)")
  }

  private static func lowerFirst(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }

  private mutating func length(_ block: JSONValue?, _ name: String, _ member: String, _ range: ClosedRange<Int>) {
    guard let text = block?[member]?.string else { return }
    length(text, "\(name).\(Self.lowerFirst(member))", range)
  }

  private mutating func length(_ text: String, _ place: String, _ range: ClosedRange<Int>) {
    let count = text.utf16.count
    if count < range.lowerBound { flaw(place, "have length greater than or equal to \(range.lowerBound)") }
    if count > range.upperBound { flaw(place, "have length less than or equal to \(range.upperBound)") }
  }

  private mutating func count(_ block: JSONValue?, _ name: String, _ member: String, _ range: ClosedRange<Int>) {
    guard let elements = block?[member]?.array, elements.count > range.upperBound else { return }
    flaw("\(name).\(Self.lowerFirst(member))", "have length less than or equal to \(range.upperBound)")
  }

  private mutating func range(_ block: JSONValue?, _ name: String, _ member: String, _ range: ClosedRange<Int64>) {
    guard let number = block?[member]?.int else { return }
    let place = "\(name).\(Self.lowerFirst(member))"
    if number < range.lowerBound { flaw(place, "have value greater than or equal to \(range.lowerBound)") }
    if number > range.upperBound { flaw(place, "have value less than or equal to \(range.upperBound)") }
  }

  private mutating func http(_ block: JSONValue?, _ name: String) {
    for member in ["HeaderParameters", "QueryStringParameters"] {
      let place = "\(name).\(Self.lowerFirst(member))"
      for (key, value) in block?[member]?.object ?? JSONObject() {
        length(key, place, 0...512)
        length(value.string ?? "", place, 0...512)
        if (value.string ?? "").unicodeScalars.contains(where: { $0.value < 32 && $0 != "\t" || $0.value == 127 }) {
          flaw(place, "satisfy regular expression pattern: [ \\t]*[\\x20-\\x7E]+([ \\t]+[\\x20-\\x7E]+)*[ \\t]*")
        }
      }
    }
    for value in block?["PathParameterValues"]?.array ?? [] where (value.string ?? "").allSatisfy(\.isWhitespace) {
      flaw("\(name).pathParameterValues", "satisfy regular expression pattern: (?!\\s*$).+")
    }
  }
}

extension TargetParameters {
  /// Throws ValidationException for parameters of targets of another kind.
  func checkKind(_ target: ARN) throws(Fault) {
    let blocks: [(given: Bool, services: Set<String>)] = [
      (lambdaFunctionParameters != nil, ["lambda"]), (stepFunctionStateMachineParameters != nil, ["states"]),
      (kinesisStreamParameters != nil, ["kinesis"]), (ecsTaskParameters != nil, ["ecs"]), (batchJobParameters != nil, ["batch"]),
      (sqsQueueParameters != nil, ["sqs"]), (eventBridgeEventBusParameters != nil, ["events"]),
      (httpParameters != nil, ["events", "execute-api"]), (redshiftDataParameters != nil, ["redshift", "redshift-serverless"]),
      (sageMakerPipelineParameters != nil, ["sagemaker"]), (cloudWatchLogsParameters != nil, ["logs"]),
      (timestreamParameters != nil, ["timestream"]),
    ]
    if blocks.contains(where: { $0.given && !$0.services.contains(target.service) }) {
      throw .validation("Invalid target parameter provided for target.")
    }
  }
}
