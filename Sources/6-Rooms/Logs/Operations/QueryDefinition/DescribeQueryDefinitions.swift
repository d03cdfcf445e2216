import ServiceKit
import Store
import Time

/// Describes saved queries, by name. Source: Amazon CloudWatch Logs API Reference, DescribeQueryDefinitions.
struct DescribeQueryDefinitions: Operation {
  struct Input: Shape {
    var queryLanguage: String?
    var queryDefinitionNamePrefix: String?
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] {
      [
        .oneOf("queryLanguage", \.queryLanguage, ["CWLI", "SQL", "PPL"]),
        .length("queryDefinitionNamePrefix", \.queryDefinitionNamePrefix, 1...255), .range("maxResults", \.maxResults, 1...1_000),
      ]
    }
  }
  struct Output: Shape {
    var queryDefinitions: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var queryLanguage = "CWLI"
    var queryDefinitionId: String
    var name: String
    var queryString: String
    var lastModified: Int64
    var logGroupNames: [String]
    var parameters: [QueryParameter]?
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    if let language = input.queryLanguage, language != "CWLI" { return Output(queryDefinitions: []) }
    let cursor: CatalogCursor?
    do { cursor = try call.cursor(input.nextToken) } catch { throw Fault.badToken }
    let prefix = input.queryDefinitionNamePrefix ?? ""
    // Nothing that begins with the prefix sorts behind the prefix and the last character there is.
    let page = try call.transaction.page(
      QueryDefinition.self, in: call.partition,
      CatalogQuery(
        .index("name", from: prefix, to: prefix.isEmpty ? nil : prefix + "\u{10FFFF}"), after: cursor, limit: input.maxResults ?? 1_000))
    return Output(
      queryDefinitions: page.items.map { definition in
        Item(
          queryDefinitionId: definition.id, name: definition.name, queryString: definition.queryString,
          lastModified: definition.modified.milliseconds, logGroupNames: definition.logGroupNames, parameters: definition.parameters)
      }, nextToken: call.token(page.next))
  }
}
