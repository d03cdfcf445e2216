import JSON
import ServiceKit
import Time

/// The dashboards that exist by themselves: one for each job queue, workflow and schedule. They are made when they are asked for, from what
/// the other rooms answer.
struct AutomaticDashboards: Sendable {
  let room: CloudWatch
  let context: CallContext

  enum Kind: String, Sendable, CaseIterable {
    case queue = "JobQueue"
    case workflow = "StateMachine"
    case schedule = "Schedule"
  }
  struct Entry: Sendable {
    var kind: Kind
    /// Of the resource: a schedule's has its group before it.
    var resource: String
    var arn: String
    var name: String { "\(kind.rawValue)/\(resource)" }
  }
  /// Resources of one kind that are listed.
  static let most = 1_000

  /// Those of a kind; empty where its room is not served.
  func list(_ kind: Kind) async throws -> [Entry] {
    switch kind {
    case .queue:
      return try await pages("batch", "DescribeJobQueues", "jobQueues", "nextToken") { item in
        item["jobQueueName"]?.string.map { Entry(kind: kind, resource: $0, arn: item["jobQueueArn"]?.string ?? "") }
      }
    case .workflow:
      return try await pages("states", "ListStateMachines", "stateMachines", "nextToken") { item in
        item["name"]?.string.map { Entry(kind: kind, resource: $0, arn: item["stateMachineArn"]?.string ?? "") }
      }
    case .schedule:
      return try await pages("scheduler", "ListSchedules", "Schedules", "NextToken") { item in
        guard let name = item["Name"]?.string, let group = item["GroupName"]?.string else { return nil }
        return Entry(kind: kind, resource: "\(group)/\(name)", arn: item["Arn"]?.string ?? "")
      }
    }
  }

  private func pages(
    _ service: String, _ operation: String, _ list: String, _ token: String, _ entry: (JSONValue) -> Entry?
  ) async throws -> [Entry] {
    var (found, next): ([Entry], JSONValue?) = ([], nil)
    repeat {
      var input = JSONObject()
      if let next { input[token] = next }
      let answer: JSONValue
      do throws(Fault) {
        answer = try await room.context.invoker.call(service, operation, .object(input), context.inside)
      } catch {
        // A house without that room has no such dashboards.
        if error.code == "UnknownOperationException" { return [] }
        throw error
      }
      found += (answer[list]?.array ?? []).compactMap(entry)
      next = answer[token].flatMap { $0.isNull ? nil : $0 }
    } while next != nil && found.count < Self.most
    return Array(found.prefix(Self.most))
  }

  /// The document of the dashboard of that name. Throws DashboardNotFoundError.
  func body(of name: String) async throws -> String {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, let kind = Kind(rawValue: parts[0]) else { throw Fault.dashboardNotFound(name) }
    let entry = try await list(kind).first { $0.resource == parts[1] }
    guard let entry else { throw Fault.dashboardNotFound(name) }
    let region = context.caller.region
    let layout: DashboardLayout
    switch kind {
    case .queue: layout = .queue(entry.resource, region)
    case .workflow: layout = .workflow(entry.resource, entry.arn, region)
    case .schedule: layout = .schedule(entry.resource, try await schedule(entry), region)
    }
    return layout.document.text
  }

  private func schedule(_ entry: Entry) async throws -> JSONValue {
    let parts = entry.resource.split(separator: "/", maxSplits: 1).map(String.init)
    return try await room.context.invoker.call(
      "scheduler", "GetSchedule", ["GroupName": .string(parts[0]), "Name": .string(parts.count > 1 ? parts[1] : "")], context.inside)
  }
}
