import ServiceKit
import Store
import Wire

/// Describes job queues, all or those named. Source: AWS Batch API Reference, DescribeJobQueues.
struct DescribeJobQueues: Operation {
  struct Input: Shape {
    var jobQueues: [String]?
    var maxResults: Int?
    var nextToken: String?
  }
  struct Output: Shape {
    var jobQueues: [Detail]
    var nextToken: String?
  }
  struct Detail: Shape {
    var jobQueueName: String
    var jobQueueArn: String
    var state: String
    var status: String
    var statusReason: String
    var priority: Int
    var computeEnvironmentOrder: [JobQueue.EnvironmentOrder]
    var jobQueueType: String
    var tags: [String: String]
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/describejobqueues")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    if let names = input.jobQueues, !names.isEmpty {
      return Output(jobQueues: try names.compactMap { try call.queue($0) }.map { detail($0, call) })
    }
    let page = try call.transaction.page(
      JobQueue.self, in: call.partition, after: call.cursor(input.nextToken), limit: min(max(input.maxResults ?? 100, 1), 100))
    return Output(jobQueues: page.items.map { detail($0, call) }, nextToken: call.token(page.next))
  }

  private static func detail(_ queue: JobQueue, _ call: Call<Batch>) -> Detail {
    Detail(
      jobQueueName: queue.name, jobQueueArn: queue.arn(call.partition), state: queue.state, status: "VALID",
      statusReason: "JobQueue Healthy",
      priority: queue.priority, computeEnvironmentOrder: queue.computeEnvironmentOrder, jobQueueType: "ECS", tags: queue.tags)
  }
}
