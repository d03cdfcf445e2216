import ServiceKit
import StatesLanguage
import Time

/// Describes a map run. Source: AWS Step Functions API Reference, DescribeMapRun.
struct DescribeMapRun: Operation {
  struct Input: Shape {
    var mapRunArn: String
    static var limits: [Limit<Self>] { [.longARN("mapRunArn", \.mapRunArn)] }
  }
  struct Output: Shape {
    var mapRunArn: String
    var executionArn: String
    var status: String
    var startDate: Timestamp
    var stopDate: Timestamp?
    var maxConcurrency: Int
    var toleratedFailurePercentage: Double
    var toleratedFailureCount: Int
    var itemCounts: Counts
    var executionCounts: Counts
    var redriveCount: Int
    var redriveDate: Timestamp?
  }
  struct Counts: Shape {
    var pending: Int
    var running: Int
    var succeeded: Int
    var failed: Int
    var timedOut: Int
    var aborted: Int
    var total: Int
    var resultsWritten: Int
    var failuresNotRedrivable: Int
    var pendingRedrive: Int

    init(_ counts: MapRunCounts) {
      pending = counts.pending
      running = counts.running
      succeeded = counts.succeeded
      failed = counts.failed
      timedOut = counts.timedOut
      aborted = counts.aborted
      total = counts.total
      resultsWritten = counts.resultsWritten
      failuresNotRedrivable = counts.failuresNotRedrivable
      pendingRedrive = counts.pendingRedrive
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.mapRunArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let run = try call.mapRun(input.mapRunArn)
    let progress = run.progress
    let isBacklogged = run.isWaiting == true && run.redriveCount == nil
    return Output(
      mapRunArn: run.arn(call.partition), executionArn: try call.parentArn(of: run), status: progress.status.rawValue,
      startDate: run.started, stopDate: run.stopped, maxConcurrency: progress.configuredConcurrency ?? progress.maxConcurrency,
      toleratedFailurePercentage: progress.toleratedFailurePercentage, toleratedFailureCount: progress.toleratedFailureCount,
      itemCounts: Counts(isBacklogged ? MapRunCounts() : progress.items),
      executionCounts: Counts(isBacklogged ? MapRunCounts() : progress.executions),
      redriveCount: run.redriveCount ?? 0, redriveDate: run.redriven)
  }
}

extension Call where Home == StepFunctions {
  /// The ARN of the execution that waits for a map run.
  func parentArn(of run: MapRun) throws -> String {
    try get(Execution.self, run.parent)?.arn(partition).description ?? ""
  }
}
