import ServiceKit

/// Describes a partner event source, of which there is none. Source: Amazon EventBridge API Reference, DescribeEventSource.
struct DescribeEventSource: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...256, .busName)] }
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    throw Fault("ResourceNotFoundException", "Event source \(input.name) does not exist.")
  }
}
