import ServiceKit
import Store
import Time

/// Lists what became of the due instants of a schedule or scheduled rule, newest first unless asked otherwise.
///
/// Instants that come due while it is switched off are listed as skipped. Source: none; beyond AWS.
struct ListScheduleRuns: Operation {
  struct Input: Shape {
    var name: String?
    var groupName: String?
    var ruleName: String?
    /// Inclusive.
    var from: Timestamp?
    /// Exclusive.
    var to: Timestamp?
    var outcome: String?
    /// `NEWEST_FIRST` or `OLDEST_FIRST`.
    var order: String?
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] {
      [
        .oneOf("outcome", \.outcome, ScheduledRun.Outcome.allCases.map(\.rawValue)),
        .oneOf("order", \.order, RunOrder.allCases.map(\.rawValue)),
        .range("maxResults", \.maxResults, 1...1_000),
      ]
    }
  }
  struct Output: Shape {
    var runs: [RunShape]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    let owner = try call.owner(SubjectReference(input.name, input.groupName, input.ruleName))
    let limit = input.maxResults ?? 100
    var query = RunQuery(
      owner: owner, from: input.from ?? Timestamp(seconds: 0), to: input.to ?? .distantFuture,
      newestFirst: input.order != RunOrder.oldest.rawValue,
      after: try call.cursor(input.nextToken)?.key)
    var found: [RunShape] = []
    // A page that holds few of the outcome asked for ends early.
    for _ in 0..<20 {
      let size = max(limit, 500)
      let runs = try query.runs(size, now: call.now, in: call.partition, call.transaction)
      for run in runs {
        if found.count == limit { return Output(runs: found, nextToken: call.token(query.after.map { CatalogCursor(key: $0) })) }
        query.after = run.key
        if input.outcome == nil || input.outcome == run.outcome.rawValue { found.append(RunShape(run)) }
      }
      if runs.count < size { return Output(runs: found, nextToken: nil) }
    }
    return Output(runs: found, nextToken: call.token(query.after.map { CatalogCursor(key: $0) }))
  }
}

enum RunOrder: String, CaseIterable {
  case newest = "NEWEST_FIRST"
  case oldest = "OLDEST_FIRST"
}
