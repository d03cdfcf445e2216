import JSON
import ServiceKit
import Store
import Time

/// Creates or replaces a dashboard. Source: Amazon CloudWatch API Reference, PutDashboard.
struct PutDashboard: Operation {
  struct Input: Shape {
    var dashboardName: String?
    var dashboardBody: String?
    var tags: [Tag]?
  }
  struct Output: Shape { var dashboardValidationMessages: [Message] }
  struct Message: Shape {
    var dataPath: String
    var message: String
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    guard let name = input.dashboardName, !name.isEmpty else { throw Fault.invalidDashboard("The parameter DashboardName is required") }
    guard let body = input.dashboardBody, !body.isEmpty else { throw Fault.invalidDashboard("The parameter DashboardBody is required") }
    guard name.utf8.count <= 255 else {
      throw Fault.invalidDashboard("The value \(name.prefix(255))... for field DashboardName is longer than 255 characters.")
    }
    let isName = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
    }
    guard isName else {
      throw Fault.invalidDashboard(
        "The value \(name) for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_)."
      )
    }
    let (_, warnings) = try DashboardDocument.read(body)
    // Tags are given when it is created; later there is TagResource.
    let tags = try call.dashboard(name)?.tags ?? Tag.map(input.tags)
    if tags.count > 50 { throw Fault.invalidDashboard("A dashboard has at most 50 tags.") }
    let dashboard = Dashboard(name: name, body: body, modified: call.now, tags: tags)
    try call.transaction.put(dashboard, in: Dashboard.partition(call.partition))
    return Output(dashboardValidationMessages: warnings.map { Message(dataPath: $0.path, message: $0.message) })
  }
}
