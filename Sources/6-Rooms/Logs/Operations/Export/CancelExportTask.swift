import ServiceKit

/// Ends an export task: there is none. Source: Amazon CloudWatch Logs API Reference, CancelExportTask.
struct CancelExportTask: Operation {
  struct Input: Shape {
    var taskId: String
    static var limits: [Limit<Self>] { [.length("taskId", \.taskId, 1...512)] }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty { throw Fault.notFound("The specified export task does not exist.") }
}
