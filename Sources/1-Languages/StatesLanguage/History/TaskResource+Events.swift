import JSON
import JSONPath

/// How the history tells of each kind of resource.
extension TaskResource {
  var scheduledEvent: HistoryEventType {
    switch self {
    case .lambda: .lambdaFunctionScheduled
    case .activity: .activityScheduled
    case .integration: .taskScheduled
    }
  }

  var startedEvent: HistoryEventType {
    switch self {
    case .lambda: .lambdaFunctionStarted
    case .activity: .activityStarted
    case .integration: .taskStarted
    }
  }

  var succeededEvent: HistoryEventType {
    switch self {
    case .lambda: .lambdaFunctionSucceeded
    case .activity: .activitySucceeded
    case .integration: .taskSucceeded
    }
  }

  var timedOutEvent: HistoryEventType {
    switch self {
    case .lambda: .lambdaFunctionTimedOut
    case .activity: .activityTimedOut
    case .integration: .taskTimedOut
    }
  }

  func failedEvent(_ stage: ExecutionEvent.TaskStage) -> HistoryEventType {
    switch (self, stage) {
    case (.lambda, .schedule): .lambdaFunctionScheduleFailed
    case (.lambda, .start): .lambdaFunctionStartFailed
    case (.lambda, _): .lambdaFunctionFailed
    case (.activity, .schedule): .activityScheduleFailed
    case (.activity, _): .activityFailed
    case (.integration, .start): .taskStartFailed
    case (.integration, .submit): .taskSubmitFailed
    case (.integration, _): .taskFailed
    }
  }

  func failure(_ error: String?, _ cause: String?) -> HistoryEvent.Details {
    if case .integration(let integration) = self { return .taskFailure(integration.eventTask, error: error, cause: cause) }
    return .failure(error: error, cause: cause)
  }

  func success(_ output: Payload) -> HistoryEvent.Details {
    if case .integration(let integration) = self { return .taskOutput(integration.eventTask, output) }
    return .output(output)
  }

  /// How the sentence about too large results names the resource.
  var limitName: String {
    switch self {
    case .lambda(let arn), .activity(let arn): arn
    case .integration(let integration): integration.service
    }
  }
}

extension TaskResource.Integration {
  var eventTask: HistoryEvent.Task { HistoryEvent.Task(type: service, resource: resource) }
}
