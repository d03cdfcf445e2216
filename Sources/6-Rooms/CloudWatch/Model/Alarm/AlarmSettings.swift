import JSON
import ServiceKit

/// Where the periods of an alarm begin. Source: Amazon CloudWatch API Reference, EvaluationWindow.
struct EvaluationWindow: Shape, Hashable {
  struct WallClock: Shape, Hashable {
    var timezone: String?
    static var limits: [Limit<Self>] { [.length("timezone", \.timezone, 1...50)] }
  }
  /// An object without members.
  var slidingWindow: JSONValue?
  var wallClockWindow: WallClock?
}

/// Source: Amazon CloudWatch API Reference, WarmUpConfiguration.
struct WarmUpConfiguration: Shape, Hashable {
  var warmUpPeriodDurationInMinutes: Int
  var onlyStartEvaluatingAfterWarmUpPeriodEnds: Bool?
  static var limits: [Limit<Self>] { [.range("warmUpPeriodDurationInMinutes", \.warmUpPeriodDurationInMinutes, 1...2_880)] }
}

/// What is added to the messages and events of an alarm. Source: Amazon CloudWatch API Reference, ActionConfiguration.
struct ActionConfiguration: Shape, Hashable {
  struct TagsPropagation: Shape, Hashable {
    var enabled: Bool
    var includedTagKeys: [String]?
    var excludedTagKeys: [String]?
    static var limits: [Limit<Self>] {
      [.count("includedTagKeys", \.includedTagKeys, 1...50), .count("excludedTagKeys", \.excludedTagKeys, 1...50)]
    }
  }
  var alarmTagsPropagation: TagsPropagation?

  /// Throws ValidationError.
  func check() throws(Fault) {
    guard let tags = alarmTagsPropagation else { return }
    if tags.includedTagKeys != nil, tags.excludedTagKeys != nil {
      throw .broken("IncludedTagKeys and ExcludedTagKeys cannot both be specified.")
    }
    for key in (tags.includedTagKeys ?? []) + (tags.excludedTagKeys ?? []) where !(1...128).contains(key.utf16.count) {
      throw .broken("A tag key must have 1 to 128 characters, not \(key.utf16.count).")
    }
  }

  /// Those of an alarm's tags that are told, in the order of their keys; nil when none are to be.
  func told(of tags: [String: String]) -> [(key: String, value: String)]? {
    guard let rule = alarmTagsPropagation, rule.enabled else { return nil }
    return tags.filter { key, _ in
      !key.hasPrefix("aws:") && (rule.includedTagKeys?.contains(key) ?? true) && !(rule.excludedTagKeys?.contains(key) ?? false)
    }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension AlarmRecord {
  /// The tags that messages or events tell, with how getting them went. Source: Amazon CloudWatch User Guide, "Alarm tags in action payloads".
  func toldTags(_ capital: Bool) -> JSONObject {
    guard let tags = actionConfiguration?.told(of: tags) else { return JSONObject() }
    let (key, value) = capital ? ("Key", "Value") : ("key", "value")
    return [
      capital ? "AlarmTagsStatus" : "alarmTagsStatus": "SUCCESS",
      capital ? "AlarmTags" : "alarmTags": .array(
        tags.map { tag in
          var one = JSONObject()
          one[key] = .string(tag.key)
          one[value] = .string(tag.value)
          return .object(one)
        }),
    ]
  }
}
