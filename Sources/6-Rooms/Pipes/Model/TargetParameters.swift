import InputTemplate
import JSON
import ServiceKit

/// Source: Amazon EventBridge Pipes API Reference, PipeTargetParameters. Texts that are paths (`$.body.x`) stay so until an event comes.
struct TargetParameters: Shape, Equatable {
  var inputTemplate: String?
  var stepFunctionStateMachineParameters: Invocation?
  var lambdaFunctionParameters: Invocation?
  var sqsQueueParameters: JSONValue?
  var eventBridgeEventBusParameters: JSONValue?
  var cloudWatchLogsParameters: JSONValue?
  var batchJobParameters: JSONValue?
  var httpParameters: JSONValue?
  var sageMakerPipelineParameters: JSONValue?
  var kinesisStreamParameters: JSONValue?
  var ecsTaskParameters: JSONValue?
  var redshiftDataParameters: JSONValue?
  var timestreamParameters: JSONValue?
  static var limits: [Limit<Self>] { [.length("inputTemplate", \.inputTemplate, 0...8_192)] }

  struct Invocation: Shape, Equatable {
    var invocationType: String?
    static var limits: [Limit<Self>] { [.oneOf("invocationType", \.invocationType, ["REQUEST_RESPONSE", "FIRE_AND_FORGET"])] }
  }

  /// Throws ValidationException naming what is wrong.
  func check() throws(Fault) {
    if let fault = TargetLimits(self).fault { throw fault }
    try InputTemplate.check(inputTemplate)
    for (name, given) in [
      ("SqsQueueParameters", sqsQueueParameters), ("EventBridgeEventBusParameters", eventBridgeEventBusParameters),
      ("CloudWatchLogsParameters", cloudWatchLogsParameters), ("BatchJobParameters", batchJobParameters),
      ("HttpParameters", httpParameters),
      ("SageMakerPipelineParameters", sageMakerPipelineParameters),
    ] {
      if let given, given.object == nil { throw .validation("\(name) must be a structure.") }
    }
    if let source = eventBridgeEventBusParameters?["Source"]?.string, source.hasPrefix("aws.") {
      throw .validation("EventBridgeEventBusParameters.Source must not begin with 'aws.'.")
    }
    if let path = cloudWatchLogsParameters?["Timestamp"]?.string, (try? EventPath(path)) == nil {
      throw .validation("CloudWatchLogsParameters.Timestamp must be a JSON path.")
    }
    if let batch = batchJobParameters, batch["JobDefinition"]?.string == nil || batch["JobName"]?.string == nil {
      throw .validation("BatchJobParameters needs JobDefinition and JobName.")
    }
  }
}

/// Source: Amazon EventBridge Pipes API Reference, PipeEnrichmentParameters.
struct EnrichmentParameters: Shape, Equatable {
  var inputTemplate: String?
  var httpParameters: JSONValue?
  static var limits: [Limit<Self>] { [.length("inputTemplate", \.inputTemplate, 0...8_192)] }
}

extension InputTemplate {
  /// Throws ValidationException for a template with a path or variable that there is not.
  static func check(_ text: String?) throws(Fault) {
    guard let text else { return }
    do throws(InputTemplateError) { _ = try InputTemplate(pipe: text) } catch {
      throw .validation("Invalid json path reference or predefined variable for placeholder: \(error.description).")
    }
  }
}
