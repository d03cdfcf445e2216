import JSON
import ServiceKit
import Time
import Wire

/// Short-lived credentials for jobs, renewed by asking again: the container credentials endpoint of AWS's SDKs.
///
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
struct JobCredentials: Sendable {
  /// How long a set of credentials holds; SDKs ask again some minutes before its end.
  private static let life = Duration.seconds(3_600)
  let tokens: TokenSeal
  let invoker: Invoker
  let clock: any WallClock

  func answer(_ request: WireRequest) async -> WireResponse {
    guard let token = request.header("authorization"), let identity = JobIdentity(token: token, tokens) else {
      return refuse(403, "The Authorization header must be the token in AWS_CONTAINER_AUTHORIZATION_TOKEN of a running job.")
    }
    do {
      guard try await runs(identity) else { return refuse(403, "The job \(identity.session) does not run.") }
      let session = try await invoker.credentials?.session(
        role: identity.role, name: identity.session, duration: Self.life, in: identity.partition)
      guard let session else { return refuse(503, "The server is starting.") }
      let answer: JSONValue = [
        "RoleArn": .string(identity.role), "AccessKeyId": .string(session.accessKey), "SecretAccessKey": .string(session.secret),
        "Token": .string(session.token), "Expiration": .string(session.expiration.iso8601()),
      ]
      return WireResponse(status: 200, headers: [("content-type", "application/json")], body: answer.bytes)
    } catch {
      return refuse(500, "\(error)")
    }
  }

  private func runs(_ identity: JobIdentity) async throws -> Bool {
    let context = CallContext(
      caller: .service("batch.amazonaws.com", in: identity.partition), requestID: identity.session, now: clock.now(),
      invokedBy: "batch.amazonaws.com")
    let jobs = try await invoker.call("batch", "DescribeJobs", ["jobs": [.string(identity.session)]], context)
    let status = jobs["jobs"]?[0]?["status"]
    return status == "RUNNING" || status == "STARTING"
  }

  private func refuse(_ status: Int, _ message: String) -> WireResponse {
    let body: JSONValue = ["code": "AccessDenied", "message": .string(message)]
    return WireResponse(status: status, headers: [("content-type", "application/json")], body: body.bytes)
  }
}
