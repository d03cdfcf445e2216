import JSON
import ServiceKit
import Store
import Time

/// Brings a pipe into the state it is to have: creating, updating, starting, stopping and deleting end here, well or not.
struct ChangePipe: Worker {
  static let queue = "pipes.change"
  static let concurrency = 32

  static func run(_ task: AgendaTask, _ work: Work<Pipes>) async throws {
    let name = try work.payload(String.self)
    try await work.finish { call in
      guard var pipe = try call.get(Pipe.self, name), pipe.isChanging else { return }
      let rule = ManagedRule(pipe, call)
      let began = pipe.currentState
      do throws(Fault) {
        switch began {
        case "DELETING": try rule.remove()
        case "STOPPING": try rule.disable()
        default:
          try verify(pipe, call)
          try rule.put(enabled: pipe.desiredState == "RUNNING")
          pipe.hasExpressTarget = try isExpress(pipe, call)
        }
      } catch {
        pipe.currentState = failure[began] ?? "UPDATE_FAILED"
        pipe.stateReason = String(reason(error, pipe).prefix(512))
        return try call.keep(pipe)
      }
      guard began != "DELETING" else { return try remove(pipe, call) }
      pipe.currentState = pipe.desiredState == "RUNNING" ? "RUNNING" : "STOPPED"
      try call.keep(pipe)
    }
  }

  private static let failure = [
    "CREATING": "CREATE_FAILED", "UPDATING": "UPDATE_FAILED", "STARTING": "START_FAILED", "STOPPING": "STOP_FAILED",
    "DELETING": "DELETE_FAILED",
  ]

  /// Throws what the source says when it is not there or not for this pipe's role.
  private static func verify(_ pipe: Pipe, _ call: Call<Pipes>) throws(Fault) {
    guard let source = ARN(pipe.source), source.service == "sqs" else { return }
    _ = try call.room.context.invoker.call(
      "sqs", "GetQueueAttributes", ["QueueUrl": .string(pipe.source), "AttributeNames": ["QueueArn"]],
      call.room.callContext(pipe, call.partition), in: call.transaction)
  }

  /// Whether the target is an Express workflow; nil for any other target, and for a workflow that is not there.
  private static func isExpress(_ pipe: Pipe, _ call: Call<Pipes>) throws(Fault) -> Bool? {
    guard let target = ARN(pipe.target), target.service == "states" else { return nil }
    let context = CallContext(
      caller: .service(Pipes.identity.principal, in: call.partition), requestID: call.room.context.identifiers.uuid(), now: call.now,
      invokedBy: Pipes.identity.principal)
    do throws(Fault) {
      let machine = try call.room.context.invoker.call(
        "stepfunctions", "DescribeStateMachine", ["stateMachineArn": .string(pipe.target), "includedData": "METADATA_ONLY"], context,
        in: call.transaction)
      return machine["type"] == "EXPRESS"
    } catch {
      if error.isSender { return nil }
      throw error
    }
  }

  private static func reason(_ fault: Fault, _ pipe: Pipe) -> String {
    if fault.code.contains("AccessDenied") {
      return
        "Pipes does not have required permissions to perform Queue operations (sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes)"
    }
    return "The source \(pipe.source) can not be used: \(fault.message)"
  }

  private static func remove(_ pipe: Pipe, _ call: Call<Pipes>) throws {
    try call.transaction.empty(pipe.agenda(call.partition))
    try call.delete(Pipe.self, pipe.name)
    try DeliveryLog.forget(pipe.arn(call.partition), in: call.partition, call.transaction)
    let (room, partition, name) = (call.room, call.partition, pipe.name)
    call.transaction.afterCommit { room.unfollow(name, in: partition) }
  }
}

/// The rule by which a bus hands its events to a pipe. Pipes whose source is no bus have none.
private struct ManagedRule {
  private let pipe: Pipe
  private let call: Call<Pipes>
  private let bus: String?
  private let name: String

  init(_ pipe: Pipe, _ call: Call<Pipes>) {
    self.pipe = pipe
    self.call = call
    bus = ARN(pipe.source).flatMap { $0.service == "events" ? $0.description : nil }
    name = Self.name(pipe.name)
  }

  /// A name of at most 64 characters that no other pipe's rule has.
  private static func name(_ pipe: String) -> String {
    let full = "MartletPipe-\(pipe)"
    if full.utf8.count <= 64 { return full }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in pipe.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return "\(full.prefix(47))-\(String(hash, radix: 16))"
  }

  func put(enabled: Bool) throws(Fault) {
    guard let bus else { return }
    // One filter is the rule's pattern, so that what it does not want never comes; several are tried by the pipe.
    let patterns = pipe.sourceParameters?.patterns ?? []
    let pattern = patterns.count == 1 ? patterns[0] : #"{"source":[{"prefix":""}]}"#
    try invoke(
      "PutRule",
      [
        "Name": .string(name), "EventBusName": .string(bus), "EventPattern": .string(pattern), "State": enabled ? "ENABLED" : "DISABLED",
        "Description": .string("Hands events to the pipe \(pipe.name)."),
      ])
    let answer = try invoke(
      "PutTargets",
      [
        "Rule": .string(name), "EventBusName": .string(bus),
        "Targets": [["Id": "pipe", "Arn": .string(pipe.arn(call.partition).description)]],
      ])
    if let failed = answer["FailedEntries"]?[0] {
      throw Fault.validation(failed["ErrorMessage"]?.string ?? "The rule of the pipe was refused.")
    }
  }

  func disable() throws(Fault) {
    guard let bus else { return }
    try unlessGone("DisableRule", ["Name": .string(name), "EventBusName": .string(bus)])
  }

  func remove() throws(Fault) {
    guard let bus else { return }
    try unlessGone("RemoveTargets", ["Rule": .string(name), "EventBusName": .string(bus), "Ids": ["pipe"], "Force": true])
    try unlessGone("DeleteRule", ["Name": .string(name), "EventBusName": .string(bus), "Force": true])
  }

  private func unlessGone(_ operation: String, _ input: JSONValue) throws(Fault) {
    do throws(Fault) { try invoke(operation, input) } catch {
      if error.code != "ResourceNotFoundException" { throw error }
    }
  }

  @discardableResult
  private func invoke(_ operation: String, _ input: JSONValue) throws(Fault) -> JSONValue {
    let principal = Pipes.identity.principal
    let context = CallContext(
      caller: .service(principal, in: call.partition), requestID: call.room.context.identifiers.uuid(), now: call.now,
      invokedBy: principal)
    return try call.room.context.invoker.call("events", operation, input, context, in: call.transaction)
  }
}
