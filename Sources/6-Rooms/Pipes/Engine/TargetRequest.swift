import InputTemplate
import JSON
import ServiceKit
import Store
import Time

/// What a pipe asks of its target: one event, or all of a batch in a list, as the target's room takes deliveries.
struct TargetRequest {
  let pipe: Pipe
  /// As it goes to the target.
  let text: String
  let payload: JSONValue
  let id: String
  /// What paths in the target's parameters are read from; nil to leave them as they are.
  let event: PipeEvent?

  struct Resolved: Sendable {
    var service: String
    var operation: String
    var input: JSONValue
  }

  /// Whether the target takes a batch as one list.
  ///
  /// Source: EventBridge User Guide, "Amazon EventBridge Pipes batching and concurrency", batching behavior.
  static func takesLists(_ pipe: Pipe) -> Bool {
    guard let target = ARN(pipe.target) else { return false }
    switch (target.service, target.resourceType) {
    case ("states", "stateMachine"), ("lambda", _), ("events", "api-destination"): return true
    default: return false
    }
  }

  /// Throws ValidationException for a target that is not served, parameters that do not suit it, or a path the event does not have.
  func resolve(_ invoker: Invoker, in partition: Partition) throws -> Resolved {
    guard let target = ARN(pipe.target) else { throw Fault.validation("The target \(pipe.target) is not an ARN.") }
    let delivery = Delivery(target: target, payload: try jobPayload(target), text: text, parameters: try parameters(target), id: id)
    let found = try invoker.resolve(delivery, in: partition)
    var resolved = Resolved(service: found.service, operation: found.operation, input: found.input)
    switch (target.service, target.resourceType) {
    case ("states", "stateMachine") where isSynchronous(invoker):
      resolved.operation = "StartSyncExecution"
    case ("events", "event-bus"): resolved.input = try busInput(found.input)
    case ("logs", _): resolved.input = try logInput(found.input)
    case ("batch", "job-queue"): resolved.input = try jobInput(found.input)
    default: break
    }
    return resolved
  }

  /// Differs: without an invocation type Standard workflows are started and not waited for.
  private func isSynchronous(_ invoker: Invoker) -> Bool {
    guard let type = pipe.targetParameters?.stepFunctionStateMachineParameters?.invocationType else {
      return pipe.hasExpressTarget ?? false
    }
    return type == "REQUEST_RESPONSE"
  }

  private func given(_ parameters: JSONValue?) throws -> JSONValue? {
    guard let parameters else { return nil }
    guard let event else { return parameters }
    do throws(InputTemplateError) { return try EventPath.resolve(parameters, in: event.decoded) } catch {
      throw Fault.validation("A parameter of the target can not be filled in: \(error.description).")
    }
  }

  /// The parameters by the names under which rooms take them.
  private func parameters(_ target: ARN) throws -> JSONObject {
    let all = pipe.targetParameters
    var parameters = JSONObject()
    parameters["SqsParameters"] = try given(all?.sqsQueueParameters)
    parameters["HttpParameters"] = try given(all?.httpParameters)
    parameters["SageMakerPipelineParameters"] = try given(all?.sageMakerPipelineParameters)
    parameters["BatchParameters"] = try given(all?.batchJobParameters)
    parameters["KinesisParameters"] = try given(all?.kinesisStreamParameters)
    parameters["EcsParameters"] = try given(all?.ecsTaskParameters)
    parameters["RedshiftDataParameters"] = try given(all?.redshiftDataParameters)
    if target.service == "events", target.resourceType == "event-bus" {
      let bus = try given(all?.eventBridgeEventBusParameters)
      parameters["EventBridgeParameters"] = [
        "Source": bus?["Source"] ?? .string("Pipe \(pipe.name)"), "DetailType": bus?["DetailType"] ?? .string(Self.detailType(pipe)),
      ]
    }
    return parameters
  }

  /// What events are called that a pipe makes of something else.
  private static func detailType(_ pipe: Pipe) -> String { "Event from aws:\(ARN(pipe.source)?.service ?? "unknown")" }

  private func busInput(_ input: JSONValue) throws -> JSONValue {
    guard let bus = try given(pipe.targetParameters?.eventBridgeEventBusParameters), var object = input.object,
      var entry = input["Entries"]?[0]?.object
    else { return input }
    entry["Resources"] = bus["Resources"]
    if let time = bus["Time"]?.string, event != nil {
      guard let instant = Double(time) ?? (Timestamp(iso8601: time)?.milliseconds).map({ Double($0) / 1_000 }) else {
        throw Fault.validation("EventBridgeEventBusParameters.Time is no time: '\(time)'.")
      }
      entry["Time"] = .double(instant)
    }
    object["Entries"] = [.object(entry)]
    return .object(object)
  }

  private func logInput(_ input: JSONValue) throws -> JSONValue {
    let logs = try given(pipe.targetParameters?.cloudWatchLogsParameters)
    guard var object = input.object else { return input }
    object["logStreamName"] = logs?["LogStreamName"] ?? .string(pipe.name)
    if let time = logs?["Timestamp"]?.string, event != nil {
      guard let instant = Int64(time) ?? Timestamp(iso8601: time)?.milliseconds else {
        throw Fault.validation("CloudWatchLogsParameters.Timestamp is no time: '\(time)'.")
      }
      object["timestamp"] = .int(instant)
    }
    return .object(object)
  }

  /// Jobs get what the parameters name, not the event. Source: EventBridge User Guide, "AWS Batch job queues".
  private func jobPayload(_ target: ARN) throws -> JSONValue {
    guard target.service == "batch" else { return payload }
    guard let job = try given(pipe.targetParameters?.batchJobParameters) else { return .object(JSONObject()) }
    var object = JSONObject()
    object["Parameters"] = job["Parameters"]
    object["ContainerOverrides"] = job["ContainerOverrides"]
    return .object(object)
  }

  private func jobInput(_ input: JSONValue) throws -> JSONValue {
    guard let dependencies = try given(pipe.targetParameters?.batchJobParameters)?["DependsOn"]?.array, var object = input.object else {
      return input
    }
    object["dependsOn"] = .array(
      dependencies.map { dependency in
        var one = JSONObject()
        one["jobId"] = dependency["JobId"]
        one["type"] = dependency["Type"]
        return .object(one)
      })
    return .object(object)
  }
}
