import JSON
import ServiceKit

/// The resource policy of an event bus: who of other accounts may put events on it.
///
/// Source: IAM User Guide, "IAM JSON policy elements reference"; EventBridge User Guide, "Permissions for event buses".
struct BusPolicy {
  /// What is asked: may the principal put this event on that bus?
  struct Question {
    /// `arn:aws:iam::ACCOUNT:root` or the ARN of a user, role or role session.
    var principal: String
    var account: String
    var action: String
    var resource: ARN
    /// Condition keys in lower case.
    var keys: [String: String]

    init(putting event: Event, on bus: ARN, by principal: String, of account: String) {
      self.principal = principal
      self.account = account
      action = "events:PutEvents"
      resource = bus
      keys = [
        "events:source": event.source, "events:detail-type": event.detailType, "events:eventbusarn": bus.description,
        "aws:principalaccount": account, "aws:principalarn": principal, "aws:sourceaccount": event.account,
      ]
    }
  }
  enum Answer { case allowed, denied, silent }
  private let statements: [JSONObject]

  /// Throws a validation fault for what is no policy, and for what is not understood: it could not be enforced.
  init(_ document: JSONValue) throws {
    guard let object = document.object, let found = object["Statement"] else { throw Self.malformed("it has no Statement") }
    statements = try (found.array ?? [found]).map {
      guard let statement = $0.object else { throw Self.malformed("a statement is no object") }
      return statement
    }
    for statement in statements { try Self.check(statement) }
  }

  private static func malformed(_ reason: String) -> Fault { .validation("The policy is not valid: \(reason).") }

  private static func check(_ statement: JSONObject) throws {
    guard statement["Effect"] == "Allow" || statement["Effect"] == "Deny" else { throw malformed("Effect must be Allow or Deny") }
    guard statement["Principal"] != nil else { throw malformed("a statement names no Principal") }
    guard statement["Action"] != nil else { throw malformed("a statement names no Action") }
    guard statement["Resource"] != nil else { throw malformed("a statement names no Resource") }
    let known: Set<String> = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]
    if let other = statement.keys.first(where: { !known.contains($0) }) { throw malformed("\(other) is not supported") }
    for (name, block) in statement["Condition"]?.object ?? JSONObject() {
      guard PolicyCondition(name) != nil, block.object != nil else { throw malformed("the condition operator \(name) is not supported") }
    }
  }

  func answer(_ question: Question) -> Answer {
    var answer = Answer.silent
    for statement in statements where Self.applies(statement, question) {
      if statement["Effect"] == "Deny" { return .denied }
      answer = .allowed
    }
    return answer
  }

  private static func applies(_ statement: JSONObject, _ question: Question) -> Bool {
    guard texts(statement["Action"]).contains(where: { Glob.matches($0.lowercased(), question.action.lowercased()) }),
      texts(statement["Resource"]).contains(where: { Glob.matches($0, question.resource.description) }),
      names(statement["Principal"], question)
    else { return false }
    return (statement["Condition"]?.object ?? JSONObject()).allSatisfy { name, block in
      guard let condition = PolicyCondition(name) else { return false }
      return (block.object ?? JSONObject()).allSatisfy { key, wanted in
        condition.holds(question.keys[key.lowercased()], texts(wanted))
      }
    }
  }

  private static func names(_ principal: JSONValue?, _ question: Question) -> Bool {
    if principal == "*" { return true }
    return texts(principal?["AWS"]).contains { wanted in
      wanted == "*" || wanted == question.account || wanted == "arn:aws:iam::\(question.account):root" || wanted == question.principal
        || role(wanted) == role(question.principal)
    }
  }

  /// `ACCOUNT/ROLE` of a role's or of its session's ARN; another text for any other.
  private static func role(_ text: String) -> String {
    guard let arn = ARN(text), arn.resourceType == "role" || arn.resourceType == "assumed-role" else { return text }
    let parts = arn.resourceName.split(separator: "/")
    let name = arn.resourceType == "role" ? parts.last : parts.first
    return "\(arn.account)/\(name ?? "")"
  }

  static func texts(_ value: JSONValue?) -> [String] {
    switch value {
    case .string(let text): [text]
    case .bool(let flag): [flag ? "true" : "false"]
    case .array(let elements): elements.flatMap { texts($0) }
    default: []
    }
  }
}

/// One condition operator over texts.
struct PolicyCondition {
  private let name: String
  private let ifExists: Bool
  private static let known: Set<String> = [
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike", "ArnEquals",
    "ArnNotEquals", "ArnLike", "ArnNotLike", "Bool", "Null",
  ]

  /// Nil for an operator that is not supported. The keys here have one value each, so that ForAnyValue and ForAllValues change nothing
  /// but what an absent key means.
  init?(_ text: String) {
    var rest = Substring(text)
    var all = false
    if rest.hasPrefix("ForAllValues:") {
      all = true
      rest = rest.dropFirst(13)
    } else if rest.hasPrefix("ForAnyValue:") {
      rest = rest.dropFirst(12)
    }
    var exists = all
    if rest.hasSuffix("IfExists") {
      exists = true
      rest = rest.dropLast(8)
    }
    guard Self.known.contains(String(rest)) else { return nil }
    name = String(rest)
    ifExists = exists
  }

  func holds(_ value: String?, _ wanted: [String]) -> Bool {
    if name == "Null" { return wanted.contains(value == nil ? "true" : "false") }
    let isNegative = name.contains("Not")
    guard let value else { return ifExists || isNegative }
    let found = wanted.contains { pattern in
      switch name {
      case "StringEquals", "StringNotEquals": pattern == value
      case "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Bool": pattern.lowercased() == value.lowercased()
      default: Glob.matches(pattern, value)
      }
    }
    return found != isNegative
  }
}

/// Texts with `*` for any characters and `?` for one.
enum Glob {
  static func matches(_ pattern: String, _ text: String) -> Bool {
    let (pattern, text) = (Array(pattern.unicodeScalars), Array(text.unicodeScalars))
    var (p, t) = (0, 0)
    var star: (p: Int, t: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let back = star {
        star = (back.p, back.t + 1)
        p = back.p + 1
        t = back.t + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
