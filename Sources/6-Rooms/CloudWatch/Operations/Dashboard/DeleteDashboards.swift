import ServiceKit
import Store

/// Deletes dashboards: all of those named, or none when one of them does not exist. Source: Amazon CloudWatch API Reference, DeleteDashboards.
struct DeleteDashboards: Operation {
  struct Input: Shape { var dashboardNames: [String]? }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    guard let names = input.dashboardNames, !names.isEmpty else {
      throw Fault.invalidValue("The parameter DashboardNames is required")
    }
    guard names.count <= 100 else { throw Fault.invalidValue("The collection DashboardNames must not have a size greater than 100.") }
    for name in Set(names) {
      guard try call.transaction.delete(Dashboard.self, name, in: Dashboard.partition(call.partition)) else {
        throw Fault.dashboardNotFound(name)
      }
    }
    return Empty()
  }
}
