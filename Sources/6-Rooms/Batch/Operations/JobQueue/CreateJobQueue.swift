import ServiceKit
import Store
import Wire

/// Creates a job queue over compute environments. Source: AWS Batch API Reference, CreateJobQueue.
struct CreateJobQueue: Operation {
  struct Input: Shape {
    var jobQueueName: String
    var state: String?
    var schedulingPolicyArn: String?
    var priority: Int
    var computeEnvironmentOrder: [JobQueue.EnvironmentOrder]?
    var tags: [String: String]?
    static var limits: [Limit<Self>] { [.oneOf("state", \.state, ["ENABLED", "DISABLED"])] }
  }
  struct Output: Shape {
    var jobQueueName: String
    var jobQueueArn: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/createjobqueue")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("batch", "job-queue/\(input.jobQueueName)") }

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    try BatchName.check(input.jobQueueName, "jobQueueName")
    if input.schedulingPolicyArn != nil { throw Fault.client("Scheduling policies are not served by Martlet yet.") }
    guard try call.queue(input.jobQueueName) == nil else { throw Fault.client("Object already exists") }
    let queue = JobQueue(
      name: input.jobQueueName, state: input.state ?? "ENABLED", priority: input.priority,
      computeEnvironmentOrder: try order(input.computeEnvironmentOrder, call), tags: input.tags ?? [:])
    try call.put(queue, when: .absent)
    call.room.wakeAfterCommit(call.transaction)
    return Output(jobQueueName: queue.name, jobQueueArn: queue.arn(call.partition))
  }

  /// The environments with their ARNs, in order. Throws ClientException for one that does not exist.
  static func order(_ given: [JobQueue.EnvironmentOrder]?, _ call: Call<Batch>) throws -> [JobQueue.EnvironmentOrder] {
    guard let given, !given.isEmpty else {
      throw Fault.client("Error executing request, Exception : computeEnvironmentOrder must name at least one compute environment.")
    }
    guard given.count <= 3 else {
      throw Fault.client("Error executing request, Exception : computeEnvironmentOrder takes at most 3 compute environments.")
    }
    return try given.sorted { $0.order < $1.order }.map { entry in
      guard let environment = try call.environment(entry.computeEnvironment) else {
        throw Fault.missing("Compute environment", entry.computeEnvironment)
      }
      return JobQueue.EnvironmentOrder(order: entry.order, computeEnvironment: environment.arn(call.partition))
    }
  }
}
