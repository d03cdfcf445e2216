import JSON
import ScheduleExpression
import ServiceKit
import Store
import Time

/// Where a schedule or scheduled rule stands.
struct ScheduleStatus: Shape {
  var name: String
  /// Nil for a rule.
  var groupName: String?
  var arn: String
  var state: String
  var scheduleExpression: String
  var scheduleExpressionTimezone: String
  /// What the expression says.
  var words: String
  var lastRun: RunShape?
  /// The next due instants; none for one that is off or has ended.
  var nextRuns: [Timestamp]
  /// Since when it is switched off.
  var pausedSince: Timestamp?
  var catchUpMode: String
  var catchUpCap: Int?

  init(_ subject: Subject, next count: Int, now: Timestamp, in partition: Partition, _ transaction: any Transaction) throws {
    let calendar = try ScheduleCalendar(subject.timing)
    let paused = try transaction.get(PausedTiming.self, subject.owner.resource, in: partition)
    let policy = try transaction.catchUpPolicy(of: subject.owner, in: partition)
    name = subject.name
    groupName = subject.group
    arn = subject.arn
    state = subject.state
    scheduleExpression = subject.timing.expression
    scheduleExpressionTimezone = subject.timing.zone
    words = calendar.expression.description
    let query = RunQuery(owner: subject.owner, from: Timestamp(seconds: 0), to: .distantFuture, newestFirst: true)
    lastRun = try query.runs(1, now: now, in: partition, transaction).first.map { RunShape($0) }
    nextRuns = []
    var position = now
    while subject.isEnabled, nextRuns.count < count, let next = calendar.next(after: position) {
      nextRuns.append(next)
      position = next
    }
    pausedSince = paused?.since
    catchUpMode = policy.mode.rawValue
    catchUpCap = policy.mode == .all ? policy.cap : nil
  }
}

/// Answers where one schedule or scheduled rule stands: its last run, its next ones. Source: none; beyond AWS.
struct GetScheduleStatus: AsyncOperation {
  struct Input: Shape {
    var name: String?
    var groupName: String?
    var ruleName: String?
    /// How many of the next runs to tell.
    var nextRuns: Int?
    static var limits: [Limit<Self>] { [.range("nextRuns", \.nextRuns, 0...100)] }
  }

  static func run(_ input: Input, _ call: AsyncCall<Scheduler>) async throws -> ScheduleStatus {
    let subject = try await call.subject(SubjectReference(input.name, input.groupName, input.ruleName))
    let (now, partition) = (call.now, call.partition)
    return try await call.read { try ScheduleStatus(subject, next: input.nextRuns ?? 5, now: now, in: partition, $0.transaction) }
  }
}

/// Lists where schedules, or scheduled rules, stand, by name. Source: none; beyond AWS.
struct ListScheduleStatuses: AsyncOperation {
  struct Input: Shape {
    var groupName: String?
    var namePrefix: String?
    /// Rules in place of schedules.
    var rules: Bool?
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] { [.range("maxResults", \.maxResults, 1...1_000)] }
  }
  struct Output: Shape {
    var schedules: [ScheduleStatus]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: AsyncCall<Scheduler>) async throws -> Output {
    let page = try await call.subjects(
      SubjectQuery(groupName: input.groupName, namePrefix: input.namePrefix, rules: input.rules ?? false), after: input.nextToken,
      limit: input.maxResults ?? 100)
    let (now, partition) = (call.now, call.partition)
    let statuses = try await call.read { call in
      try page.items.map { try ScheduleStatus($0, next: 1, now: now, in: partition, call.transaction) }
    }
    return Output(schedules: statuses, nextToken: page.next)
  }
}

/// Which schedules or rules.
struct SubjectQuery: Sendable {
  var groupName: String?
  var namePrefix: String?
  var rules: Bool
}

extension AsyncCall where Home == Scheduler {
  /// A page of schedules or of scheduled rules, by name.
  func subjects(_ query: SubjectQuery, after token: String?, limit: Int) async throws -> (items: [Subject], next: String?) {
    if query.rules {
      if query.groupName != nil { throw Fault.validation("GroupName is for schedules: rules have no groups.") }
      var input: JSONObject = ["Limit": .int(Int64(min(limit, 1_000)))]
      input["NamePrefix"] = query.namePrefix.map { .string($0) }
      input["NextToken"] = token.map { .string($0) }
      let page = try await rules(input)
      return (page.rules.map { Subject($0) }, page.nextToken)
    }
    let after = try open(token)
    let partition = partition
    let page: Page<Schedule> = try await read { call in
      var prefix = ""
      if let group = query.groupName {
        _ = try call.group(group)
        prefix = Schedule.key(group, query.namePrefix ?? "")
      }
      return try call.transaction.page(Schedule.self, in: partition, prefix: prefix, after: after, limit: limit)
    }
    let kept = page.items.filter { $0.name.hasPrefix(query.namePrefix ?? "") }
    return (kept.map { Subject($0, partition) }, page.next.map { seal($0) })
  }
}
