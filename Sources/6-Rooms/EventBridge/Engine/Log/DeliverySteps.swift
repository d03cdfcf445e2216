import JSON
import ServiceKit
import Store
import Time

/// What a bus's log tells of one attempt to hand an event to a target.
struct DeliverySteps {
  private let logs: BusLogs
  private let log: BusLog
  private let partition: Partition
  private let dispatch: Dispatch
  private let rule: ARN
  private let input: String

  /// Nil where the bus logs nothing.
  init?(_ dispatch: Dispatch, bus: String, rule: ARN, input: String, _ room: EventBridge, in partition: Partition) {
    guard let log = room.logs.log(bus, in: partition) else { return nil }
    (logs, self.log, self.partition, self.dispatch, self.rule, self.input) = (room.logs, log, partition, dispatch, rule, input)
  }

  func begin(at now: Timestamp) {
    var details = names
    details["attempt_count"] = .int(Int64(dispatch.attempt + 1))
    details.append(data)
    var records: [BusRecord] = []
    if dispatch.attempt == 0 { records.append(record(.start, now, details)) }
    records.append(record(.attemptStart, now, details))
    logs.append(records, to: log, in: partition)
  }

  func end(_ result: DeliveryRecord, began: Timestamp, at now: Timestamp) {
    let error = failure(result)
    let status = JSONValue.string(result.errorCode ?? "SUCCESS")
    let duration = JSONValue.int((now - began).milliseconds)
    var attempt = names
    attempt["attempt_type"] = result.attempt == 1 ? "FIRST" : "RETRY"
    attempt["attempt_count"] = .int(Int64(result.attempt))
    attempt["invocation_status"] = status
    attempt["target_duration_ms"] = duration
    if let answer = result.answer { attempt["target_response_body"] = .string(answer.text) }
    let step: BusStep =
      switch result.outcome {
      case .delivered: .attemptSuccess
      case .retrying: result.isPostponed ? .attemptThrottle : .attemptRetryable
      case .deadLettered, .dropped: result.exhausted == nil ? .attemptPermanent : .attemptRetryable
      }
    var records = [record(step, now, attempt, error)]
    if result.outcome != .retrying {
      let details = outcome(result, began, now, status, duration)
      records.append(record(result.outcome == .delivered ? .success : .failure, now, details, error))
      if result.outcome == .deadLettered { records.append(record(.deadLetter, now, details, error)) }
    }
    logs.append(records, to: log, in: partition)
  }

  private func outcome(
    _ result: DeliveryRecord, _ began: Timestamp, _ now: Timestamp, _ status: JSONValue, _ duration: JSONValue
  ) -> JSONObject {
    var details = names
    details.append(data)
    details["total_attempts"] = .int(Int64(result.attempt))
    details["final_invocation_status"] = status
    let ingested = dispatch.routed.ingested
    if result.attempt == 1 {
      details["ingestion_to_start_latency_ms"] = .int((began - ingested).milliseconds)
      details["ingestion_to_complete_latency_ms"] = .int((now - ingested).milliseconds)
    }
    if result.outcome == .delivered { details["ingestion_to_success_latency_ms"] = .int((now - ingested).milliseconds) }
    details["target_duration_ms"] = duration
    if let answer = result.answer { details["target_response_body"] = .string(answer.text) }
    return details
  }

  private var names: JSONObject {
    var object: JSONObject = ["rule_arn": .string(rule.description)]
    if let role = dispatch.target.roleArn { object["role_arn"] = .string(role) }
    object["target_arn"] = .string(dispatch.target.arn)
    return object
  }

  private var data: JSONObject {
    [
      "target_input": .string(input),
      "target_properties": .string(JSONValue.object(dispatch.target.parameters(for: dispatch.routed.event)).text),
    ]
  }

  private func record(_ step: BusStep, _ now: Timestamp, _ details: JSONObject, _ error: BusRecord.Failure? = nil) -> BusRecord {
    BusRecord(
      step: step, time: now, event: dispatch.routed.event.id, request: dispatch.routed.request,
      invocation: BusRecord.invocation(dispatch.id), details: details, error: error)
  }

  private func failure(_ result: DeliveryRecord) -> BusRecord.Failure? {
    guard let code = result.errorCode else { return nil }
    let service = ARN(dispatch.target.arn)?.service ?? ""
    return BusRecord.Failure(message: "\(code): \(result.errorMessage ?? "")", service: service)
  }
}

extension JSONObject {
  /// Adds the other's members behind these.
  fileprivate mutating func append(_ other: JSONObject) {
    for (name, value) in other { self[name] = value }
  }
}
