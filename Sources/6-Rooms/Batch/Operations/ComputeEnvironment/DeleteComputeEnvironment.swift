import ServiceKit
import Store
import Wire

/// Deletes a disabled compute environment that no queue uses. Source: AWS Batch API Reference, DeleteComputeEnvironment.
struct DeleteComputeEnvironment: Operation {
  struct Input: Shape { var computeEnvironment: String }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/deletecomputeenvironment")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Empty {
    guard let environment = try call.environment(input.computeEnvironment) else { return Empty() }
    guard environment.state == "DISABLED" else { throw Fault.client("Cannot delete, state is not DISABLED") }
    try call.transaction.forEach(JobQueue.self, in: call.partition) { queue in
      if queue.computeEnvironmentOrder.contains(where: {
        ARN($0.computeEnvironment)?.resourceName ?? $0.computeEnvironment == environment.name
      }) {
        throw Fault.client("Cannot delete, found existing JobQueue relationship")
      }
      return true
    }
    try call.delete(ComputeEnvironment.self, environment.name)
    return Empty()
  }
}
