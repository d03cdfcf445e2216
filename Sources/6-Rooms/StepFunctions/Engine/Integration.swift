import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store

/// Which execution a task is of, as integrations tell their services.
struct TaskOrigin: Sendable {
  var execution: String
  var machine: String

  init(execution: String, machine: String) {
    self.execution = execution
    self.machine = machine
  }

  init(_ execution: Execution, _ partition: Partition) {
    self.init(
      execution: execution.arn(partition).description, machine: StateMachine.arn(execution.machine, partition).description)
  }
}

/// A task as a call of another room.
struct Integration: Sendable {
  var service: String
  var operation: String
  var input: JSONValue
  /// As resources name it: `sns`, `aws-sdk:s3`.
  var name: String
  /// Whether the answer gets the metadata of an optimized integration.
  var isOptimized: Bool { !name.hasPrefix("aws-sdk:") && name != "http" }

  /// The services with integrations of their own, by their names in resources: operation names and the patterns each supports.
  /// Source: Step Functions Developer Guide, "Integrating services with Step Functions".
  private static let optimized: [String: (service: String, operations: [String: Set<TaskResource.Pattern>])] = [
    "batch": ("batch", ["submitJob": [.requestResponse, .sync]]),
    "sns": ("sns", ["publish": [.requestResponse, .waitForTaskToken]]),
    "sqs": ("sqs", ["sendMessage": [.requestResponse, .waitForTaskToken]]),
    "events": ("events", ["putEvents": [.requestResponse, .waitForTaskToken]]),
    "http": ("events", ["invoke": [.requestResponse]]),
    "states": ("stepfunctions", ["startExecution": [.requestResponse, .sync, .sync2, .waitForTaskToken]]),
  ]

  private static func operation(_ service: String, _ api: String) -> String {
    service == "http" ? "InvokeConnection" : api.prefix(1).uppercased() + api.dropFirst()
  }

  /// The operation that a resource names; nil for one of a service without integration.
  static func called(_ integration: TaskResource.Integration) -> (service: String, operation: String)? {
    let operation = operation(integration.service, integration.api)
    if integration.isSDK { return (String(integration.service.dropFirst(8)), operation) }
    return optimized[integration.service].map { ($0.service, operation) }
  }

  static func isServed(_ integration: TaskResource.Integration, _ invoker: Invoker) -> Bool {
    if integration.isSDK {
      guard integration.pattern == .requestResponse || integration.pattern == .waitForTaskToken else { return false }
      return (try? invoker.handler(String(integration.service.dropFirst(8)), operation("", integration.api))) != nil
    }
    guard let service = optimized[integration.service], let patterns = service.operations[integration.api] else { return false }
    return patterns.contains(integration.pattern)
      && (try? invoker.handler(service.service, operation(integration.service, integration.api))) != nil
  }

  /// Throws the fault a task fails with whose input makes no call.
  init(_ integration: TaskResource.Integration, _ payload: Payload, _ origin: TaskOrigin) throws(Fault) {
    operation = Self.operation(integration.service, integration.api)
    name = integration.service
    if integration.isSDK {
      service = String(integration.service.dropFirst(8))
      input = payload.value
    } else {
      service = Self.optimized[integration.service]?.service ?? integration.service
      input = integration.service == "http" ? try HTTPTask.call(payload.value) : Self.adapted(payload.value, integration.service, origin)
    }
  }

  /// Members that take any JSON in an integration and text in the API.
  private static func adapted(_ input: JSONValue, _ service: String, _ origin: TaskOrigin) -> JSONValue {
    guard case .object(var object) = input else { return input }
    func textify(_ member: String) {
      if let value = object[member], value.string == nil { object[member] = .string(value.text) }
    }
    switch service {
    case "sns": textify("Message")
    case "sqs": textify("MessageBody")
    case "states": textify("Input")
    case "events":
      guard case .array(let entries)? = object["Entries"] else { break }
      let resources: [JSONValue] = [.string(origin.execution), .string(origin.machine)]
      object["Entries"] = .array(
        entries.map { entry in
          guard case .object(var entry) = entry else { return entry }
          if let detail = entry["Detail"], detail.string == nil { entry["Detail"] = .string(detail.text) }
          // Source: Step Functions Developer Guide, "Add EventBridge events with Step Functions".
          entry["Resources"] = .array((entry["Resources"]?.array ?? []) + resources)
          return .object(entry)
        })
    default: break
    }
    return .object(object)
  }

  /// The context of the call: answers of SDK integrations have their instants as ISO 8601 text.
  func context(_ context: CallContext) -> CallContext {
    guard name.hasPrefix("aws-sdk:") else { return context }
    var context = context
    context.dialect = .text
    return context
  }

