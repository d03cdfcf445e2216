import ServiceKit

/// Answers the document of a dashboard that exists by itself, as GetDashboard answers others. An extension of Martlet's.
struct GetAutomaticDashboard: AsyncOperation {
  struct Input: Shape {
    /// As ListAutomaticDashboards has it: `StateMachine/retrain`.
    var dashboardName: String
  }
  struct Output: Shape {
    var dashboardBody: String
    var dashboardName: String
  }

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let body = try await AutomaticDashboards(room: call.room, context: call.context).body(of: input.dashboardName)
    return Output(dashboardBody: body, dashboardName: input.dashboardName)
  }
}
