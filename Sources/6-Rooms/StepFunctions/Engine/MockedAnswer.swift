import JSON
import ServiceKit
import StatesLanguage
import Wire

/// Compares a mocked result with the model of the operation that the state calls.
///
/// Source: AWS Step Functions API Reference, MockInput. Differs: members that the model has not are passed over; members required inside
/// of structures, and the results of jobs that a `.sync` task waits for, are not looked at; AWS's sentences are not documented.
struct MockedAnswer {
  enum Mode: String {
    /// All required members are there, and what is there has the type it must have.
    case strict = "STRICT"
    /// What is there has the type it must have.
    case present = "PRESENT"
    case none = "NONE"
  }
  private let handler: OperationHandler
  private let place: String

  /// Nil for a state whose result has no model here.
  init?(_ state: State, _ invoker: Invoker) {
    guard case .task(let fields) = state.kind, case .integration(let resource) = fields.resource,
      let called = Integration.answering(resource), let handler = try? invoker.handler(called.service, called.operation)
    else { return nil }
    self.handler = handler
    place = resource.arn
  }

  /// Throws a validation fault.
  func check(_ result: JSONValue, _ mode: Mode) throws(Fault) {
    guard mode != .none else { return }
    guard case .object(let object) = result else { throw refused("it must be a JSON object") }
    if mode == .strict {
      let missing = Self.required(handler).filter { object[$0].map(\.isNull) ?? true }
      guard missing.isEmpty else { throw refused("it must have [\(missing.joined(separator: ", "))]") }
    }
    if let mismatch = handler.mismatch(result, .pascal) { throw refused(mismatch.description) }
  }

  private func refused(_ reason: String) -> Fault {
    .validation("The mocked result does not conform to the API model of '\(place)': \(reason)")
  }

  private static func required(_ handler: OperationHandler) -> [String] {
    table["\(handler.service.id) \(handler.name)"] ?? []
  }

  /// Members that answers always have, by service and operation. Source: the services' API models. Other services require none.
  private static let table: [String: [String]] = {
    let lines = """
      stepfunctions CreateActivity ActivityArn CreationDate
      stepfunctions CreateStateMachine StateMachineArn CreationDate
      stepfunctions CreateStateMachineAlias StateMachineAliasArn CreationDate
      stepfunctions DescribeActivity ActivityArn Name CreationDate
      stepfunctions DescribeExecution ExecutionArn StateMachineArn Status StartDate
      stepfunctions DescribeMapRun MapRunArn ExecutionArn Status StartDate MaxConcurrency ToleratedFailurePercentage ToleratedFailureCount \
      ItemCounts ExecutionCounts
      stepfunctions DescribeStateMachine StateMachineArn Name Definition RoleArn Type CreationDate
      stepfunctions DescribeStateMachineForExecution StateMachineArn Name Definition RoleArn UpdateDate
      stepfunctions GetExecutionHistory Events
      stepfunctions ListActivities Activities
      stepfunctions ListExecutions Executions
      stepfunctions ListMapRuns MapRuns
      stepfunctions ListStateMachineAliases StateMachineAliases
      stepfunctions ListStateMachineVersions StateMachineVersions
      stepfunctions ListStateMachines StateMachines
      stepfunctions PublishStateMachineVersion CreationDate StateMachineVersionArn
      stepfunctions RedriveExecution RedriveDate
      stepfunctions StartExecution ExecutionArn StartDate
      stepfunctions StartSyncExecution ExecutionArn StartDate StopDate Status
      stepfunctions StopExecution StopDate
      stepfunctions UpdateStateMachine UpdateDate
      stepfunctions UpdateStateMachineAlias UpdateDate
      stepfunctions ValidateStateMachineDefinition Result Diagnostics
      scheduler CreateSchedule ScheduleArn
      scheduler CreateScheduleGroup ScheduleGroupArn
      scheduler ListScheduleGroups ScheduleGroups
      scheduler ListSchedules Schedules
      scheduler UpdateSchedule ScheduleArn
      batch CreateJobQueue JobQueueName JobQueueArn
      batch ListJobs JobSummaryList
      batch RegisterJobDefinition JobDefinitionName JobDefinitionArn Revision
      batch SubmitJob JobName JobId
      sqs DeleteMessageBatch Successful Failed
      sqs SendMessageBatch Successful Failed
      iam CreateAccessKey AccessKey
      iam CreateRole Role
      iam GetRole Role
      iam GetUser User
      iam ListAccessKeys AccessKeyMetadata
      iam ListRoles Roles
      iam ListUsers Users
      cloudwatch DescribeAlarmContributors AlarmContributors
      """
    return lines.split(separator: "\n").reduce(into: [:]) { table, line in
      let words = line.split(separator: " ").map(String.init)
      table[words.prefix(2).joined(separator: " ")] = Array(words.dropFirst(2))
    }
  }()
}

extension Integration {
  /// The operation whose answer is a task's result; nil where it is none's.
  static func answering(_ integration: TaskResource.Integration) -> (service: String, operation: String)? {
    switch integration.pattern {
    case .waitForTaskToken: return nil
    case .sync, .sync2: return integration.service == "states" ? ("stepfunctions", "DescribeExecution") : nil
    case .requestResponse:
      if integration.service == "http" { return nil }
      return called(integration)
    }
  }
}
