import JSON
import ServiceKit
import Wire

/// Lists the tags of a pipe. Source: Amazon EventBridge Pipes API Reference, ListTagsForResource.
struct ListTagsForResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    static var limits: [Limit<Self>] { [.length("resourceArn", \.resourceArn, 1...1_600)] }
  }
  struct Output: Shape {
    var tags: [String: String]

    init(tags: [String: String]) { self.tags = tags }
    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer().decode(JSONValue.self)
      tags = (value["tags"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.string ?? "" }
    }
    /// Spelled with a lower-case letter, unlike all else of the service.
    func encode(to encoder: any Encoder) throws {
      var object = JSONObject()
      for (key, value) in tags.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
      var container = encoder.singleValueContainer()
      try container.encode(JSONValue.object(["tags": .object(object)]))
    }
  }
  static let route: OperationRoute? = OperationRoute("GET", "/tags/{ResourceArn}")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.resourceArn) ?? caller.arn("pipes", "*") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> Output { Output(tags: try call.tagged(input.resourceArn).tags) }
}
