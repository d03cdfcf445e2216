import ServiceKit
import Store

/// Makes a log stream. Source: Amazon CloudWatch Logs API Reference, CreateLogStream.
struct CreateLogStream: Operation {
  struct Input: Shape {
    var logGroupName: String
    var logStreamName: String
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("logStreamName", \.logStreamName, 1...512, LogName.stream),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    let group = try call.group(input.logGroupName)
    guard try call.get(LogStream.self, LogStream.key(group.name, input.logStreamName)) == nil else {
      throw Fault("ResourceAlreadyExistsException", "The specified log stream already exists")
    }
    try call.put(LogStream(group: group.name, name: input.logStreamName, created: call.now))
    return Empty()
  }
}
