import ServiceKit

/// Takes tags from a rule or bus. Source: Amazon EventBridge API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceARN: String
    var tagKeys: [String]
    static var limits: [Limit<Self>] { [.length("resourceARN", \.resourceARN, 1...1_600), .each("tagKeys", \.tagKeys, 1...128)] }
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    try call.changeTags(of: input.resourceARN) { tags in
      for key in input.tagKeys { tags[key] = nil }
    }
    return Empty()
  }
}
