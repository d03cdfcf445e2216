import ServiceKit
import Store
import Wire

/// Ends a job, whatever its state. Source: AWS Batch API Reference, TerminateJob.
struct TerminateJob: Operation {
  struct Input: Shape {
    var jobId: String
    var reason: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/terminatejob")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("batch", "job/\(input.jobId)") }

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Empty {
    guard let job = try call.job(input.jobId) else { throw Fault.missing("Job", input.jobId) }
    if job.status.hasEnded { return Empty() }
    try call.end(job, reason: input.reason, cancelled: false)
    return Empty()
  }
}
