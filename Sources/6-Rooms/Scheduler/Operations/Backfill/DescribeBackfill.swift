import ServiceKit
import Store

/// Answers how far a backfill is. Source: none; beyond AWS.
struct DescribeBackfill: Operation {
  struct Input: Shape { var id: String }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> BackfillShape { BackfillShape(try call.backfill(input.id)) }
}

/// Lists backfills, newest first: all, or those of one schedule or rule. Source: none; beyond AWS.
struct ListBackfills: Operation {
  struct Input: Shape {
    var name: String?
    var groupName: String?
    var ruleName: String?
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] { [.range("maxResults", \.maxResults, 1...100)] }
  }
  struct Output: Shape {
    var backfills: [BackfillShape]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    let (after, limit) = (try call.cursor(input.nextToken), input.maxResults ?? 100)
    let page: Page<Backfill>
    if input.name == nil, input.ruleName == nil {
      page = try call.transaction.page(Backfill.self, in: call.partition, after: after, limit: limit, descending: true)
    } else {
      let owner = try SubjectReference(input.name, input.groupName, input.ruleName).owner()
      page = try call.transaction.page(
        Backfill.self, in: call.partition, index: "owner", equals: owner.resource, after: after, limit: limit, descending: true)
    }
    return Output(backfills: page.items.map { BackfillShape($0) }, nextToken: call.token(page.next))
  }
}

/// Ends a backfill: nothing more is fired; what is on its way goes on. Source: none; beyond AWS.
struct CancelBackfill: Operation {
  struct Input: Shape { var id: String }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> BackfillShape {
    var backfill = try call.backfill(input.id)
    guard backfill.status == .running else {
      throw Fault("ConflictException", "Backfill \(input.id) has ended: it is \(backfill.status.rawValue).", status: 409)
    }
    try AdvanceBackfill.end(&backfill, .cancelled, nil, call)
    try call.put(backfill)
    return BackfillShape(backfill)
  }
}
