import ServiceKit
import Store
import Time

/// A query that was saved under a name.
struct QueryDefinition: Resource {
  static let kind = "logs.query-definition"
  var id: String
  var name: String
  var queryString: String
  var logGroupNames: [String]
  var parameters: [QueryParameter]?
  var modified: Timestamp
  var key: String { id }
  /// By name, as they are listed.
  var indexes: [String: String] { ["name": name] }
}

/// A part of a saved query that is filled in when it is run: `{{name}}`.
struct QueryParameter: Shape {
  var name: String
  var defaultValue: String?
  var description: String?
  static var limits: [Limit<Self>] {
    [
      .length("name", \.name, 1...128, TextPattern("^[a-zA-Z_][a-zA-Z0-9_]*", alphanumericsAnd: "_")),
      .length("defaultValue", \.defaultValue, 0...1_024), .length("description", \.description, 0...512),
    ]
  }
}
