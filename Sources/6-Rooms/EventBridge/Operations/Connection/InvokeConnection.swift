import JSON
import ServiceKit
import Store

/// Sends one HTTP request to any endpoint under a connection's authorization, and answers whatever comes, of any status: what an HTTP Task does.
///
/// Faults: ResourceNotFoundException; CONNECTION_FAILURE when no answer comes in time; AUTHORIZATION_FAILED.
struct InvokeConnection: AsyncOperation {
  struct Input: Shape {
    var connectionArn: String
    var method: String
    var endpoint: String
    var headers: [String: String]?
    var queryParameters: [String: String]?
    var body: String?
    var timeoutSeconds: Int?
    static var limits: [Limit<Self>] {
      [
        .length("connectionArn", \.connectionArn, 1...1_600, .connectionARN),
        .oneOf("method", \.method, ["HEAD", "POST", "PATCH", "DELETE", "PUT", "GET", "OPTIONS"]),
        .length("endpoint", \.endpoint, 1...2_048), .range("timeoutSeconds", \.timeoutSeconds, 1...60),
      ]
    }
  }
  struct Output: Shape {
    var statusCode: Int
    /// The values of each header, names in lower case.
    var headers: [String: [String]]
    var body: String

    init(_ answer: OutboundResponse) {
      statusCode = answer.status
      headers = Dictionary(answer.headers.map { ($0.name.lowercased(), [$0.value]) }, uniquingKeysWith: { $0 + $1 })
      body = String(decoding: answer.body, as: UTF8.self)
    }
  }
  static let audit = AuditDetail.callOnly

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.connectionArn) ?? caller.arn("events", "connection/*") }

  static func run(_ input: Input, _ call: AsyncCall<EventBridge>) async throws -> Output {
    guard HttpCall.isURL(input.endpoint) else { throw Fault.invalidParameter("Endpoint", "It must be an http or https URL.") }
    let connection = try await call.read { try $0.connection(arn: input.connectionArn) }
    var request = HttpCall(method: input.method, url: input.endpoint, body: input.body ?? "")
    for (name, value) in (input.headers ?? [:]).sorted(by: { $0.key < $1.key }) { request.set(header: name, value) }
    for (name, value) in (input.queryParameters ?? [:]).sorted(by: { $0.key < $1.key }) { request.set(query: name, value) }
    let answer = try await call.room.send(
      request, connection, timeout: .seconds(Int64(input.timeoutSeconds ?? 60)), in: call.partition)
    return Output(answer)
  }
}
