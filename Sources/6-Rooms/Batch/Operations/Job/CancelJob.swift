import ServiceKit
import Store
import Wire

/// Cancels a job that has not started; one that has is left alone, as on AWS. Source: AWS Batch API Reference, CancelJob.
struct CancelJob: Operation {
  struct Input: Shape {
    var jobId: String
    var reason: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/canceljob")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("batch", "job/\(input.jobId)") }

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Empty {
    guard let job = try call.job(input.jobId) else { throw Fault.missing("Job", input.jobId) }
    if job.status.hasEnded || job.status.isLive { return Empty() }
    try call.end(job, reason: input.reason, cancelled: true)
    return Empty()
  }
}
