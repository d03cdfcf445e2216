import Foundation
import JSON
import NIOPosix
import Server
import ServiceKit
import SigV4
import Time

/// A server as users run it, in a process of its own, and a client that signs its requests.
/// Used by one task at a time but for `call`, which only reads.
final class ServerProcess: @unchecked Sendable {
  let folder: String
  let port: Int
  private var process: Process?
  private let outbound = NetworkOutbound(group: MultiThreadedEventLoopGroup.singleton, mail: nil)
  private var key = RootKey(accessKey: "", secret: "")

  init(folder: String, port: Int) {
    self.folder = folder
    self.port = port
  }

  /// Starts the server; answers the seconds until its first answer.
  func start() async throws -> Double {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "martlet")
    process.arguments = ["serve", "--data", folder, "--address", "127.0.0.1:\(port)", "--region", "eu-central-1", "--log-level", "error"]
    let begin = ContinuousClock.now
    try process.run()
    self.process = process
    while true {
      let answer = try? await outbound.send(OutboundRequest(method: "GET", url: "http://127.0.0.1:\(port)/_martlet/health"))
      if answer?.status == 200 { break }
      guard process.isRunning, ContinuousClock.now - begin < .seconds(60) else { throw Failure("the server does not start") }
      try await Task.sleep(for: .milliseconds(2))
    }
    let took = (ContinuousClock.now - begin).secondsAsDouble
    key = try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: folder + "/root-key.json")))).decode(RootKey.self)
    return took
  }

  func kill() {
    guard let process else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func close() async throws {
    kill()
    try await outbound.close()
  }

  /// Megabytes in memory, and seconds of CPU used so far.
  var usage: (megabytes: Double, cpu: Double) {
    guard let process, let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8),
      let stat = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
    else { return (0, 0) }
    let pages = status.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
    return (pages * 4_096 / 1e6, ticks / 100)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  /// A signed call of a REST operation.
  func call(_ method: String, _ path: String, _ body: JSONValue) async throws {
    let bytes = body.bytes
    let headers: [(name: String, value: String)] = [("host", "127.0.0.1:\(port)"), ("content-type", "application/json")]
    let signature = SigV4.sign(
      SigningRequest(method: method, path: path, query: "", headers: headers), body: bytes, accessKey: key.accessKey, secret: key.secret,
      region: "eu-central-1", service: "scheduler", now: SystemClock().now())
    let answer = try await outbound.send(
      OutboundRequest(
        method: method, url: "http://127.0.0.1:\(port)\(path)", headers: headers + signature, body: bytes, timeout: .seconds(60)))
    guard answer.status == 200 else { throw Failure("\(answer.status) \(String(decoding: answer.body, as: UTF8.self))") }
  }
}

/// So many schedules made over the API by so many clients; then what they cost in memory, and a restart after `kill -9`.
func create(_ count: Int, clients: Int) async throws {
  let folder = "/tmp/martlet-bench-schedules-server"
  try? FileManager.default.removeItem(atPath: folder)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let server = ServerProcess(folder: folder, port: 45_661)
  let cold = try await server.start()
  let before = server.usage
  let begin = ContinuousClock.now
  let target: JSONValue = [
    "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "RoleArn": "arn:aws:iam::000000000000:role/bench",
    "Input": #"{"QueueUrl":"http://127.0.0.1:4566/000000000000/bench","MessageBody":"due"}"#,
  ]
  try await withThrowingTaskGroup(of: Void.self) { group in
    for client in 0..<clients {
      group.addTask { [server] in
        for number in stride(from: client, to: count, by: clients) {
          // Spread over the days of a year, so that nothing is due while this runs.
          let (month, day) = (number % 12 + 1, number % 28 + 1)
          try await server.call(
            "POST", "/schedules/s\(number)",
            [
              "ScheduleExpression": .string("cron(\(number % 60) \(number % 24) \(day) \(month) ? 2099)"),
              "FlexibleTimeWindow": ["Mode": "OFF"], "Target": target,
            ])
        }
      }
    }
    try await group.waitForAll()
  }
  let took = (ContinuousClock.now - begin).secondsAsDouble
  let after = server.usage
  server.kill()
  let again = try await server.start()
  print(
    "\(count) schedules by \(clients) clients over HTTP: \(Int(Double(count) / took))/s, \(Int(Double(count) / (after.cpu - before.cpu)))/s of the server's CPU; memory \(Int(before.megabytes)) MB before, \(Int(after.megabytes)) MB after, \(Int(server.usage.megabytes)) MB after a restart; first answer \(Int(cold * 1_000)) ms after an empty start, \(Int(again * 1_000)) ms after kill -9"
  )
  try await server.close()
}
