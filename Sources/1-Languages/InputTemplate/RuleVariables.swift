import JSON
import Time

/// What the template of a rule's target can name without defining it, and what the input paths find.
///
/// Source: EventBridge User Guide, "Predefined variables".
public struct RuleVariables: Sendable {
  static let reserved: Set<String> = [
    "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time", "aws.events.event", "aws.events.event.json",
  ]
  public var ruleArn: String
  public var ruleName: String
  public var ingested: Timestamp
  public var event: JSONValue
  public var paths: [String: EventPath]

  public init(ruleArn: String, ruleName: String, ingested: Timestamp, event: JSONValue, paths: [String: EventPath]) {
    self.ruleArn = ruleArn
    self.ruleName = ruleName
    self.ingested = ingested
    self.event = event
    self.paths = paths
  }

  /// Whether a variable can not be given that name.
  public static func isReserved(_ name: String) -> Bool { name.lowercased().hasPrefix("aws.") }

  public func value(_ name: String) -> TemplateValue? {
    switch name {
    case "aws.events.rule-arn": TemplateValue(.string(ruleArn))
    case "aws.events.rule-name": TemplateValue(.string(ruleName))
    case "aws.events.event.ingestion-time": TemplateValue(.string(ingested.iso8601()))
    case "aws.events.event": TemplateValue(.object(withoutDetail))
    case "aws.events.event.json": TemplateValue(event)
    default: paths[name]?.value(in: event).map { TemplateValue($0) }
    }
  }

  /// The members as AWS gives them here: without the detail, and the detail's type under another name.
  private var withoutDetail: JSONObject {
    var object = JSONObject()
    for name in ["id", "account", "detail-type", "time", "source", "region", "resources", "version"] {
      object[name == "detail-type" ? "detailType" : name] = event[name]
    }
    return object
  }
}
