import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// Tries one state by itself, with real work or a mock's. Source: AWS Step Functions API Reference, TestState.
///
/// Differs: the request that the level TRACE shows of an HTTP Task has not what the connection adds to it, so that no secret is shown.
struct TestState: AsyncOperation {
  struct Input: Shape {
    var definition: String
    var roleArn: String?
    var input: String?
    var inspectionLevel: String?
    var revealSecrets: Bool?
    var variables: String?
    var stateName: String?
    var mock: Mock?
    var context: String?
    var stateConfiguration: Configuration?
    static var limits: [Limit<Self>] {
      [
        .length("definition", \.definition, 1...1_048_576), .length("roleArn", \.roleArn, 1...256),
        .length("variables", \.variables, 0...262_144), .length("context", \.context, 0...262_144),
        .oneOf("inspectionLevel", \.inspectionLevel, ["INFO", "DEBUG", "TRACE"]), .length("stateName", \.stateName, 1...80),
      ]
    }
  }
  struct Mock: Shape {
    var result: String?
    var errorOutput: MockError?
    /// How mocks are compared with what the called operation answers: see `MockedAnswer`.
    var fieldValidationMode: String?
    static var limits: [Limit<Self>] {
      [.oneOf("fieldValidationMode", \.fieldValidationMode, ["STRICT", "PRESENT", "NONE"])]
    }
  }
  struct MockError: Shape {
    var error: String?
    var cause: String?
  }
  struct Configuration: Shape {
    var retrierRetryCount: Int?
    var errorCausedByState: String?
    var mapIterationFailureCount: Int?
    var mapItemReaderData: String?
  }
  static let access = Access.write
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: AsyncCall<StepFunctions>) async throws -> Document {
    let clock = call.room.context.clock
    let trial = try prepare(input, call)
    let outcome: StateTest.Outcome
    var exchange: HTTPExchange?
    switch try refused({ () throws(StateTest.Refusal) in try trial.begin(now: clock.now()) }) {
    case .ended(let ended): outcome = ended
    case .wait: outcome = try refused { () throws(StateTest.Refusal) in try trial.finish(.succeeded(.empty), now: clock.now()) }
    case .call(let request):
      let (answer, seen) = try await perform(request, input, trial.info, call)
      exchange = seen
      outcome = try refused { () throws(StateTest.Refusal) in try trial.finish(answer, now: clock.now()) }
    }
    let level = InspectionLevel(rawValue: input.inspectionLevel ?? "") ?? .info
    let answer = outcome.json(level, http: exchange, revealSecrets: input.revealSecrets ?? false)
    return Document(JSONCase.value(answer, call.context.memberCase))
  }

  private static func refused<Result>(_ body: () throws(StateTest.Refusal) -> Result) throws(Fault) -> Result {
    do throws(StateTest.Refusal) { return try body() } catch { throw .validation(error.description) }
  }

  private static func prepare(_ input: Input, _ call: AsyncCall<StepFunctions>) throws -> StateTest {
    let (definition, place) = try TestedDefinition(input.definition, input.stateName).compile(in: call.room)
    if let role = input.roleArn, ARN(role)?.service != "iam" { throw Fault.invalidARN(role) }
    if case .task = definition.flows[place.flow].states[place.state].kind, input.mock == nil, input.roleArn == nil {
      throw Fault.validation("A roleArn is required to test a Task state without a mock.")
    }
    let name = call.room.context.identifiers.uuid()
    let payload = try ExecutionInput.parse(input.input, strict: call.enforcesQuotas)
    let info = ExecutionInfo(
      id: Execution.arn("TestState", name, call.partition).description, name: name, roleArn: input.roleArn ?? "",
      startTime: call.now, input: payload, stateMachineID: StateMachine.arn("TestState", call.partition).description,
      stateMachineName: "TestState", region: call.partition.region)
    var trial = StateTest(definition, place: place, environment: call.room.environment, info: info)
    trial.variables = try object(input.variables, "variables").reduce(into: [:]) { $0[$1.key] = $1.value }
    if input.context != nil { trial.context = .object(try object(input.context, "context")) }
    trial.mock = try mock(input.mock)
    if case .result(let result)? = trial.mock {
      let mode = MockedAnswer.Mode(rawValue: input.mock?.fieldValidationMode ?? "") ?? .strict
      try MockedAnswer(definition.flows[place.flow].states[place.state], call.room.context.invoker)?.check(result, mode)
    }
    trial.configuration.retrierRetryCount = input.stateConfiguration?.retrierRetryCount
    trial.configuration.errorCausedByState = input.stateConfiguration?.errorCausedByState
    trial.configuration.mapIterationFailureCount = input.stateConfiguration?.mapIterationFailureCount
    trial.configuration.mapItemReaderData = input.stateConfiguration?.mapItemReaderData
    return trial
  }

  private static func object(_ text: String?, _ field: String) throws(Fault) -> JSONObject {
    guard let text else { return JSONObject() }
    guard case .object(let object)? = try? JSONValue(parsing: text) else {
      throw .validation("The value of '\(field)' must be the text of a JSON object.")
    }
    return object
  }

  private static func mock(_ mock: Mock?) throws(Fault) -> StateTest.Mock? {
    guard let mock else { return nil }
    switch (mock.result, mock.errorOutput) {
    case (let result?, nil):
      guard let value = try? JSONValue(parsing: result) else { throw .validation("The mocked result must be valid JSON.") }
      return .result(value)
    case (nil, let failure?):
      guard let error = failure.error else { throw .validation("A mocked errorOutput must have an error.") }
      return .failure(error: error, cause: failure.cause)
    default: throw .validation("A mock has either a result or an errorOutput.")
    }
  }

  /// Does the work of a task, as an execution would.
  private static func perform(
    _ request: TaskRequest, _ input: Input, _ info: ExecutionInfo, _ call: AsyncCall<StepFunctions>
  ) async throws -> (StateTest.Answer, HTTPExchange?) {
    guard case .integration(let resource) = request.resource else {
      throw Fault.validation("The resource \(request.resource.arn) is not served by Martlet: give a mock.")
    }
    guard Integration.isServed(resource, call.room.context.invoker) else {
      throw Fault.validation("The integration \(resource.arn) is not served by Martlet: give a mock.")
    }
    let integration: Integration
    do throws(Fault) {
      integration = try Integration(resource, request.input, TaskOrigin(execution: info.id, machine: info.stateMachineID))
    } catch { return (.failed(error: error.code, cause: error.message), nil) }
    let context = integration.context(
      call.room.taskContext(request.roleArn ?? info.roleArn, session: info.name, at: call.room.context.clock.now(), call.partition))
    do throws(Fault) {
      let answer = try await call.room.context.invoker.call(integration.service, integration.operation, integration.input, context)
      let exchange = integration.name == "http" ? HTTPTask.exchange(integration.input, answer) : nil
      if let failure = integration.failure(in: answer) { return (.failed(error: failure.error, cause: failure.cause), exchange) }
      return (.succeeded(Payload(integration.result(answer, requestID: context.requestID))), exchange)
    } catch {
      if error.isStopping { throw error }
      return (.failed(error: integration.errorName(error), cause: integration.cause(error, requestID: context.requestID)), nil)
    }
  }
}

