/// The types of history events. Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
public enum HistoryEventType: String, Sendable, CaseIterable {
  case activityFailed = "ActivityFailed"
  case activityScheduled = "ActivityScheduled"
  case activityScheduleFailed = "ActivityScheduleFailed"
  case activityStarted = "ActivityStarted"
  case activitySucceeded = "ActivitySucceeded"
  case activityTimedOut = "ActivityTimedOut"
  case choiceStateEntered = "ChoiceStateEntered"
  case choiceStateExited = "ChoiceStateExited"
  case evaluationFailed = "EvaluationFailed"
  case executionAborted = "ExecutionAborted"
  case executionFailed = "ExecutionFailed"
  case executionRedriven = "ExecutionRedriven"
  case executionStarted = "ExecutionStarted"
  case executionSucceeded = "ExecutionSucceeded"
  case executionTimedOut = "ExecutionTimedOut"
  case failStateEntered = "FailStateEntered"
  case lambdaFunctionFailed = "LambdaFunctionFailed"
  case lambdaFunctionScheduled = "LambdaFunctionScheduled"
  case lambdaFunctionScheduleFailed = "LambdaFunctionScheduleFailed"
  case lambdaFunctionStarted = "LambdaFunctionStarted"
  case lambdaFunctionStartFailed = "LambdaFunctionStartFailed"
  case lambdaFunctionSucceeded = "LambdaFunctionSucceeded"
  case lambdaFunctionTimedOut = "LambdaFunctionTimedOut"
  case mapIterationAborted = "MapIterationAborted"
  case mapIterationFailed = "MapIterationFailed"
  case mapIterationStarted = "MapIterationStarted"
  case mapIterationSucceeded = "MapIterationSucceeded"
  case mapRunAborted = "MapRunAborted"
  case mapRunFailed = "MapRunFailed"
  case mapRunRedriven = "MapRunRedriven"
  case mapRunStarted = "MapRunStarted"
  case mapRunSucceeded = "MapRunSucceeded"
  case mapStateAborted = "MapStateAborted"
  case mapStateEntered = "MapStateEntered"
  case mapStateExited = "MapStateExited"
  case mapStateFailed = "MapStateFailed"
  case mapStateStarted = "MapStateStarted"
  case mapStateSucceeded = "MapStateSucceeded"
  case parallelStateAborted = "ParallelStateAborted"
  case parallelStateEntered = "ParallelStateEntered"
  case parallelStateExited = "ParallelStateExited"
  case parallelStateFailed = "ParallelStateFailed"
  case parallelStateStarted = "ParallelStateStarted"
  case parallelStateSucceeded = "ParallelStateSucceeded"
  case passStateEntered = "PassStateEntered"
  case passStateExited = "PassStateExited"
  case succeedStateEntered = "SucceedStateEntered"
  case succeedStateExited = "SucceedStateExited"
  case taskFailed = "TaskFailed"
  case taskScheduled = "TaskScheduled"
  case taskStarted = "TaskStarted"
  case taskStartFailed = "TaskStartFailed"
  case taskStateAborted = "TaskStateAborted"
  case taskStateEntered = "TaskStateEntered"
  case taskStateExited = "TaskStateExited"
  case taskSubmitFailed = "TaskSubmitFailed"
  case taskSubmitted = "TaskSubmitted"
  case taskSucceeded = "TaskSucceeded"
  case taskTimedOut = "TaskTimedOut"
  case waitStateAborted = "WaitStateAborted"
  case waitStateEntered = "WaitStateEntered"
  case waitStateExited = "WaitStateExited"
}

extension State.Kind {
  var enteredEvent: HistoryEventType {
    switch self {
    case .pass: .passStateEntered
    case .task: .taskStateEntered
    case .choice: .choiceStateEntered
    case .wait: .waitStateEntered
    case .succeed: .succeedStateEntered
    case .fail: .failStateEntered
    case .parallel: .parallelStateEntered
    case .map: .mapStateEntered
    }
  }

  /// Fail states have no event of leaving.
  var exitedEvent: HistoryEventType? {
    switch self {
    case .pass: .passStateExited
    case .task: .taskStateExited
    case .choice: .choiceStateExited
    case .wait: .waitStateExited
    case .succeed: .succeedStateExited
    case .fail: nil
    case .parallel: .parallelStateExited
    case .map: .mapStateExited
    }
  }

  /// Recorded when the state is cut off because a sibling failed; the other types never wait.
  var abortedEvent: HistoryEventType? {
    switch self {
    case .task: .taskStateAborted
    case .wait: .waitStateAborted
    case .parallel: .parallelStateAborted
    case .map: .mapStateAborted
    case .pass, .choice, .succeed, .fail: nil
    }
  }
}
