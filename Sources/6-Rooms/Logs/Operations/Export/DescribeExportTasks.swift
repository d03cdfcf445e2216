import ServiceKit

/// Describes export tasks: there are none. Source: Amazon CloudWatch Logs API Reference, DescribeExportTasks.
struct DescribeExportTasks: Operation {
  struct Input: Shape {
    var taskId: String?
    var statusCode: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("taskId", \.taskId, 1...512),
        .oneOf("statusCode", \.statusCode, ["CANCELLED", "COMPLETED", "FAILED", "PENDING", "PENDING_CANCEL", "RUNNING"]),
        .range("limit", \.limit, 1...50),
      ]
    }
  }
  struct Output: Shape { var exportTasks: [Empty] }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output { Output(exportTasks: []) }
}
