import ServiceKit
import Store
import Wire

/// Deletes a disabled job queue and ends its jobs. Source: AWS Batch API Reference, DeleteJobQueue.
struct DeleteJobQueue: Operation {
  struct Input: Shape { var jobQueue: String }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/deletejobqueue")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Empty {
    guard let queue = try call.queue(input.jobQueue) else { return Empty() }
    guard queue.state == "DISABLED" else { throw Fault.client("Cannot delete, state is not DISABLED") }
    for status in JobStatus.allCases where !status.hasEnded {
      let prefix = "\(queue.name)/\(status.rawValue)/"
      var after: CatalogCursor?
      repeat {
        let query = CatalogQuery(.index("queue", from: prefix, to: prefix + "\u{7F}"), after: after, limit: 200)
        let page = try call.transaction.page(Job.self, in: call.partition, query)
        for job in page.items { try call.end(job, reason: "The job queue was deleted.", cancelled: false) }
        after = page.next
      } while after != nil
    }
    try call.delete(JobQueue.self, queue.name)
    return Empty()
  }
}
