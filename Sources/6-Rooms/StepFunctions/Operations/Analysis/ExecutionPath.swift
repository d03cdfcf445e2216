import JSON
import ServiceKit
import Store
import Time

/// One visit of a state, as a history tells of it.
struct StateVisit: Sendable {
  var name: String
  var type: String
  var entered: Timestamp
  var left: Timestamp?
  var input: String?
  var output: String?
  var error: String?
  var attempts = 0

  /// In milliseconds; nil for a state that was not left.
  var duration: Double? { left.map { ($0 - entered) / Duration.milliseconds(1) } }
}

/// The states an execution went through, in the order they were entered.
struct ExecutionPath {
  /// Visits that are compared; later ones are not. Aligning two paths takes memory that grows with the square.
  static let longest = 1_000
  private(set) var visits: [StateVisit] = []
  private(set) var isCut = false
  /// Which visit the line of an event is in.
  private var lines: [Int: Int] = [:]

  /// Reads the history of the execution.
  init(_ execution: Execution, _ call: Call<StepFunctions>) throws {
    let stream = execution.history(call.partition)
    var next: Int64 = 1
    while !isCut {
      let records = try call.transaction.records(of: stream, from: next, limit: 500, descending: false)
      for record in records { take(try call.event(record, of: execution), Int(record.sequence)) }
      guard records.count == 500, let last = records.last else { return }
      next = last.sequence + 1
    }
  }

  private mutating func take(_ event: JSONValue, _ id: Int) {
    guard let type = event["type"]?.string, let seconds = event["timestamp"]?.double else { return }
    let time = Timestamp(microseconds: Int64((seconds * 1_000_000).rounded()))
    let before = event["previousEventId"]?.int.flatMap { lines[Int($0)] }
    if let details = event["stateEnteredEventDetails"] {
      guard visits.count < Self.longest else {
        isCut = true
        return
      }
      lines[id] = visits.count
      visits.append(
        StateVisit(
          name: details["name"]?.string ?? "", type: String(type.dropLast("StateEntered".utf8.count)), entered: time,
          input: details["input"]?.string))
      return
    }
    guard let position = before else { return }
    lines[id] = position
    if let details = event["stateExitedEventDetails"] {
      visits[position].left = time
      visits[position].output = details["output"]?.string
    } else if type.hasSuffix("Scheduled") {
      visits[position].attempts += 1
    } else if type.hasSuffix("Failed") || type.hasSuffix("TimedOut") {
      let details = event.object?.first { $0.key.hasSuffix("EventDetails") }?.value
      visits[position].error = details?["error"]?.string ?? visits[position].error
    }
  }
}
