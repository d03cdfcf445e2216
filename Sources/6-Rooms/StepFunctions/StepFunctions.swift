import Crypto
import JSON
import JSONPath
import Logging
import ServiceKit
import StatesLanguage
import Store
import Synchronization
import Time
import Wire

/// Workflows: state machines and their executions. Source: AWS Step Functions API Reference.
package final class StepFunctions: Room {
  package static let identity = ServiceIdentity(
    id: "stepfunctions", signingName: "states", protocols: [.awsJson10], targetPrefix: "AWSStepFunctions", apiVersion: "2016-11-23",
    xmlNamespace: "http://states.amazonaws.com/doc/2016-11-23/", sdkNames: ["sfn"])
  package static let operations: [any OperationDescription<StepFunctions>.Type] = [
    CreateStateMachine.self, UpdateStateMachine.self, DeleteStateMachine.self, DescribeStateMachine.self, ListStateMachines.self,
    ValidateStateMachineDefinition.self,
    StartExecution.self, StopExecution.self, DescribeExecution.self, ListExecutions.self, GetExecutionHistory.self,
    DescribeStateMachineForExecution.self,
    SendTaskSuccess.self, SendTaskFailure.self, SendTaskHeartbeat.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self,
  ]
  package static let workers: [any Worker<StepFunctions>.Type] = [
    CallService.self, FireTimer.self, DeliverToExecution.self, CancelWork.self, ForgetExecution.self,
  ]

  package let context: RoomContext
  /// Compiled definitions by revision.
  private let definitions = Mutex<[String: StateMachineDefinition]>([:])
  private static let definitionsKept = 1_000

  package init(_ context: RoomContext) { self.context = context }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    guard delivery.target.resourceType == "stateMachine" else { return nil }
    // Named by the delivery: one that is tried again after a crash finds its execution instead of starting a second.
    return (
      "StartExecution",
      ["stateMachineArn": .string(delivery.target.description), "input": .string(delivery.text), "name": .string(delivery.id)]
    )
  }

  /// The compiled definition of a revision. Throws Fault when it is not there or no longer accepted.
  func definition(_ revision: String, _ text: () throws -> String) throws -> StateMachineDefinition {
    if let known = definitions.withLock({ $0[revision] }) { return known }
    let definition = try compile(text())
    definitions.withLock { definitions in
      if definitions.count >= Self.definitionsKept { definitions = [:] }
      definitions[revision] = definition
    }
    return definition
  }

  /// Compiles a definition. Throws InvalidDefinition, also for what is valid on AWS and not served here.
  func compile(_ text: String) throws(Fault) -> StateMachineDefinition {
    let check = StateMachineDefinition.check(text) { Integration.isServed($0, self.context.invoker) }
    if let message = check.invalidDefinition { throw Fault("InvalidDefinition", message) }
    guard let definition = check.definition else { throw Fault("InvalidDefinition", "Invalid State Machine Definition") }
    if let unserved = Self.unserved(definition) { throw Fault("InvalidDefinition", "Invalid State Machine Definition: '\(unserved)'") }
    return definition
  }

  private static func unserved(_ definition: StateMachineDefinition) -> String? {
    for state in definition.flows.flatMap(\.states) {
      switch state.kind {
      case .task(let fields):
        switch fields.resource {
        case .lambda: return "Lambda functions are not served by Martlet yet; the state '\(state.name)' calls one"
        case .activity: return "Activities are not served by Martlet yet; the state '\(state.name)' uses one"
        case .integration: continue
        }
      case .map(let fields) where fields.mode != .inline:
        return "Distributed Map states are not served by Martlet yet; '\(state.name)' is one"
      default: continue
      }
    }
    return nil
  }

  func interpreter(_ definition: StateMachineDefinition) -> Interpreter {
    let tokens = context.tokens
    let environment = InterpreterEnvironment(
      intrinsics: intrinsics, taskToken: { TaskToken(execution: $0, task: $1).text(tokens) },
      limits: context.limits == .aws ? .aws : .open)
    return Interpreter(definition, environment: environment)
  }

  private var intrinsics: IntrinsicEnvironment {
    let identifiers = context.identifiers
    return IntrinsicEnvironment(
      random: { range in
        let width = UInt64(bitPattern: range.upperBound &- range.lowerBound)
        return range.lowerBound &+ Int64(bitPattern: identifiers.random(below: width))
      }, uuid: { identifiers.uuid() }, digest: { Digests.digest($0, $1) })
  }
}

/// The digests of `States.Hash`.
enum Digests {
  static func digest(_ bytes: [UInt8], _ algorithm: HashAlgorithm) -> [UInt8] {
    switch algorithm {
    case .md5: Array(Insecure.MD5.hash(data: bytes))
    case .sha1: Array(Insecure.SHA1.hash(data: bytes))
    case .sha256: Array(SHA256.hash(data: bytes))
    case .sha384: Array(SHA384.hash(data: bytes))
    case .sha512: Array(SHA512.hash(data: bytes))
    }
  }
}
