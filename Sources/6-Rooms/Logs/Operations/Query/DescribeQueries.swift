import ServiceKit
import Store
import Time

/// Describes queries that run or ran in the last week, the newest first. Source: Amazon CloudWatch Logs API Reference, DescribeQueries.
struct DescribeQueries: Operation {
  struct Input: Shape {
    var logGroupName: String?
    var status: String?
    var maxResults: Int?
    var nextToken: String?
    var queryLanguage: String?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .oneOf("status", \.status, StoredQuery.Status.allCases.map(\.rawValue)), .range("maxResults", \.maxResults, 1...1_000),
        .oneOf("queryLanguage", \.queryLanguage, ["CWLI", "SQL", "PPL"]),
      ]
    }
  }
  struct Output: Shape {
    var queries: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var queryLanguage = "CWLI"
    var queryId: String
    var queryString: String
    var status: String
    var createTime: Int64
    var logGroupName: String?
    var queryDuration: Int64?
    var bytesScanned: Double
    var userIdentity: String
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    if let language = input.queryLanguage, language != "CWLI" { return Output(queries: []) }
    var after: CatalogCursor?
    do { after = try call.cursor(input.nextToken) } catch { throw Fault.badToken }
    let limit = input.maxResults ?? 1_000
    var found: [Item] = []
    while true {
      let page = try call.transaction.page(
        StoredQuery.self, in: call.partition, CatalogQuery(.index("created", from: "", to: nil), after: after, limit: 200, descending: true)
      )
      for query in page.items {
        let status = status(of: query, call)
        if (input.status.map { $0 == status.rawValue } ?? true) && (input.logGroupName.map { query.groups.contains($0) } ?? true) {
          if found.count == limit { return Output(queries: found, nextToken: call.token(after)) }
          found.append(item(query, status, call.now))
        }
        after = CatalogCursor(value: query.indexes["created"] ?? "", key: query.key)
      }
      guard let next = page.next else { return Output(queries: found) }
      after = next
    }
  }

  private static func status(of query: StoredQuery, _ call: Call<Logs>) -> StoredQuery.Status {
    query.status == .scheduled && call.room.desk.query(query.id) != nil ? .running : query.status
  }

  private static func item(_ query: StoredQuery, _ status: StoredQuery.Status, _ now: Timestamp) -> Item {
    Item(
      queryId: query.id, queryString: query.queryString, status: status.rawValue, createTime: query.created.milliseconds,
      logGroupName: query.groups.first, queryDuration: ((query.ended ?? now) - query.created).milliseconds,
      bytesScanned: query.statistics.bytesScanned, userIdentity: query.userIdentity)
  }
}
