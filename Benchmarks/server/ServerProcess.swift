import Foundation
import JSON
import NIOPosix
import Server
import ServiceKit
import SigV4
import Time

/// A server as users run it, in a process of its own, and clients that sign their requests. Used by one task at a time.
package final class ServerProcess: @unchecked Sendable {
  private let folder: String
  private let port: Int
  private var process: Process?
  private let outbound = NetworkOutbound(group: MultiThreadedEventLoopGroup.singleton, mail: nil)
  private var key = RootKey(accessKey: "", secret: "")

  package init(folder: String, port: Int) {
    self.folder = folder
    self.port = port
  }

  /// Starts the server; answers the seconds until its first answer.
  package func start() async throws -> Double {
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

  package func kill() {
    guard let process else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  package func close() async throws {
    kill()
    try await outbound.close()
  }

  /// Megabytes in memory, and seconds of CPU used so far.
  package var usage: (megabytes: Double, cpu: Double) {
    guard let process, let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/statm", encoding: .utf8),
      let stat = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
    else { return (0, 0) }
    let pages = status.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
    return (pages * 4_096 / 1e6, ticks / 100)
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
  }

  /// A signed call of a REST operation.
  @discardableResult
  package func call(_ service: String, _ method: String, _ path: String, _ body: JSONValue) async throws -> JSONValue {
    try await send(service, method, path, "application/json", nil, body)
  }

  /// A signed call of an operation of a service that speaks JSON in version 1.0.
  @discardableResult
  package func call(_ service: String, target: String, _ body: JSONValue) async throws -> JSONValue {
    try await send(service, "POST", "/", "application/x-amz-json-1.0", target, body)
  }

  private func send(
    _ service: String, _ method: String, _ path: String, _ type: String, _ target: String?, _ body: JSONValue
  ) async throws -> JSONValue {
    let bytes = body.bytes
    let headers = signed(service, method, path, type, target, bytes)
    let answer = try await outbound.send(
      OutboundRequest(method: method, url: "http://127.0.0.1:\(port)\(path)", headers: headers, body: bytes, timeout: .seconds(60)))
    guard answer.status == 200 else { throw Failure("\(answer.status) \(String(decoding: answer.body, as: UTF8.self))") }
    return try JSONValue(parsing: answer.body)
  }

  private func signed(
    _ service: String, _ method: String, _ path: String, _ type: String, _ target: String?, _ body: [UInt8]
  ) -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = [("host", "127.0.0.1:\(port)"), ("content-type", type)]
    if let target { headers.append(("x-amz-target", target)) }
    return headers
      + SigV4.sign(
        SigningRequest(method: method, path: path, query: "", headers: headers), body: body, accessKey: key.accessKey, secret: key.secret,
        region: "eu-central-1", service: service, now: SystemClock().now())
  }

  // MARK: Load

  /// A whole request of a REST operation, signed now, for `load`.
  package func request(_ service: String, _ method: String, _ path: String, _ body: JSONValue) -> [UInt8] {
    message(service, method, path, "application/json", nil, body)
  }

  /// A whole request of an operation of a service that speaks JSON in version 1.0, signed now, for `load`.
  package func request(_ service: String, target: String, _ body: JSONValue) -> [UInt8] {
    message(service, "POST", "/", "application/x-amz-json-1.0", target, body)
  }

  private func message(
    _ service: String, _ method: String, _ path: String, _ type: String, _ target: String?, _ body: JSONValue
  ) -> [UInt8] {
    let bytes = body.bytes
    var head = "\(method) \(path) HTTP/1.1\r\ncontent-length: \(bytes.count)\r\n"
    for (name, value) in signed(service, method, path, type, target, bytes) { head += "\(name): \(value)\r\n" }
    return Array((head + "\r\n").utf8) + bytes
  }

  /// Sends all of them by so many clients, each the next that is left; answers the seconds it took, and how long each took.
  package func load(_ requests: [[UInt8]], clients: Int) async throws -> (seconds: Double, durations: [Duration]) {
    let begin = ContinuousClock.now
    let durations = try await Load.run(requests, clients: clients, port: port, on: MultiThreadedEventLoopGroup.singleton.next())
    return ((ContinuousClock.now - begin).secondsAsDouble, durations)
  }
}
