import EventPattern
import JSON
import ServiceKit

/// Which messages a subscription takes. The policy's language is that of event patterns, over the message's attributes or its body.
///
/// Source: SNS Developer Guide, "Amazon SNS subscription filter policies".
struct SubscriptionFilter {
  private let pattern: EventPattern
  private let ofBody: Bool

  /// Nil for an empty policy. Throws InvalidParameter with the reason.
  init?(policy: String, scope: String) throws {
    if policy.isEmpty || policy == "{}" { return nil }
    do {
      pattern = try EventPattern(policy)
    } catch {
      throw Fault.parameter("FilterPolicy: \(error.message)")
    }
    ofBody = scope == "MessageBody"
  }

  /// Whether the subscription takes the message. A body that is no JSON object never passes a policy over the body.
  func passes(_ message: PublishedMessage) -> Bool {
    if ofBody { return pattern.matches(Array(message.text.utf8)) }
    var attributes = JSONObject()
    for (name, attribute) in message.attributes ?? [:] { attributes[name] = Self.value(attribute) }
    return pattern.matches(JSONValue.object(attributes).bytes)
  }

  private static func value(_ attribute: MessageAttribute) -> JSONValue {
    let text = attribute.stringValue ?? ""
    switch attribute.dataType {
    case "Number": return (try? JSONValue(parsing: text)) ?? .string(text)
    case "String.Array": return (try? JSONValue(parsing: text)) ?? .string(text)
    default: return .string(text)
    }
  }
}
