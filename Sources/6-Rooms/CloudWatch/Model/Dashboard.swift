import JSON
import ServiceKit
import Store
import Time

/// A dashboard as it was put. Dashboards are of an account, whatever region they are asked for in.
struct Dashboard: Resource {
  static let kind = "cloudwatch.dashboard"
  var name: String
  /// The JSON document, as it was given.
  var body: String
  var modified: Timestamp
  var tags: [String: String]

  var key: String { name }

  static func partition(_ partition: Partition) -> Partition { Partition(account: partition.account, region: "global") }

  static func arn(_ name: String, _ account: String) -> ARN {
    ARN(service: "cloudwatch", region: "", account: account, resource: "dashboard/\(name)")
  }
}

extension Call where Home == CloudWatch {
  func dashboard(_ name: String) throws -> Dashboard? { try transaction.get(Dashboard.self, name, in: Dashboard.partition(partition)) }
}

extension Fault {
  static func dashboardNotFound(_ name: String) -> Fault {
    Fault("DashboardNotFoundError", "Dashboard \(name) does not exist", status: 404, queryCode: "ResourceNotFound")
  }
  static func invalidDashboard(_ message: String, _ findings: [DashboardFinding] = []) -> Fault {
    var fault = Fault("DashboardInvalidInputError", message, queryCode: "InvalidParameterInput")
    if !findings.isEmpty {
      fault.fields["dashboardValidationMessages"] = .array(
        findings.map { ["DataPath": .string($0.path), "Message": .string($0.message)] })
    }
    return fault
  }
}
