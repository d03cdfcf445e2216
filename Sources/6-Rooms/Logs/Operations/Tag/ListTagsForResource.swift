import ServiceKit

/// Lists the tags of a log group, a destination or a scheduled query. Source: Amazon CloudWatch Logs API Reference, ListTagsForResource.
struct ListTagsForResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    static var limits: [Limit<Self>] { [.length("resourceArn", \.resourceArn, 1...1_011)] }
  }
  struct Output: Shape { var tags: [String: String] }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output { Output(tags: try call.tags(of: input.resourceArn)) }
}
