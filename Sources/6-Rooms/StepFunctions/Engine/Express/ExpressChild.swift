import JSON
import ServiceKit
import StatesLanguage
import Store
import Time

/// An Express child of a map run as it is listed and described: of those that run only memory knows, of those that have ended their
/// results.
struct ExpressChild {
  var run: MapRun
  var child: Int
  var attempt: Int?
  var started: Timestamp
  /// Nil while it runs.
  var result: MapRunResult?

  var name: String { Self.name(child, attempt: attempt, of: run.id) }
  var status: String { result?.status.rawValue ?? "RUNNING" }

  func arn(_ partition: Partition) -> String {
    "arn:aws:states:\(partition.region):\(partition.account):express:\(run.childMachine):\(name):\(run.id)"
  }

  /// The run's identifier with the redrive and the child's number as its last twelve digits.
  static func name(_ child: Int, attempt: Int?, of run: String) -> String {
    func hex(_ number: Int, _ width: Int) -> String {
      let digits = String(number, radix: 16)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(run.prefix(24))\(hex(attempt ?? 0, 4))\(hex(child, 8))"
  }

  /// The child and the redrive that a name tells; nil when it is none of the run's.
  static func parse(_ name: String, of run: String) -> (child: Int, attempt: Int?)? {
    let digits = name.dropFirst(24)
    guard name.prefix(24) == run.prefix(24), digits.count == 12, let attempt = Int(digits.prefix(4), radix: 16),
      let child = Int(digits.suffix(8), radix: 16)
    else { return nil }
    return (child, attempt == 0 ? nil : attempt)
  }
}

extension Call where Home == StepFunctions {
  /// The child that an ARN `express:machine/label:name:run` names. Throws InvalidArn for other Express executions, of which nothing is
  /// stored, and ExecutionDoesNotExist.
  func expressChild(_ text: String) throws -> ExpressChild {
    let arn = try StatesARN.parse(text, "express", in: partition)
    let parts = arn.resourceName.split(separator: ":").map(String.init)
    guard parts.count == 3 else { throw Fault.invalidARN(text) }
    guard parts[0].contains("/") else { throw Fault.wrongType("express") }
    guard let run = try get(MapRun.self, parts[2]), run.isExpress, run.childMachine == parts[0],
      let (child, attempt) = ExpressChild.parse(parts[1], of: run.id)
    else { throw Fault.executionNotFound(text) }
    if attempt == run.redriveCount, let started = room.drivers.children(of: run.id)[child] {
      return ExpressChild(run: run, child: child, attempt: attempt, started: started)
    }
    var next = Int64.max
    while next > 0 {
      let records = try transaction.records(of: run.results(partition), from: next, limit: 100, descending: true)
      for record in records {
        let results = try JSONValue(parsing: record.body).decode([MapRunResult].self)
        if let result = results.last(where: { $0.child == child && $0.attempt == attempt }) {
          return ExpressChild(run: run, child: child, attempt: attempt, started: result.started ?? run.started, result: result)
        }
      }
      next = (records.last?.sequence ?? 1) - 1
    }
    throw Fault.executionNotFound(text)
  }

  /// The child as DescribeExecution answers it.
  func description(of child: ExpressChild, includingData: Bool) throws -> JSONValue {
    var object: JSONObject = [
      "executionArn": .string(child.arn(partition)),
      "stateMachineArn": .string(StateMachine.arn(child.run.childMachine, partition).description), "name": .string(child.name),
      "status": .string(child.status), "startDate": child.started.secondsValue,
    ]
    if let stopped = child.result?.stopped { object["stopDate"] = stopped.secondsValue }
    if includingData {
      var inputs = MapRunInputs(child.run, self)
      object["input"] = .string(try inputs.text(of: child.child))
    }
    object["inputDetails"] = ["included": .bool(includingData)]
    if let output = child.result?.output {
      if includingData { object["output"] = .string(output) }
      object["outputDetails"] = ["included": .bool(includingData)]
    }
    object["mapRunArn"] = .string(child.run.arn(partition))
    if includingData {
      object["error"] = child.result?.description?["Error"]
      object["cause"] = child.result?.description?["Cause"]
    }
    object["redriveCount"] = 0
    if ["RUNNING", "SUCCEEDED"].contains(child.status) {
      object["redriveStatus"] = "NOT_REDRIVABLE"
      object["redriveStatusReason"] = .string("Execution is \(child.status) and cannot be redriven")
    } else {
      object["redriveStatus"] = "REDRIVABLE_BY_MAP_RUN"
    }
    return .object(object)
  }

  private static var running: String { "running" }

  /// Children of an Express run, the latest first: those that run, then the others in the opposite order of their ends.
  ///
  /// - Parameter after: `running` with the start and number of the last child of the page before, or the record of results it is in with its
  ///   place there.
  func expressChildren(
    of run: MapRun, status: String?, after: CatalogCursor?, limit: Int
  ) throws -> (children: [ExpressChild], next: CatalogCursor?) {
    var found: [ExpressChild] = []
    if status ?? "RUNNING" == "RUNNING", after == nil || after?.value == Self.running {
      // By the start and number of the last one: those that ended meanwhile are not missed in between.
      let last = after.flatMap { cursor -> (Timestamp, Int)? in
        let parts = cursor.key.split(separator: "/").compactMap { Int64($0) }
        return parts.count == 2 ? (Timestamp(microseconds: parts[0]), Int(clamping: parts[1])) : nil
      }
      let running = room.drivers.children(of: run.id).map { ($0.value, $0.key) }.filter { child in last.map { child < $0 } ?? true }
        .sorted { $0 > $1 }
      found = running.prefix(limit).map { ExpressChild(run: run, child: $0.1, attempt: run.redriveCount, started: $0.0) }
      if running.count > limit, let last = found.last {
        return (found, CatalogCursor(value: Self.running, key: "\(last.started.microseconds)/\(last.child)"))
      }
    }
    if status == "RUNNING" { return (found, nil) }
    var next = after.flatMap { Int64($0.value) } ?? Int64.max
    var end = next == Int64.max ? nil : after.flatMap { Int($0.key) }
    while next > 0 {
      let records = try transaction.records(of: run.results(partition), from: next, limit: 20, descending: true)
      for record in records {
        let results = try JSONValue(parsing: record.body).decode([MapRunResult].self)
        for index in (0..<min(end ?? results.count, results.count)).reversed() {
          let result = results[index]
          if let status, result.status.rawValue != status { continue }
          if found.count == limit { return (found, CatalogCursor(value: String(record.sequence), key: String(index + 1))) }
          found.append(
            ExpressChild(
              run: run, child: result.child, attempt: result.attempt, started: result.started ?? run.started, result: result))
        }
        end = nil
      }
      next = (records.last?.sequence ?? 1) - 1
    }
    return (found, nil)
  }
}
