import ServiceKit
import Store

/// Answers a dashboard. Source: Amazon CloudWatch API Reference, GetDashboard.
struct GetDashboard: Operation {
  struct Input: Shape { var dashboardName: String? }
  struct Output: Shape {
    var dashboardArn: String
    var dashboardBody: String
    var dashboardName: String
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    guard let name = input.dashboardName, !name.isEmpty else { throw Fault.invalidValue("The parameter DashboardName is required") }
    guard let dashboard = try call.dashboard(name) else { throw Fault.dashboardNotFound(name) }
    return Output(
      dashboardArn: "\(Dashboard.arn(name, call.partition.account))", dashboardBody: dashboard.body, dashboardName: name)
  }
}
