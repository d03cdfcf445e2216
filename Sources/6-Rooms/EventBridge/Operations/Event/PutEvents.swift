import JSON
import Logging
import ServiceKit
import Store
import Time

/// Puts up to ten events on buses; each is taken or refused by itself. Source: Amazon EventBridge API Reference, PutEvents.
struct PutEvents: Operation {
  struct Input: Shape {
    var entries: [Entry]
    var endpointId: String?
    /// Beyond AWS, for what schedules and pipes deliver: an entry that is not taken is a fault, and so is a bus that does not exist.
    var isDelivery: Bool?
    static var limits: [Limit<Self>] { [.count("entries", \.entries, 1...10)] }
  }
  struct Entry: Shape {
    var time: Timestamp?
    var source: String?
    var resources: [String]?
    var detailType: String?
    var detail: String?
    var eventBusName: String?
    var traceHeader: String?
    static var limits: [Limit<Self>] {
      [
        .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN), .length("traceHeader", \.traceHeader, 1...500),
        .each("resources", \.resources, 0...2_048),
      ]
    }
  }
  struct Output: Shape {
    var failedEntryCount: Int
    var entries: [Result]
  }
  struct Result: Shape {
    var eventId: String?
    var errorCode: String?
    var errorMessage: String?
  }
  static let audit = AuditDetail.callOnly

  /// Bytes of all entries together. Source: EventBridge User Guide, "Calculating PutEvents event entry size".
  private static let largest = 1_048_576

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    if let endpoint = input.endpointId { throw Fault("ResourceNotFoundException", "Endpoint \(endpoint) does not exist.") }
    let size = input.entries.reduce(0) { $0 + Self.size($1) }
    if call.enforcesQuotas, size > largest { throw Fault.validation("Total size of the entries in the request is over the limit.") }
    var output = Output(failedEntryCount: 0, entries: [])
    for entry in input.entries {
      do {
        let event = try event(entry, call)
        try take(
          Routed(
            event: event, hops: 0, ingested: call.now, trace: TraceHeader.valid(entry.traceHeader ?? call.context.trace),
            request: call.context.requestID),
          to: bus(entry.eventBusName, call), isDelivery: input.isDelivery ?? false, call)
        output.entries.append(Result(eventId: event.id))
      } catch let fault as Fault {
        if input.isDelivery == true { throw fault }
        output.failedEntryCount += 1
        output.entries.append(Result(errorCode: fault.code, errorMessage: fault.message))
      }
    }
    count(size, output, call)
    return output
  }

  /// Source: EventBridge User Guide, "Monitoring Amazon EventBridge", EventBridge PutEvents metrics.
  private static func count(_ size: Int, _ output: Output, _ call: Call<EventBridge>) {
    let (context, partition, began) = (call.room.context, call.partition, call.now)
    let (entries, failed) = (output.entries.count, output.failedEntryCount)
    call.transaction.afterCommit {
      func add(_ name: String, _ value: Double, unit: String = "Count") {
        context.counters.add("AWS/Events", name, [:], value, unit: unit, in: partition)
      }
      add("PutEventsApproximateCallCount", 1)
      add("PutEventsApproximateSuccessCount", 1)
      add("PutEventsEntriesCount", Double(entries))
      add("PutEventsFailedEntriesCount", Double(failed))
      add("PutEventsRequestSize", Double(size), unit: "Bytes")
      add("PutEventsLatency", (context.clock.now() - began).secondsAsDouble * 1_000, unit: "Milliseconds")
    }
  }

  /// Hands the event to the bus. One of the caller's own buses that is not there takes nothing, and nobody is told but the server's log.
  private static func take(_ routed: Routed, to bus: ARN, isDelivery: Bool, _ call: Call<EventBridge>) throws {
    let partition = Partition(account: bus.account, region: bus.region)
    let answer = try call.room.admit(routed.event, to: bus, by: call.caller.arn, of: call.caller.account, call.transaction)
    switch answer {
    case .taken: try call.room.route(routed, bus: bus.resourceName, in: partition, call.transaction)
    case .noBus:
      if isDelivery { throw Fault.busNotFound(bus.resourceName) }
      let (log, source) = (call.room.context.log, routed.event.source)
      call.transaction.afterCommit {
        log.warning("event dropped: its bus does not exist", metadata: ["bus": "\(bus)", "source": "\(source)"])
      }
    case .refused(let fault):
      if let log = call.room.logs.log(bus.resourceName, in: partition) {
        let (logs, now) = (call.room.logs, call.now)
        call.transaction.afterCommit {
          let failure = BusRecord.Failure(message: fault.message, service: "events")
          logs.append([BusRecord(.ingestFailure, routed, at: now, error: failure)], to: log, in: partition)
        }
      }
      throw fault
    }
  }

  private static func event(_ entry: Entry, _ call: Call<EventBridge>) throws -> Event {
    func required(_ value: String?, _ name: String) throws -> String {
      guard let value, !value.isEmpty else {
        throw Fault("InvalidArgument", "Parameter \(name) is not valid. Reason: \(name) is a required argument.")
      }
      return value
    }
    let source = try required(entry.source, "Source")
    let type = try required(entry.detailType, "DetailType")
    let text = try required(entry.detail, "Detail")
    if source.hasPrefix("aws."), call.context.invokedBy == nil {
      throw Fault("NotAuthorizedForSourceException", "Not authorized for the source.")
    }
    guard let detail = try? JSONValue(parsing: text), detail.object != nil else {
      throw Fault("MalformedDetail", "Detail is malformed.")
    }
    return Event(
      id: call.room.context.identifiers.uuid(), source: source, detailType: type, account: call.caller.account, region: call.caller.region,
      time: entry.time ?? call.now, resources: entry.resources ?? [], detail: detail)
  }

  /// The bus by its name, which is of the caller's account and region, or by its ARN, which may be of another.
  private static func bus(_ nameOrARN: String?, _ call: Call<EventBridge>) -> ARN {
    if let arn = nameOrARN.flatMap({ ARN($0) }), arn.resourceType == "event-bus" { return arn }
    return call.arn("event-bus/\(nameOrARN ?? EventBus.standard)")
  }

  private static func size(_ entry: Entry) -> Int {
    let texts = [entry.source, entry.detailType, entry.detail].reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    return texts + (entry.resources ?? []).reduce(0) { $0 + $1.utf8.count } + (entry.time == nil ? 0 : 14)
  }
}
