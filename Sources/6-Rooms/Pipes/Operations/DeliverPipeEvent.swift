import JSON
import ServiceKit
import Store
import Time

/// Takes an event that a pipe's rule has for it; it waits, durably, until the pipe moves it on. No operation of AWS's.
struct DeliverPipeEvent: Operation {
  struct Input: Shape {
    var name: String
    var id: String
    var event: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName), .length("id", \.id, 1...256)] }
  }
  static let audit = AuditDetail.callOnly

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("pipes", "pipe/\(input.name)") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> Empty {
    let pipe = try call.pipe(input.name)
    guard let event = try? JSONValue(parsing: input.event) else { throw Fault.validation("Event is not valid JSON.") }
    // The delivery's id as the key: one that is repeated after a crash is one event.
    let waiting = WaitingEvent(event: event, accepted: call.now)
    try call.schedule(waiting, for: pipe.agenda(call.partition), key: input.id)
    return Empty()
  }
}

/// An event from a bus that waits for its pipe.
struct WaitingEvent: Codable, Sendable {
  var event: JSONValue
  var accepted: Timestamp
}
