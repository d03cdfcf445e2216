import BenchServer
import Foundation
import JSON
import Time

/// Executions over HTTP with signed requests, of a server in a process of its own: five states that need not wait, Standard and Express.
func http(_ count: Int, clients: Int) async throws {
  let folder = "/tmp/martlet-bench-states-server"
  try? FileManager.default.removeItem(atPath: folder)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let server = ServerProcess(folder: folder, port: 45_662)
  _ = try await server.start()
  for (type, operation) in [("STANDARD", "StartExecution"), ("EXPRESS", "StartSyncExecution")] {
    let machine =
      try await server.call(
        "states", target: "AWSStepFunctions.CreateStateMachine",
        [
          "name": .string("five-\(type)"), "definition": .string(Definitions.five.text), "type": .string(type),
          "roleArn": "arn:aws:iam::000000000000:role/bench",
        ])["stateMachineArn"] ?? .null
    let input: JSONValue = ["stateMachineArn": machine, "input": #"{"given":"text"}"#]
    let request = { server.request("states", target: "AWSStepFunctions.\(operation)", input) }
    _ = try await server.load((0..<200).map { _ in request() }, clients: 1)
    let (_, idle) = try await server.load((0..<500).map { _ in request() }, clients: 1)
    print("\(type) over HTTP, one at a time: start to end \(quantiles(idle))")
    let requests = (0..<count).map { _ in request() }
    let before = server.usage
    let (seconds, durations) = try await server.load(requests, clients: clients)
    let cpu = server.usage.cpu - before.cpu
    print(
      "\(type) over HTTP, \(clients) clients: \(Int(Double(count) / seconds)) executions/s, \(quantiles(durations)); "
        + "the server's CPU \(Int(cpu / Double(count) * 1e6)) us each, that is \(Int(Double(count) / cpu)) for each CPU second")
  }
  try await server.close()
}
