import ServiceKit
import Store
import Wire

/// Changes a job queue. Source: AWS Batch API Reference, UpdateJobQueue.
struct UpdateJobQueue: Operation {
  struct Input: Shape {
    var jobQueue: String
    var state: String?
    var schedulingPolicyArn: String?
    var priority: Int?
    var computeEnvironmentOrder: [JobQueue.EnvironmentOrder]?
    static var limits: [Limit<Self>] { [.oneOf("state", \.state, ["ENABLED", "DISABLED"])] }
  }
  struct Output: Shape {
    var jobQueueName: String
    var jobQueueArn: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/updatejobqueue")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    if input.schedulingPolicyArn != nil { throw Fault.client("Scheduling policies are not served by Martlet yet.") }
    guard var queue = try call.queue(input.jobQueue) else { throw Fault.missing("Job queue", input.jobQueue) }
    queue.state = input.state ?? queue.state
    queue.priority = input.priority ?? queue.priority
    if let order = input.computeEnvironmentOrder { queue.computeEnvironmentOrder = try CreateJobQueue.order(order, call) }
    try call.put(queue)
    call.room.wakeAfterCommit(call.transaction)
    return Output(jobQueueName: queue.name, jobQueueArn: queue.arn(call.partition))
  }
}