  /// The answer as the task's result.
  func result(_ answer: JSONValue, requestID: String) -> JSONValue {
    if name == "http" { return HTTPTask.result(answer) }
    guard isOptimized, case .object(var object) = answer else { return answer }
    object["SdkHttpMetadata"] = ["HttpStatusCode": 200]
    object["SdkResponseMetadata"] = ["RequestId": .string(requestID)]
    return .object(object)
  }

  /// What an answer that is a failure in disguise fails with.
  func failure(in answer: JSONValue) -> (error: String, cause: String)? {
    if name == "http" { return HTTPTask.failure(answer) }
    guard service == "events", operation == "PutEvents", let failed = answer["FailedEntryCount"]?.int, failed > 0 else { return nil }
    return ("EventBridge.FailedEntry", answer.text)
  }

  func failed(_ fault: Fault, _ id: Int, requestID: String) -> ExecutionEvent {
    .taskFailed(id: id, error: errorName(fault), cause: cause(fault, requestID: requestID))
  }

  /// Optimized integrations name services in errors and causes as AWS's older SDK does, SDK integrations as the newer one.
  private static let olderNames: [String: (error: String, cause: String)] = [
    "batch": ("Batch", "AWSBatch"), "sns": ("SNS", "AmazonSNS"), "sqs": ("SQS", "AmazonSQS"),
    "events": ("EventBridge", "AmazonEventBridge"), "states": ("StepFunctions", "AWSStepFunctions"),
  ]
  private static let newerNames = [
    "batch": "Batch", "sns": "Sns", "sqs": "Sqs", "events": "EventBridge", "eventbridge": "EventBridge", "stepfunctions": "Sfn",
    "sfn": "Sfn", "cloudwatch": "CloudWatch", "cloudwatchlogs": "CloudWatchLogs", "logs": "CloudWatchLogs", "scheduler": "Scheduler",
    "iam": "Iam", "sts": "Sts", "cloudtrail": "CloudTrail",
  ]

  /// The error's name in Retry and Catch: `Batch.ClientException`, of optimized integrations whose service failed itself
  /// `SQS.AmazonSQSException`.
  func errorName(_ fault: Fault) -> String {
    if name == "http" { return HTTPTask.errorName(fault) }
    let exception = fault.code.hasSuffix("Exception") ? fault.code : "\(fault.code)Exception"
    guard let older = Self.olderNames[name] else { return "\(newerName).\(exception)" }
    return "\(older.error).\(fault.status >= 500 ? "\(older.cause)Exception" : exception)"
  }

  private var newerName: String { Self.newerNames[service.lowercased()] ?? service.prefix(1).uppercased() + service.dropFirst() }

  func cause(_ fault: Fault, requestID: String) -> String {
    guard let older = Self.olderNames[name] else {
      let shown = name == "http" ? String(errorName(fault).split(separator: ".").first ?? "") : newerName
      return "\(fault.message) (Service: \(shown), Status Code: \(fault.status), Request ID: \(requestID))"
    }
    return "\(fault.message) (Service: \(older.cause); Status Code: \(fault.status); Error Code: \(fault.code); "
      + "Request ID: \(requestID); Proxy: null)"
  }

  /// The ARN of the work that the answer of a `.sync` call names.
  func submitted(_ answer: JSONValue) -> String? {
    switch (service, operation) {
    case ("batch", "SubmitJob"): answer["JobArn"]?.string
    case ("stepfunctions", "StartExecution"): answer["ExecutionArn"]?.string
    default: nil
    }
  }

  /// The call that describes work: its answer, members in Pascal case, as `EndedWork.output` wants it.
  static func describing(_ arn: ARN) -> (service: String, operation: String, input: JSONValue)? {
    switch arn.service {
    case "batch": ("batch", "DescribeJobs", ["Jobs": [.string(arn.resourceName)]])
    case "states": ("stepfunctions", "DescribeExecution", ["ExecutionArn": .string(arn.description)])
    default: nil
    }
  }

  /// The call that ends work nobody waits for any more.
  static func ending(_ arn: ARN) -> (service: String, operation: String, input: JSONValue)? {
    switch arn.service {
    case "batch":
      (
        "batch", "TerminateJob",
        ["JobId": .string(arn.resourceName), "Reason": "The execution that submitted the job does not wait for it any more."]
      )
    case "states":
      (
        "stepfunctions", "StopExecution",
        ["ExecutionArn": .string(arn.description), "Cause": "The execution that started it does not wait for it any more."]
      )
    default: nil
    }
  }
}
