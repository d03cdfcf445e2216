import JSON
import ServiceKit
import Store
import Time
import Wire

/// Lists a queue's jobs of one status, newest first. Source: AWS Batch API Reference, ListJobs.
struct ListJobs: Operation {
  struct Input: Shape {
    var jobQueue: String?
    var arrayJobId: String?
    var multiNodeJobId: String?
    var jobStatus: String?
    var maxResults: Int?
    var nextToken: String?
    var filters: [Filter]?
    static var limits: [Limit<Self>] { [.oneOf("jobStatus", \.jobStatus, JobStatus.allCases.map(\.rawValue))] }
  }
  struct Filter: Shape {
    var name: String?
    var values: [String]?
  }
  struct Output: Shape {
    var jobSummaryList: [Summary]
    var nextToken: String?
  }
  struct Summary: Shape {
    var jobArn: String
    var jobId: String
    var jobName: String
    var createdAt: Int64
    var status: String
    var statusReason: String?
    var startedAt: Int64?
    var stoppedAt: Int64?
    var container: Container?
    var jobDefinition: String
  }
  struct Container: Shape {
    var exitCode: Int?
    var reason: String?
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/listjobs")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    guard let name = input.jobQueue else {
      throw Fault.client(
        "Error executing request, Exception : one of jobQueue, arrayJobId or multiNodeJobId must be given; Martlet serves jobQueue.")
    }
    guard let queue = try call.queue(name) else { throw Fault.missing("Job queue", name) }
    let limit = min(max(input.maxResults ?? 100, 1), 100)
    let filters = input.filters ?? []
    // Without a status AWS lists running jobs; with filters, jobs of every status.
    let status = filters.isEmpty ? input.jobStatus ?? "RUNNING" : nil
    let prefix = status.map { "\(queue.name)/\($0)/" } ?? "\(queue.name)/"
    var after = try call.cursor(input.nextToken)
    var found: [Summary] = []
    while true {
      let page = try call.transaction.page(
        Job.self, in: call.partition,
        CatalogQuery(.index("queue", from: prefix, to: prefix + "\u{7F}"), after: after, limit: 200, descending: true))
      for job in page.items where try filters.allSatisfy({ try passes(job, $0) }) {
        if found.count == limit { return Output(jobSummaryList: found, nextToken: call.token(after)) }
        found.append(summary(job, call.partition))
        after = CatalogCursor(value: job.indexes["queue"] ?? "", key: job.key)
      }
      guard let next = page.next else { return Output(jobSummaryList: found, nextToken: nil) }
      after = next
    }
  }

  private static func passes(_ job: Job, _ filter: Filter) throws -> Bool {
    let values = filter.values ?? []
    switch filter.name {
    case "JOB_NAME":
      return values.contains {
        $0.hasSuffix("*") ? job.name.lowercased().hasPrefix($0.dropLast().lowercased()) : job.name.lowercased() == $0.lowercased()
      }
    case "JOB_DEFINITION":
      return values.contains {
        $0.hasSuffix("*") ? job.definition.hasPrefix($0.dropLast()) : job.definition == $0 || job.definition.hasPrefix("\($0):")
      }
    case "BEFORE_CREATED_AT": return values.compactMap { Int64($0) }.allSatisfy { job.created.milliseconds < $0 }
    case "AFTER_CREATED_AT": return values.compactMap { Int64($0) }.allSatisfy { job.created.milliseconds > $0 }
    default: throw Fault.client("Error executing request, Exception : the filter \(filter.name ?? "") is not known.")
    }
  }

  private static func summary(_ job: Job, _ partition: Partition) -> Summary {
    let attempt = job.current ?? job.attempts.last
    return Summary(
      jobArn: job.arn(partition).description, jobId: job.id, jobName: job.name, createdAt: job.created.milliseconds,
      status: job.status.rawValue,
      statusReason: job.statusReason, startedAt: job.started?.milliseconds, stoppedAt: job.stopped?.milliseconds,
      container: attempt.map { Container(exitCode: $0.exitCode, reason: $0.reason) },
      jobDefinition: "arn:aws:batch:\(partition.region):\(partition.account):job-definition/\(job.definition)")
  }
}
