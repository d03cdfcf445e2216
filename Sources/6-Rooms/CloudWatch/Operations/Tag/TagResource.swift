import ServiceKit

/// A key and a value given to a resource.
struct Tag: Shape {
  var key: String
  var value: String
  static var limits: [Limit<Self>] { [.length("key", \.key, 1...128), .length("value", \.value, 0...256)] }

  static func map(_ tags: [Tag]?) -> [String: String] {
    Dictionary((tags ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }
  static func list(_ tags: [String: String]) -> [Tag] { tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) } }
}

/// Gives tags to an alarm. Source: Amazon CloudWatch API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceARN: String
    var tags: [Tag]
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    var alarm = try call.tagged(input.resourceARN)
    alarm.tags.merge(Tag.map(input.tags), uniquingKeysWith: { $1 })
    if alarm.tags.count > 50 { throw Fault.invalidValue("A resource has at most 50 tags.") }
    try call.put(alarm)
    return Empty()
  }
}

extension Call where Home == CloudWatch {
  func tagged(_ text: String) throws -> Alarm {
    guard let arn = ARN(text), arn.service == "cloudwatch", arn.resourceType == "alarm", let alarm = try get(Alarm.self, arn.resourceName)
    else { throw Fault("ResourceNotFoundException", "\(text) does not exist.", status: 404) }
    return alarm
  }
}
