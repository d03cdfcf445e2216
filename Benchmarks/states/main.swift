import FoundationEssentials
import JSON
import ServiceKit
import StepFunctions
import Store
import StoreSQLite
import Time

// Step Functions on a store on disk, in process unless it says otherwise.
//
//     bench-states standard [COUNT]     five states that need not wait: sustained by 64 callers, and one at a time
//     bench-states express [COUNT]      the same machine as Express, synchronous
//     bench-states waiting [COUNT]      executions that wait on timers: memory, and a restart
//     bench-states history [EVENTS]     a long history read page by page
//     bench-states map [ITEMS]          a Distributed Map of Express and of Standard children, concurrency 1,000
//     bench-states http [COUNT] [CLIENTS]
//                                       standard and express over HTTP, signed, of a server built beside this program

let arguments = CommandLine.arguments.dropFirst()
let count = arguments.dropFirst().first.flatMap { Int($0) }
let folder = FileManager.default.temporaryDirectory.appending(path: "bench-states-\(ProcessInfo.processInfo.processIdentifier)").path
defer { try? FileManager.default.removeItem(atPath: folder) }

switch arguments.first {
case "standard"?: try await standard(count ?? 20_000)
case "express"?: try await express(count ?? 100_000)
case "waiting"?: try await waiting(count ?? 100_000)
case "history"?: try await history(count ?? 1_000_000)
case "map"?: try await map(count ?? 100_000)
case "http"?: try await http(count ?? 30_000, clients: arguments.dropFirst(2).first.flatMap { Int($0) } ?? 64)
default: print("standard, express, waiting, history, map or http")
}

/// So many calls by so many callers; how long each took.
func sustained(_ count: Int, callers: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws -> (Double, [Duration]) {
  let start = ContinuousClock.now
  let durations = try await withThrowingTaskGroup(of: [Duration].self) { group in
    for caller in 0..<callers {
      group.addTask {
        var durations: [Duration] = []
        for number in stride(from: caller, to: count, by: callers) {
          let begin = ContinuousClock.now
          try await body(number)
          durations.append(ContinuousClock.now - begin)
        }
        return durations
      }
    }
    return try await group.reduce(into: []) { $0 += $1 }
  }
  return ((ContinuousClock.now - start).inSeconds, durations)
}

func standard(_ count: Int) async throws {
  let house = try await StatesHouse(folder: folder)
  let machine = try await house.create("five", Definitions.five)
  let input: @Sendable (String) -> JSONValue = { ["stateMachineArn": machine, "name": .string($0), "input": #"{"given":"text"}"#] }
  let (alone, idle) = try await sustained(200, callers: 1) { try await house.call("StartExecution", input("idle\($0)")) }
  print("standard, one at a time: \(Int(200 / alone))/s, start to end \(quantiles(idle))")
  for callers in [16, 64, 256] {
    let (seconds, durations) = try await sustained(count, callers: callers) {
      try await house.call("StartExecution", input("c\(callers)n\($0)"))
    }
    print("standard, \(callers) callers: \(Int(Double(count) / seconds)) executions/s, \(quantiles(durations))")
  }
  let listed = try await house.call("ListExecutions", ["stateMachineArn": machine, "statusFilter": "SUCCEEDED", "maxResults": 1])
  print("one of them: \(listed["executions"]?[0]?["status"]?.text ?? "none")")
}

func express(_ count: Int) async throws {
  let house = try await StatesHouse(folder: folder)
  let machine = try await house.create("five", Definitions.five, type: "EXPRESS")
  let input: JSONValue = ["stateMachineArn": machine, "input": #"{"given":"text"}"#]
  let (alone, idle) = try await sustained(2_000, callers: 1) { _ in try await house.call("StartSyncExecution", input) }
  print("express, one at a time: \(Int(2_000 / alone))/s, \(quantiles(idle))")
  let (seconds, durations) = try await sustained(count, callers: 64) { _ in try await house.call("StartSyncExecution", input) }
  print("express, 64 callers: \(Int(Double(count) / seconds)) executions/s, \(quantiles(durations))")
}

func waiting(_ count: Int) async throws {
  var house: StatesHouse? = try await StatesHouse(folder: folder)
  let machine = try await house?.create("wait", Definitions.wait) ?? .null
  var running = Task { [house] in await house?.runner.run() }
  let before = resident()
  let first = house
  let (seconds, _) = try await sustained(count, callers: 128) { _ in try await first?.call("StartExecution", ["stateMachineArn": machine]) }
  try await Task.sleep(for: .seconds(1))
  print("\(count) executions that wait: \(Int(Double(count) / seconds)) started/s, memory grew by \((resident() - before) / count) B each")
  running.cancel()
  await running.value
  await house?.store.close()
  house = nil
  let start = ContinuousClock.now
  let again = try await StatesHouse(folder: folder)
  running = Task { await again.runner.run() }
  let listed = try await again.call("ListExecutions", ["stateMachineArn": machine, "statusFilter": "RUNNING", "maxResults": 1_000])
  print(
    "restart: \((ContinuousClock.now - start).inSeconds) s until \(listed["executions"]?.array?.count ?? 0) of them are listed, "
      + "\(resident() >> 20) MB resident")
  running.cancel()
  await running.value
}

func history(_ events: Int) async throws {
  let house = try await StatesHouse(folder: folder)
  let machine = try await house.create("loop", Definitions.loop)
  let running = Task { await house.runner.run() }
  let begin = ContinuousClock.now
  let input: JSONValue = ["left": .int(Int64(events / 4))]
  let execution =
    try await house.call("StartExecution", ["stateMachineArn": machine, "input": .string(input.text)])["executionArn"] ?? .null
  while try await house.call("DescribeExecution", ["executionArn": execution])["status"] == "RUNNING" {
    try await Task.sleep(for: .milliseconds(50))
  }
  print("\(events) events recorded in \((ContinuousClock.now - begin).inSeconds) s")
  var token: JSONValue?
  var pages: [Duration] = []
  var read = 0
  repeat {
    var input: JSONObject = ["executionArn": execution, "maxResults": 1_000]
    if let token { input["nextToken"] = token }
    let start = ContinuousClock.now
    let page = try await house.call("GetExecutionHistory", .object(input))
    pages.append(ContinuousClock.now - start)
    read += page["events"]?.array?.count ?? 0
    token = page["nextToken"].flatMap { $0.isNull ? nil : $0 }
  } while token != nil
  let tenth = max(1, pages.count / 10)
  print(
    "\(read) events read in pages of 1,000: first tenth \(quantiles(Array(pages.prefix(tenth)))), last \(quantiles(Array(pages.suffix(tenth))))"
  )
  running.cancel()
  await running.value
}

func map(_ items: Int) async throws {
  let house = try await StatesHouse(folder: folder)
  let running = Task { await house.runner.run() }
  let input = JSONValue.array((0..<items).map { .int(Int64($0)) })
  for type in ["EXPRESS", "STANDARD"] {
    let machine = try await house.create("map-\(type)", Definitions.map(1_000, type))
    let start = ContinuousClock.now
    let execution =
      try await house.call("StartExecution", ["stateMachineArn": machine, "input": .string(input.text)])["executionArn"] ?? .null
    var description: JSONValue = .null
    repeat {
      try await Task.sleep(for: .milliseconds(50))
      description = try await house.call("DescribeExecution", ["executionArn": execution])
    } while description["status"] == "RUNNING"
    print(
      "map of \(items) items, \(type) children, concurrency 1,000: \((ContinuousClock.now - start).inSeconds) s, \(description["status"]?.text ?? "")"
    )
  }
  running.cancel()
  await running.value
}
