import InputTemplate
import JSON
import ServiceKit
import Time

/// What an enrichment makes of a batch of events.
struct Enrichment {
  let pump: Pump
  let arn: ARN
  let payloads: [JSONValue]
  private var room: Pipes { pump.room }

  /// The events that come back: the elements of a list, or the one thing that is no list; none for nothing.
  func events() async throws -> [PipeEvent] {
    arn.service == "states" ? try await ofStateMachine() : try await ofDestination()
  }

  /// An express workflow gets the batch as a list.
  private func ofStateMachine() async throws -> [PipeEvent] {
    let answer = try await room.context.invoker.call(
      "stepfunctions", "StartSyncExecution",
      ["stateMachineArn": .string(arn.description), "input": .string(JSONValue.array(payloads).text)],
      room.callContext(pump.pipe, pump.partition))
    if let fault = Self.failure(of: answer) { throw fault }
    return Self.events(answer["output"]?.string ?? "")
  }

  /// A destination gets one event after the other, for it is no batching enrichment.
  private func ofDestination() async throws -> [PipeEvent] {
    var events: [PipeEvent] = []
    for payload in payloads {
      var parameters = JSONObject()
      if let http = pump.pipe.enrichmentParameters?.httpParameters {
        do throws(InputTemplateError) { parameters["HttpParameters"] = try EventPath.resolve(http, in: payload) } catch {
          throw Fault.validation("A parameter of the enrichment can not be filled in: \(error.description).")
        }
      }
      let delivery = Delivery(
        target: arn, payload: payload, text: payload.text, parameters: parameters, id: room.context.identifiers.uuid())
      events += Self.events(Self.body(of: try await deliver(delivery)))
    }
    return events
  }

  /// Sends again when the destination named the time after which it may be; the execution's time ends it.
  private func deliver(_ delivery: Delivery) async throws -> JSONValue {
    let clock = room.context.clock
    while true {
      do { return try await room.context.invoker.deliver(delivery, room.callContext(pump.pipe, pump.partition)) } catch let fault as Fault {
        guard let wait = fault.retryAfter else { throw fault }
        try await clock.sleep(until: clock.now() + max(wait, .milliseconds(10)))
      }
    }
  }

  /// What a synchronous execution that did not succeed says; nil for one that did.
  static func failure(of answer: JSONValue) -> Fault? {
    guard let status = answer["status"]?.string, status != "SUCCEEDED" else { return nil }
    let cause = answer["cause"]?.string ?? ""
    return Fault(answer["error"]?.string ?? "States.\(status)", "The execution ended as \(status). \(cause)", status: 424)
  }

  /// The body of an HTTP answer, as the room that made the call shows it.
  static func body(of answer: JSONValue) -> String {
    for name in ["Body", "body", "ResponseBody", "responseBody", "Payload", "output"] {
      if let value = answer[name] { return value.string ?? value.text }
    }
    return answer.text
  }

  static func events(_ text: String) -> [PipeEvent] {
    if text.isEmpty { return [] }
    guard let value = try? JSONValue(parsing: text) else { return [PipeEvent(.string(text))] }
    switch value {
    case .null: return []
    case .array(let elements): return elements.map { PipeEvent($0, encoded: "body") }
    case .object(let object) where object.isEmpty: return []
    default: return [PipeEvent(value, encoded: "body")]
    }
  }
}
