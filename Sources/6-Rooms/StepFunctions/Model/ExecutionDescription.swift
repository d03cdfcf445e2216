import JSON
import ServiceKit
import Store
import Time

extension Execution {
  /// Whether a redrive would be taken, and why not. Source: AWS Step Functions API Reference, DescribeExecution.
  enum Redrivability: Equatable {
    case redrivable
    /// A child of a map run, which is redriven with the execution that the run is of.
    case byMapRun
    case not(String)
  }

  /// - Parameter strict: whether AWS's quotas hold: fourteen days, one year, 24,999 events.
  func redrivability(now: Timestamp, strict: Bool) -> Redrivability {
    switch status {
    case "RUNNING": return .not("Execution is RUNNING and cannot be redriven")
    case "SUCCEEDED": return .not("Execution is SUCCEEDED and cannot be redriven")
    default: break
    }
    guard isResumable == true else { return .not("Execution was started before the launch of RedriveExecution") }
    let able: Self.Redrivability = mapRun == nil ? .redrivable : .byMapRun
    guard strict else { return able }
    if let stopped, now - stopped > .seconds(14 * 86_400) { return .not("Execution redrivable period exceeded") }
    if now - started > .seconds(365 * 86_400) { return .not("Execution has exceeded the max execution time") }
    if let events, events >= 24_999 { return .not("Execution history event limit exceeded") }
    return able
  }

  /// The execution as DescribeExecution answers it.
  func description(
    _ partition: Partition, input: String?, output: String?, now: Timestamp, strict: Bool, includingData: Bool = true
  ) -> JSONObject {
    var object: JSONObject = [
      "executionArn": .string(arn(partition).description),
      "stateMachineArn": .string(StateMachine.arn(machine, partition).description), "name": .string(name), "status": .string(status),
      "startDate": started.secondsValue,
    ]
    if let stopped { object["stopDate"] = stopped.secondsValue }
    if includingData, let input { object["input"] = .string(input) }
    object["inputDetails"] = ["included": .bool(includingData)]
    if let output {
      if includingData { object["output"] = .string(output) }
      object["outputDetails"] = ["included": .bool(includingData)]
    }
    if let mapRun = mapRunArn(partition) { object["mapRunArn"] = .string(mapRun) }
    if let traceHeader { object["traceHeader"] = .string(traceHeader) }
    if includingData, let error { object["error"] = .string(error) }
    if includingData, let cause { object["cause"] = .string(cause) }
    if let version = versionArn(partition) { object["stateMachineVersionArn"] = .string(version) }
    if let alias = aliasArn(partition) { object["stateMachineAliasArn"] = .string(alias) }
    object["redriveCount"] = .int(Int64(redrives))
    if let redriven { object["redriveDate"] = redriven.secondsValue }
    switch redrivability(now: now, strict: strict) {
    case .redrivable: object["redriveStatus"] = "REDRIVABLE"
    case .byMapRun: object["redriveStatus"] = "REDRIVABLE_BY_MAP_RUN"
    case .not(let reason):
      object["redriveStatus"] = "NOT_REDRIVABLE"
      object["redriveStatusReason"] = .string(reason)
    }
    return object
  }
}

extension Call where Home == StepFunctions {
  /// The execution as DescribeExecution answers it, its large texts read.
  func description(of execution: Execution, includingData: Bool = true) throws -> JSONValue {
    .object(
      execution.description(
        partition, input: includingData ? try input(of: execution) : nil,
        output: includingData ? try output(of: execution) : execution.output, now: now, strict: enforcesQuotas,
        includingData: includingData))
  }
}

extension Timestamp {
  /// Seconds to the millisecond, as the JSON protocols write instants.
  var secondsValue: JSONValue { .double(Double(milliseconds) / 1_000) }
}
