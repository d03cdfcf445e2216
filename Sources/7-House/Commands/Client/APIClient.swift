import ArgumentParser
import FoundationEssentials
import JSON
import NIOPosix
import Server
import ServiceKit
import SigV4
import Time

/// Asks a running server, with a signature as any AWS tool makes it.
struct APIClient: Sendable {
  let endpoint: String
  let region: String
  let key: RootKey
  let token: String?

  /// Calls one of the operations beyond AWS's: `POST /_martlet/api/SERVICE/OPERATION`.
  ///
  /// Throws Refusal with the server's own words, or that it can not be reached.
  func call(_ service: String, _ operation: String, _ input: JSONValue) async throws -> JSONValue {
    try await post("/_martlet/api/\(service)/\(operation)", signedFor: "martlet", [], input)
  }

  /// Calls an operation of AWS's as its own tools do, by the target of awsJson1.1: `Logs_20140328.StartQuery`.
  func call(target: String, of service: String, _ input: JSONValue) async throws -> JSONValue {
    try await post("/", signedFor: service, [("x-amz-target", target)], input)
  }

  private func post(
    _ path: String, signedFor service: String, _ more: [(name: String, value: String)], _ input: JSONValue
  ) async throws -> JSONValue {
    guard let url = URL(string: endpoint), let host = url.host else {
      throw Refusal("the endpoint must be a URL like http://127.0.0.1:4566, not '\(endpoint)'")
    }
    let authority = url.port.map { "\(host):\($0)" } ?? host
    let body = input.bytes
    let headers: [(name: String, value: String)] = [("host", authority), ("content-type", "application/x-amz-json-1.1")] + more
    let signature = SigV4.sign(
      SigningRequest(method: "POST", path: path, query: "", headers: headers), body: body, accessKey: key.accessKey, secret: key.secret,
      token: token, region: region, service: service, now: SystemClock().now())
    let outbound = NetworkOutbound(group: MultiThreadedEventLoopGroup.singleton, mail: nil)
    let request = OutboundRequest(url: endpoint + path, headers: headers + signature, body: body, timeout: .seconds(120))
    let outcome: Result<OutboundResponse, any Error>
    do { outcome = .success(try await outbound.send(request)) } catch { outcome = .failure(error) }
    try await outbound.close()
    let answer: OutboundResponse
    do { answer = try outcome.get() } catch let error as OutboundError {
      throw Refusal("the server at \(endpoint) can not be reached: \(error.reason)")
    }
    let document = (try? JSONValue(parsing: answer.body)) ?? .null
    guard answer.status == 200 else {
      throw Refusal(
        document["message"]?.string ?? "the server answered \(answer.status): \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
    }
    return document
  }
}

/// Why a command could not do what it was told, in one sentence; the command ends with status 1.
struct Refusal: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
