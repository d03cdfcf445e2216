import ServiceKit

/// Takes tags away. Source: Amazon CloudWatch Logs API Reference, UntagResource.
struct UntagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tagKeys: [String]
    static var limits: [Limit<Self>] {
      [.length("resourceArn", \.resourceArn, 1...1_011), .count("tagKeys", \.tagKeys, 0...50), .each("tagKeys", \.tagKeys, 1...128)]
    }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    try call.changeTags(of: input.resourceArn) { tags in for key in input.tagKeys { tags[key] = nil } }
    return Empty()
  }
}
