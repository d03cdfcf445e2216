import ServiceKit
import Wire

/// A key and a value given to a resource.
struct Tag: Shape {
  var key: String
  var value: String
  static var limits: [Limit<Self>] { [.length("key", \.key, 1...128), .length("value", \.value, 1...256)] }

  static func map(_ tags: [Tag]?) -> [String: String] {
    Dictionary((tags ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }
}

/// Gives tags to a group. Source: EventBridge Scheduler API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tags: [Tag]
    static var limits: [Limit<Self>] { [.length("resourceArn", \.resourceArn, 1...1_011), .count("tags", \.tags, 0...200)] }
  }
  static let route: OperationRoute? = OperationRoute("POST", "/tags/{ResourceArn}")

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Empty {
    var group = try call.tagged(input.resourceArn)
    group.tags.merge(Tag.map(input.tags), uniquingKeysWith: { $1 })
    try call.put(group)
    return Empty()
  }
}

extension Call where Home == Scheduler {
  /// The group of an ARN. Throws ResourceNotFoundException; schedules have no tags.
  func tagged(_ text: String) throws -> ScheduleGroup {
    guard let arn = ARN(text), arn.resourceType == "schedule-group" else {
      throw Fault.validation("Invalid resource ARN: only schedule groups have tags.")
    }
    return try group(arn.resourceName)
  }
}
