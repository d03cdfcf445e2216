import ServiceKit

/// Describes a global endpoint, of which there is none. Source: Amazon EventBridge API Reference, DescribeEndpoint.
struct DescribeEndpoint: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    throw Fault("ResourceNotFoundException", "Endpoint \(input.name) does not exist.")
  }
}
