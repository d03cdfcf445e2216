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
  /// A page of those of a kind, with the token of the room that has them; none where that room is not served.
  func page(_ kind: Kind, after token: String?, limit: Int) async throws -> (entries: [Entry], next: String?) {
    switch kind {
    case .queue:
      return try await page("batch", "DescribeJobQueues", ["maxResults": .int(Int64(min(limit, 100)))], "jobQueues", "nextToken", token) {
        item in
        item["jobQueueName"]?.string.map { Entry(kind: kind, resource: $0, arn: item["jobQueueArn"]?.string ?? "") }
      }
    case .workflow:
      return try await page("states", "ListStateMachines", ["maxResults": .int(Int64(limit))], "stateMachines", "nextToken", token) {
        item in
        item["name"]?.string.map { Entry(kind: kind, resource: $0, arn: item["stateMachineArn"]?.string ?? "") }
      }
    case .schedule:
      return try await page(
        "scheduler", "ListSchedules", ["MaxResults": .int(Int64(min(limit, 100)))], "Schedules", "NextToken", token
      ) { item in
        guard let name = item["Name"]?.string, let group = item["GroupName"]?.string else { return nil }
        return Entry(kind: kind, resource: "\(group)/\(name)", arn: item["Arn"]?.string ?? "")
      }
    }
  }

  private func page(
    _ service: String, _ operation: String, _ more: JSONObject, _ list: String, _ member: String, _ token: String?,
    _ entry: (JSONValue) -> Entry?
  ) async throws -> (entries: [Entry], next: String?) {
    var input = more
    if let token { input[member] = .string(token) }
    let answer: JSONValue
    do throws(Fault) {
      answer = try await room.context.invoker.call(service, operation, .object(input), context.inside)
    } catch {
      // A house without that room has no such dashboards.
      if error.code == "UnknownOperationException" { return ([], nil) }
      throw error
    }
    return ((answer[list]?.array ?? []).compactMap(entry), answer[member]?.string)
  }

  /// What a dashboard is of; nil when there is no such resource.
  private func resource(_ kind: Kind, _ name: String) async throws -> JSONValue? {
    let call: (service: String, operation: String, input: JSONValue)
    switch kind {
    case .queue: call = ("batch", "DescribeJobQueues", ["jobQueues": [.string(name)]])
    case .workflow:
      let arn = context.caller.arn("states", "stateMachine:\(name)")
      call = ("states", "DescribeStateMachine", ["stateMachineArn": .string(arn.description)])
    case .schedule:
      let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { return nil }
      call = ("scheduler", "GetSchedule", ["GroupName": .string(parts[0]), "Name": .string(parts[1])])
    }
    do throws(Fault) {
      let answer = try await room.context.invoker.call(call.service, call.operation, call.input, context.inside)
      return kind == .queue ? answer["jobQueues"]?[0] : answer
    } catch {
      // A name that its room does not know, or refuses, has no dashboard; what goes wrong inside is told.
      guard error.status < 500, !error.code.contains("AccessDenied") else { throw error }
      return nil
    }
  }

  /// The document of the dashboard of that name. Throws DashboardNotFoundError.
  func body(of name: String) async throws -> String {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, let kind = Kind(rawValue: parts[0]), let found = try await resource(kind, parts[1]) else {
      throw Fault.dashboardNotFound(name)
    }
    let region = context.caller.region
    let layout: DashboardLayout
    switch kind {
    case .queue: layout = .queue(parts[1], region)
    case .workflow: layout = .workflow(parts[1], found["stateMachineArn"]?.string ?? "", region)
    case .schedule: layout = .schedule(parts[1], found, region)
    }
    return layout.document.text
  }
}
