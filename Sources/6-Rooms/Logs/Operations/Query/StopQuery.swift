import ServiceKit

/// Ends a query that runs. Source: Amazon CloudWatch Logs API Reference, StopQuery.
struct StopQuery: AsyncOperation {
  struct Input: Shape {
    var queryId: String
    static var limits: [Limit<Self>] { [.length("queryId", \.queryId, 1...256)] }
  }
  struct Output: Shape { var success: Bool }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    let stored = try await call.read { try $0.query(input.queryId) }
    guard !stored.status.isOver, call.room.desk.cancel(input.queryId) else {
      throw Fault.parameter("Provided query ID is invalid. The query is not running: \(input.queryId)")
    }
    return Output(success: true)
  }
}
