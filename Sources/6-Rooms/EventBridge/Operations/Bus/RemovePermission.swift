import JSON
import ServiceKit
import Store

/// Takes one statement, or all, from a bus's policy. Source: Amazon EventBridge API Reference, RemovePermission.
struct RemovePermission: Operation {
  struct Input: Shape {
    var statementId: String?
    var removeAllPermissions: Bool?
    var eventBusName: String?
    static var limits: [Limit<Self>] {
      [
        .length("statementId", \.statementId, 1...64, .statementID), .length("eventBusName", \.eventBusName, 1...256, .resourceName),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("events", "event-bus/\(input.eventBusName ?? EventBus.standard)")
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    var bus = try call.eventBus(input.eventBusName)
    if input.removeAllPermissions == true {
      bus.policy = nil
    } else {
      guard let id = input.statementId else { throw Fault.validation("Parameter StatementId must be specified.") }
      var policy = bus.policy?.object ?? JSONObject()
      let statements = BusPolicy.statements(policy)
      let rest = statements.filter { $0["Sid"] != .string(id) }
      guard rest.count < statements.count else {
        throw Fault("ResourceNotFoundException", "Statement with the provided id does not exist.")
      }
      policy["Statement"] = .array(rest)
      bus.policy = rest.isEmpty ? nil : .object(policy)
    }
    bus.modified = call.now
    try call.put(bus)
    return Empty()
  }
}