/// A state, or a machine with the name of one of its states, made a machine that can be compiled.
struct TestedDefinition {
  private static let name = "TestedState"
  private let json: JSONValue
  private let state: String

  /// Throws InvalidDefinition or a validation fault.
  init(_ text: String, _ stateName: String?) throws(Fault) {
    let parsed: JSONValue
    do throws(JSONParseError) { parsed = try JSONValue(parsing: text) } catch {
      throw Fault("InvalidDefinition", "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: \(error.message) at null'")
    }
    guard case .object(let object) = parsed else { throw Fault("InvalidDefinition", "A definition must be a JSON object.") }
    if object["States"] != nil {
      guard let stateName else { throw .validation("stateName is required when the definition is a state machine's.") }
      (json, state) = (parsed, stateName)
      return
    }
    if stateName != nil { throw .validation("stateName can only be given when the definition is a state machine's.") }
    var states: JSONObject = [Self.name: parsed]
    // The states it goes on to stand for themselves.
    for target in Self.targets(object) where states[target] == nil { states[target] = ["Type": "Succeed"] }
    (json, state) = (["StartAt": .string(Self.name), "States": .object(states)], Self.name)
  }

  private static func targets(_ state: JSONObject) -> [String] {
    let lists = (state["Catch"]?.array ?? []) + (state["Choices"]?.array ?? [])
    return ([state["Next"], state["Default"]] + lists.map { $0["Next"] }).compactMap { $0?.string }
  }

  func compile(in room: StepFunctions) throws(Fault) -> (StateMachineDefinition, StateTest.Place) {
    let check = StateMachineDefinition.check(json)
    // Which states can be reached from others is not what is tested.
    let errors = check.errors.filter { ![.missingTransitionTarget, .missingEndState].contains($0.code) }
    if let message = check.invalidDefinition, !errors.isEmpty || check.definition == nil { throw Fault("InvalidDefinition", message) }
    guard let definition = check.definition else { throw Fault("InvalidDefinition", "Invalid State Machine Definition") }
    guard let place = definition.place(of: state) else {
      throw .validation("The definition has no state '\(state)'.")
    }
    return (definition, place)
  }
}
