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
    PublishStateMachineVersion.self, ListStateMachineVersions.self, DeleteStateMachineVersion.self,
    CreateStateMachineAlias.self, UpdateStateMachineAlias.self, DeleteStateMachineAlias.self, DescribeStateMachineAlias.self,
    ListStateMachineAliases.self,
    StartExecution.self, StartSyncExecution.self, StopExecution.self, RedriveExecution.self, DescribeExecution.self, ListExecutions.self,
    GetExecutionHistory.self, DescribeStateMachineForExecution.self,
    CreateActivity.self, DeleteActivity.self, DescribeActivity.self, ListActivities.self, GetActivityTask.self,
    SendTaskSuccess.self, SendTaskFailure.self, SendTaskHeartbeat.self,
    DescribeMapRun.self, ListMapRuns.self, UpdateMapRun.self, TestState.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self,
  ]
  package static let extensions: [any OperationDescription<StepFunctions>.Type] = [
    ListFailingPaths.self, RedriveExecutions.self, DiffExecutions.self,
  ]
  package static let workers: [any Worker<StepFunctions>.Type] = [
    CallService.self, FireTimer.self, DeliverToExecution.self, CancelWork.self, ForgetExecution.self, RunExpress.self,
    DeleteMachine.self, FeedMapRun.self, RedriveOne.self,
  ]

  package let context: RoomContext
  let programs = RevisionCache<Program>()
  let targets = RevisionCache<StartTarget>()
  /// The variables that states read, by revision and flow.
  let references = RevisionCache<[String: [String]]>()
  let activityPollers: Pollers
  let executionLogs: LogWriter
  /// Standard executions that run.
  let openExecutions = OpenCounts()
  /// Map runs that are under way; counted where a quota bounds them.
  let openMapRuns = OpenCounts()
  let drivers = MapRunDrivers()

  /// The quotas that hold, if any do.
  let quotas: StatesQuotas?

  /// - Parameter quotas: by default AWS's in the profile `aws`, none in `open`.
  package init(_ context: RoomContext, quotas: StatesQuotas? = nil) {
    self.context = context
    self.quotas = quotas ?? (context.limits == .aws ? StatesQuotas() : nil)
    activityPollers = Pollers(clock: context.clock)
    executionLogs = LogWriter(context)
  }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    guard delivery.target.resourceType == "stateMachine" else { return nil }
    // Named by the delivery: one that is tried again after a crash finds its execution instead of starting a second.
    var input: JSONObject = [
      "stateMachineArn": .string(delivery.target.description), "input": .string(delivery.text), "name": .string(delivery.id),
    ]
    if let trace = delivery.trace, trace.utf8.count <= 256 { input["traceHeader"] = .string(trace) }
    return ("StartExecution", .object(input))
  }

  package func start() async throws {
    guard quotas != nil else { return try await admitWaiting() }
    try await openExecutions.load(Execution.self, in: context.store) { $0.isRunning }
    try await openMapRuns.load(MapRun.self, in: context.store) { $0.progress.status == .running && $0.isWaiting != true }
  }

  package func stop() async {
    activityPollers.arrivals.stop()
    await executionLogs.flush()
  }

  /// Compiles a definition. Throws InvalidDefinition, also for what is valid on AWS and not served here.
  func compile(_ text: String, _ type: WorkflowType) throws(Fault) -> StateMachineDefinition {
    let check = StateMachineDefinition.check(text, type: type) { Integration.isServed($0, self.context.invoker) }
    if let message = check.invalidDefinition { throw Fault("InvalidDefinition", message) }
    guard let definition = check.definition else { throw Fault("InvalidDefinition", "Invalid State Machine Definition") }
    if let unserved = Self.unserved(definition) { throw Fault("InvalidDefinition", "Invalid State Machine Definition: '\(unserved)'") }
    return definition
  }

  private static func unserved(_ definition: StateMachineDefinition) -> String? {
    for state in definition.flows.flatMap(\.states) {
      switch state.kind {
      case .task(let fields):
        guard case .lambda = fields.resource else { continue }
        return "Lambda functions are not served by Martlet yet; the state '\(state.name)' calls one"
      case .map(let fields) where fields.mode != .inline:
        guard fields.itemReader?.resource != nil || fields.resultWriter?.resource != nil else { continue }
        return "ItemReader and ResultWriter need Amazon S3, which Martlet does not serve yet; the state '\(state.name)' has one"
      default: continue
      }
    }
    return nil
  }

  /// What runs a revision. Throws Fault when it is not there or its definition no longer accepted.
  ///
  /// - Parameter flow: another than the machine's own for the children of a Distributed Map state.
  func program(_ id: String, flow: Int = 0, _ load: () throws -> MachineRevision) throws -> Program {
    try programs.value(flow == 0 ? id : "\(id)#\(flow)") {
      let revision = try load()
      let type = WorkflowType(rawValue: revision.type ?? "") ?? .standard
      var environment = environment
      // Express executions have a bound of their own.
      if type == .standard, context.limits == .aws { environment.limits.executionSeconds = StatesQuotas.longestExecution }
      return Program(
        interpreter: Interpreter(try compile(revision.definition, type), flow: flow, environment: environment),
        log: LogSettings(revision.loggingConfiguration))
    }
  }

  var environment: InterpreterEnvironment {
    let tokens = context.tokens
    return InterpreterEnvironment(
      intrinsics: intrinsics, taskToken: { TaskToken(execution: $0, task: $1).text(tokens) },
      limits: context.limits == .aws ? .aws : .open)
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

/// A revision made ready to run.
struct Program: Sendable {
  var interpreter: Interpreter
  /// Where its events are logged; nil when they are not.
  var log: LogSettings?
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
