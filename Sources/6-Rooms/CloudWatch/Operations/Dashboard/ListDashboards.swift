import ServiceKit
import Store
import Time

/// Lists dashboards by name, 100 at a time. Source: Amazon CloudWatch API Reference, ListDashboards.
struct ListDashboards: Operation {
  struct Input: Shape {
    var dashboardNamePrefix: String?
    var nextToken: String?
  }
  struct Output: Shape {
    var dashboardEntries: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var dashboardArn: String
    var dashboardName: String
    var lastModified: Timestamp
    /// Bytes.
    var size: Int
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    let after: CatalogCursor?
    do { after = try call.cursor(input.nextToken) } catch { throw Fault.invalidValue("The value for parameter NextToken is invalid") }
    let page = try call.transaction.page(
      Dashboard.self, in: Dashboard.partition(call.partition), prefix: input.dashboardNamePrefix ?? "", after: after, limit: 100)
    return Output(
      dashboardEntries: page.items.map { dashboard in
        Entry(
          dashboardArn: "\(Dashboard.arn(dashboard.name, call.partition.account))", dashboardName: dashboard.name,
          lastModified: dashboard.modified, size: dashboard.body.utf8.count)
      }, nextToken: call.token(page.next))
  }
}
