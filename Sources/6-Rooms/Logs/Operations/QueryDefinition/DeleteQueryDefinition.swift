import ServiceKit

/// Deletes a saved query. Source: Amazon CloudWatch Logs API Reference, DeleteQueryDefinition.
struct DeleteQueryDefinition: Operation {
  struct Input: Shape {
    var queryDefinitionId: String
    static var limits: [Limit<Self>] { [.length("queryDefinitionId", \.queryDefinitionId, 1...256)] }
  }
  struct Output: Shape { var success: Bool }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    guard try call.delete(QueryDefinition.self, input.queryDefinitionId) else {
      throw Fault.notFound("The specified query definition does not exist.")
    }
    return Output(success: true)
  }
}
