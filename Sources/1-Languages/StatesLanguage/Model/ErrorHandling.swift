import JSON
import JSONPath

/// One entry of `Retry`.
public struct Retrier: Sendable {
  public let errors: [String]
  /// Wait before the first retry, in seconds. Default 1.
  public let intervalSeconds: Int64
  /// Retries, not counting the first attempt. Default 3; 0 never retries.
  public let maxAttempts: Int64
  /// Factor from one wait to the next, at least 1. Default 2.
  public let backoffRate: Double
  /// Longest wait.
  public let maxDelaySeconds: Int64?
  /// `FULL`: a random part of the wait.
  public let fullJitter: Bool
}

/// One entry of `Catch`.
public struct Catcher: Sendable {
  public let errors: [String]
  /// Position of the next state in the same flow.
  public let next: Int
  public let resultPath: State.ResultPathField
  public let assign: State.Assignment?
  /// JSONata's `Output`.
  public let output: JSONataTemplate?
  /// Its position in `Catch`.
  public let index: Int
}

/// Names of errors that AWS gives a meaning of its own.
///
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
public enum ErrorName {
  public static let all = "States.ALL"
  public static let runtime = "States.Runtime"
  public static let dataLimitExceeded = "States.DataLimitExceeded"
  public static let taskFailed = "States.TaskFailed"
  public static let timeout = "States.Timeout"
  public static let heartbeatTimeout = "States.HeartbeatTimeout"
  public static let resultPathMatchFailure = "States.ResultPathMatchFailure"
  public static let referencePathConflict = "States.ReferencePathConflict"
  public static let queryEvaluation = "States.QueryEvaluationError"
  public static let toleranceExceeded = "States.ExceedToleratedFailureThreshold"
}
