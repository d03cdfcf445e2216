import ServiceKit
import Store

/// Exports a group's events to S3. Source: Amazon CloudWatch Logs API Reference, CreateExportTask.
///
/// Differs: S3 is not served, so that no bucket can be a destination; every call ends in a fault that says so.
struct CreateExportTask: Operation {
  struct Input: Shape {
    var taskName: String?
    var logGroupName: String
    var logStreamNamePrefix: String?
    var from: Int64
    var to: Int64
    var destination: String
    var destinationPrefix: String?
    static var limits: [Limit<Self>] {
      [
        .length("taskName", \.taskName, 1...512), .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .length("logStreamNamePrefix", \.logStreamNamePrefix, 1...512, LogName.stream), .range("from", \.from, 0...Int64.max),
        .range("to", \.to, 0...Int64.max), .length("destination", \.destination, 1...512),
      ]
    }
  }
  struct Output: Shape { var taskId: String }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    try call.group(input.logGroupName).allows("CreateExportTask", call.enforcesQuotas)
    if input.from > input.to { throw Fault.parameter("The specified time range is not valid: from is after to.") }
    throw Fault.notFound(
      "The given bucket does not exist: S3 is not served by Martlet. Read the events with FilterLogEvents or 'martlet logs tail \(input.logGroupName)' instead."
    )
  }
}
