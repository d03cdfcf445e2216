import ServiceKit

/// Lists the dashboards that exist by themselves, one for each job queue, workflow and schedule. An extension of Martlet's.
struct ListAutomaticDashboards: AsyncOperation {
  struct Input: Shape {
    /// `JobQueue`, `StateMachine` or `Schedule`; all when absent.
    var resourceType: String?
    static var limits: [Limit<Self>] { [.oneOf("resourceType", \.resourceType, AutomaticDashboards.Kind.allCases.map(\.rawValue))] }
  }
  struct Output: Shape { var dashboardEntries: [Entry] }
  struct Entry: Shape {
    var dashboardName: String
    var resourceType: String
    var resourceArn: String
  }

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let dashboards = AutomaticDashboards(room: call.room, context: call.context)
    var entries: [Entry] = []
    for kind in AutomaticDashboards.Kind.allCases where input.resourceType == nil || input.resourceType == kind.rawValue {
      entries += try await dashboards.list(kind).map {
        Entry(dashboardName: $0.name, resourceType: kind.rawValue, resourceArn: $0.arn)
      }
    }
    return Output(dashboardEntries: entries)
  }
}
