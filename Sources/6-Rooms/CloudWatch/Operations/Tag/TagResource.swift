import ServiceKit
import Store

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

/// Gives tags to an alarm, a mute rule, a dashboard or a metric stream. Source: Amazon CloudWatch API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceARN: String
    var tags: [Tag]
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    for tag in input.tags where tag.key.lowercased().hasPrefix("aws:") {
      throw Fault.invalidValue("The tag key \(tag.key) begins with aws:, which is reserved.")
    }
    try call.changeTags(of: input.resourceARN) { tags in
      tags.merge(Tag.map(input.tags), uniquingKeysWith: { $1 })
      if tags.count > 50 { throw Fault.invalidValue("A resource has at most 50 tags.") }
    }
    return Empty()
  }
}

extension Call where Home == CloudWatch {
  /// Throws ResourceNotFoundException.
  func tags(of text: String) throws -> [String: String] {
    guard let found = try tagsIfPresent(text) else { throw Fault("ResourceNotFoundException", "\(text) does not exist.", status: 404) }
    return found
  }

  private func tagsIfPresent(_ text: String) throws -> [String: String]? {
    guard let arn = ARN(text), arn.service == "cloudwatch" else { return nil }
    switch arn.resourceType {
    case "alarm": return try get(Alarm.self, arn.resourceName)?.tags ?? get(CompositeAlarm.self, arn.resourceName)?.tags
    case "alarm-mute-rule": return try get(AlarmMuteRule.self, arn.resourceName)?.tags
    case "dashboard": return try dashboard(arn.resourceName)?.tags
    case "metric-stream": return try get(MetricStream.self, arn.resourceName)?.tags
    default: return nil
    }
  }

  /// Throws ResourceNotFoundException, and what the change throws.
  func changeTags(of text: String, _ change: (inout [String: String]) throws -> Void) throws {
    var tags = try tags(of: text)
    try change(&tags)
    guard let arn = ARN(text) else { return }
    let name = arn.resourceName
    switch arn.resourceType {
    case "alarm-mute-rule":
      guard var rule = try get(AlarmMuteRule.self, name) else { return }
      rule.tags = tags
      try put(rule)
    case "dashboard":
      guard var dashboard = try dashboard(name) else { return }
      dashboard.tags = tags
      try transaction.put(dashboard, in: Dashboard.partition(partition))
    case "metric-stream":
      guard var stream = try get(MetricStream.self, name) else { return }
      stream.tags = tags
      try put(stream)
    default:
      if var alarm = try get(Alarm.self, name) {
        alarm.tags = tags
        try put(alarm)
      } else if var alarm = try get(CompositeAlarm.self, name) {
        alarm.tags = tags
        try put(alarm)
      }
    }
  }
}
