import JSON
import ServiceKit
import Store
import Wire

/// Describes up to a hundred jobs; ids of jobs that are not there are passed over. Source: AWS Batch API Reference, DescribeJobs.
struct DescribeJobs: Operation {
  struct Input: Shape { var jobs: [String] }
  struct Output: Shape { var jobs: [JSONValue] }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/describejobs")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    guard input.jobs.count <= 100 else { throw Fault.client("Error executing request, Exception : jobs takes at most 100 ids.") }
    return Output(
      jobs: try input.jobs.compactMap { try call.job($0) }.map { job in
        var detail = job.detail(call.partition)
        // Why it waits, where AWS says nothing.
        if job.status == .runnable, detail["statusReason"] == nil, let reason = call.room.waitingReason(job) {
          detail["statusReason"] = .string(reason)
        }
        return JSONCase.value(.object(detail), call.context.memberCase)
      })
  }
}

extension Call where Home == Batch {
  /// The job of an id or ARN, or nil.
  func job(_ idOrARN: String) throws -> Job? { try get(Job.self, ARN(idOrARN)?.resourceName ?? idOrARN) }
}
