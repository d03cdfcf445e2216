import ServiceKit

/// The older form of ListTagsForResource. Source: Amazon CloudWatch Logs API Reference, ListTagsLogGroup.
struct ListTagsLogGroup: Operation {
  struct Input: Shape {
    var logGroupName: String
    static var limits: [Limit<Self>] { [.length("logGroupName", \.logGroupName, 1...512, LogName.group)] }
  }
  struct Output: Shape { var tags: [String: String] }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output { Output(tags: try call.group(input.logGroupName).tags) }
}
