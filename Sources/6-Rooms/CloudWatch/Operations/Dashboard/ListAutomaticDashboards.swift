import ServiceKit
import Store

/// Lists the dashboards that exist by themselves, one for each job queue, workflow and schedule, a page at a time. An extension of Martlet's.
struct ListAutomaticDashboards: AsyncOperation {
  struct Input: Shape {
    /// `JobQueue`, `StateMachine` or `Schedule`; all when absent.
    var resourceType: String?
    var nextToken: String?
    /// At most; a page may have fewer.
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [
        .oneOf("resourceType", \.resourceType, AutomaticDashboards.Kind.allCases.map(\.rawValue)),
        .range("maxResults", \.maxResults, 1...1_000),
      ]
    }
  }
  struct Output: Shape {
    var dashboardEntries: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var dashboardName: String
    var resourceType: String
    var resourceArn: String
  }

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let dashboards = AutomaticDashboards(room: call.room, context: call.context)
    let scope = "cloudwatch.automatic-dashboards/\(call.partition.text)"
    let kinds = AutomaticDashboards.Kind.allCases.filter { input.resourceType == nil || input.resourceType == $0.rawValue }
    var (at, token): (Int, String?) = (0, nil)
    if let given = input.nextToken {
      guard let parts = try? call.room.context.tokens.open(parts: given, for: scope), parts.count == 2,
        let place = kinds.firstIndex(where: { $0.rawValue == parts[0] })
      else { throw Fault("InvalidNextToken", "The service token is invalid: it must be the one the call before answered.") }
      (at, token) = (place, parts[1].isEmpty ? nil : parts[1])
    }
    let limit = input.maxResults ?? 1_000
    var entries: [Entry] = []
    while at < kinds.count, entries.count < limit {
      let page = try await dashboards.page(kinds[at], after: token, limit: limit - entries.count)
      entries += page.entries.map { Entry(dashboardName: $0.name, resourceType: kinds[at].rawValue, resourceArn: $0.arn) }
      token = page.next
      if token == nil { at += 1 }
    }
    let next = at < kinds.count ? call.room.context.tokens.seal([kinds[at].rawValue, token ?? ""], for: scope) : nil
    return Output(dashboardEntries: entries, nextToken: next)
  }
}
