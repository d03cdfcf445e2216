import JSON
import ServiceKit
import StatesLanguage

/// Which events of executions are logged, and where.
struct LogSettings: Sendable {
  enum Level: String, Sendable {
    case all = "ALL"
    case error = "ERROR"
    case fatal = "FATAL"
  }
  var level: Level
  var includesData: Bool
  /// The log group's name.
  var group: String

  /// Nil when nothing is logged.
  init?(_ configuration: JSONValue?) {
    guard let configuration, let level = configuration["level"]?.string.flatMap(Level.init),
      let arn = configuration["destinations"]?[0]?["cloudWatchLogsLogGroup"]?["logGroupArn"]?.string.flatMap({ ARN($0) }),
      arn.resource.hasPrefix("log-group:")
    else { return nil }
    self.level = level
    includesData = configuration["includeExecutionData"]?.bool ?? false
    let name = arn.resourceName
    group = name.hasSuffix(":*") ? String(name.dropLast(2)) : name
  }

  /// Source: Step Functions Developer Guide, "Log levels for Step Functions execution events".
  func takes(_ type: HistoryEventType) -> Bool {
    switch level {
    case .all: return true
    case .fatal: return Self.fatal.contains(type)
    case .error: return Self.fatal.contains(type) || Self.errors.contains(type)
    }
  }

  private static let fatal: Set<HistoryEventType> = [.executionAborted, .executionFailed, .executionTimedOut]
  private static let errors: Set<HistoryEventType> = [
    .activityFailed, .activityScheduleFailed, .activityTimedOut, .evaluationFailed, .failStateEntered, .lambdaFunctionFailed,
    .lambdaFunctionScheduleFailed, .lambdaFunctionStartFailed, .lambdaFunctionTimedOut, .mapIterationAborted, .mapIterationFailed,
    .mapRunAborted, .mapRunFailed, .mapStateAborted, .mapStateFailed, .parallelStateAborted, .parallelStateFailed, .taskFailed,
    .taskStartFailed, .taskStateAborted, .taskSubmitFailed, .taskTimedOut, .waitStateAborted,
  ]
}
