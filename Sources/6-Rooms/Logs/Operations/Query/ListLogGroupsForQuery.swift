import ServiceKit
import Store

/// The groups that a query looked through. Source: Amazon CloudWatch Logs API Reference, ListLogGroupsForQuery.
struct ListLogGroupsForQuery: Operation {
  struct Input: Shape {
    var queryId: String
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] { [.length("queryId", \.queryId, 1...256), .range("maxResults", \.maxResults, 50...500)] }
  }
  struct Output: Shape {
    var logGroupIdentifiers: [String]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    let query = try call.query(input.queryId)
    let start: Int
    do { start = try call.cursor(input.nextToken).flatMap { Int($0.key) } ?? 0 } catch { throw Fault.badToken }
    let page = query.groups.dropFirst(start).prefix(input.maxResults ?? 500)
    let next = start + page.count
    return Output(
      logGroupIdentifiers: Array(page), nextToken: next < query.groups.count ? call.token(CatalogCursor(key: String(next))) : nil)
  }
}
