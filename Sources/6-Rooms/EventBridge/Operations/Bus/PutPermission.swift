import JSON
import ServiceKit
import Store

/// Lets another account put events on a bus: adds one statement to the bus's policy, or replaces the policy whole.
///
/// Source: Amazon EventBridge API Reference, PutPermission.
struct PutPermission: Operation {
  struct Input: Shape {
    var eventBusName: String?
    var action: String?
    var principal: String?
    var statementId: String?
    var condition: Condition?
    var policy: String?
    static var limits: [Limit<Self>] {
      [
        .length("eventBusName", \.eventBusName, 1...256, .resourceName), .length("action", \.action, 1...64, .eventsAction),
        .length("principal", \.principal, 1...12, .accountOrAll), .length("statementId", \.statementId, 1...64, .statementID),
      ]
    }
  }
  struct Condition: Shape {
    var type: String
    var key: String
    var value: String
  }
  /// Source: EventBridge User Guide, "Amazon EventBridge quotas".
  private static let longest = 10_240

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("events", "event-bus/\(input.eventBusName ?? EventBus.standard)")
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    var bus = try call.eventBus(input.eventBusName)
    if let text = input.policy {
      guard let policy = try? JSONValue(parsing: text) else { throw Fault.validation("This policy contains invalid Json") }
      bus.policy = policy
    } else {
      bus.policy = try policy(bus, adding: statement(input, bus, call))
    }
    if let policy = bus.policy {
      _ = try BusPolicy(policy)
      if call.enforcesQuotas, policy.text.utf16.count > longest {
        throw Fault("PolicyLengthExceededException", "The policy size limit of \(longest) characters is exceeded.")
      }
    }
    bus.modified = call.now
    try call.put(bus)
    return Empty()
  }

  private static func statement(_ input: Input, _ bus: EventBus, _ call: Call<EventBridge>) throws -> JSONObject {
    func required(_ value: String?, _ name: String) throws -> String {
      guard let value else { throw Fault.validation("Parameter \(name) must be specified.") }
      return value
    }
    let action = try required(input.action, "Action")
    let principal = try required(input.principal, "Principal")
    let id = try required(input.statementId, "StatementId")
    guard action == "events:PutEvents" else { throw Fault.validation("Provided value in parameter 'action' is not supported.") }
    var statement: JSONObject = [
      "Sid": .string(id), "Effect": "Allow",
      "Principal": principal == "*" ? "*" : ["AWS": .string("arn:aws:iam::\(principal):root")], "Action": .string(action),
      "Resource": .string(call.arn("event-bus/\(bus.name)").description),
    ]
    if let condition = input.condition {
      guard principal == "*" else {
        throw Fault.validation("Value of the parameter 'principal' must be '*' when the parameter 'condition' is set.")
      }
      guard condition.type == "StringEquals", condition.key == "aws:PrincipalOrgID" else {
        throw Fault.validation("Only the condition StringEquals of aws:PrincipalOrgID is supported.")
      }
      statement["Condition"] = .object([condition.type: .object([condition.key: .string(condition.value)])])
    }
    return statement
  }

  private static func policy(_ bus: EventBus, adding statement: JSONObject) -> JSONValue {
    var policy = bus.policy?.object ?? ["Version": "2012-10-17"]
    var statements = BusPolicy.statements(policy)
    if let position = statements.firstIndex(where: { $0["Sid"] == statement["Sid"] }) {
      statements[position] = .object(statement)
    } else {
      statements.append(.object(statement))
    }
    policy["Statement"] = .array(statements)
    return .object(policy)
  }
}

extension BusPolicy {
  /// The statements of a policy, of which there may be one without a list.
  static func statements(_ policy: JSONObject) -> [JSONValue] {
    policy["Statement"].map { $0.array ?? [$0] } ?? []
  }
}

extension TextPattern {
  static let accountOrAll = TextPattern(#"(\d{12}|\*)"#) { text in
    text == "*" || (text.utf8.count == 12 && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 })
  }
  static let statementID = TextPattern("[a-zA-Z0-9-_]+", alphanumericsAnd: "-_")
  static let eventsAction = TextPattern("events:[a-zA-Z]+") { text in
    text.hasPrefix("events:") && text.count > 7 && text.dropFirst(7).allSatisfy { $0.isASCII && $0.isLetter }
  }
}
