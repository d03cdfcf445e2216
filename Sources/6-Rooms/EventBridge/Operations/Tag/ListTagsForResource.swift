import ServiceKit

/// Lists the tags of a rule or bus. Source: Amazon EventBridge API Reference, ListTagsForResource.
struct ListTagsForResource: Operation {
  struct Input: Shape {
    var resourceARN: String
    static var limits: [Limit<Self>] { [.length("resourceARN", \.resourceARN, 1...1_600)] }
  }
  struct Output: Shape { var tags: [Tag] }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    switch try call.tagged(input.resourceARN) {
    case .rule(let rule): Output(tags: Tag.list(rule.tags))
    case .bus(let bus): Output(tags: Tag.list(bus.tags))
    }
  }
}
