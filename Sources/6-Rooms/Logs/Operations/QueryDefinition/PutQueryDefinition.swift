import LogsInsights
import ServiceKit
import Store
import Time

/// Saves a query. Source: Amazon CloudWatch Logs API Reference, PutQueryDefinition.
struct PutQueryDefinition: Operation {
  struct Input: Shape {
    var queryLanguage: String?
    var name: String
    var queryDefinitionId: String?
    var logGroupNames: [String]?
    var queryString: String
    var clientToken: String?
    var parameters: [QueryParameter]?
    static var limits: [Limit<Self>] {
      [
        .oneOf("queryLanguage", \.queryLanguage, ["CWLI", "SQL", "PPL"]), .length("name", \.name, 1...255),
        .length("queryDefinitionId", \.queryDefinitionId, 1...256), .length("queryString", \.queryString, 1...10_000),
        .each("logGroupNames", \.logGroupNames, 1...512, LogName.group), .length("clientToken", \.clientToken, 36...128),
        .count("parameters", \.parameters, 0...20),
      ]
    }
  }
  struct Output: Shape { var queryDefinitionId: String }

  static func clientToken(_ input: Input) -> String? { input.clientToken }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    try StartQuery.checkLanguage(input.queryLanguage)
    if let id = input.queryDefinitionId {
      guard try call.get(QueryDefinition.self, id) != nil else { throw Fault.notFound("The specified query definition does not exist.") }
    } else if call.enforcesQuotas, try call.transaction.count(QueryDefinition.kind, in: call.partition, prefix: "") >= 1_000 {
      throw Fault.limit()
    }
    let definition = QueryDefinition(
      id: input.queryDefinitionId ?? call.room.context.identifiers.uuid(), name: input.name, queryString: input.queryString,
      logGroupNames: input.logGroupNames ?? [], parameters: input.parameters, modified: call.now)
    try call.put(definition)
    return Output(queryDefinitionId: definition.id)
  }
}
