import FoundationEssentials
import JSON
import ServiceKit
import Time

/// Sends records of a metric stream to a URL, as Firehose sends them to HTTP endpoints. An extension of Martlet's, which streams use.
///
/// Source: Amazon Data Firehose Developer Guide, "HTTP endpoint delivery request and response specifications".
/// Differs: every answer of status 2xx will do, whatever its body says.
struct SendMetricRecords: AsyncOperation {
  struct Input: Shape {
    var url: String
    var sourceArn: String
    var requestId: String
    /// One of the two: a text, or what is Base64 already.
    var data: String?
    var encodedData: String?
  }
  struct Output: Shape { var statusCode: Int }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    guard case .url? = StreamTarget(input.url) else { throw Fault.invalidValue("\(input.url.prefix(255)) is no http or https URL.") }
    guard (input.data == nil) != (input.encodedData == nil) else {
      throw Fault.invalidCombination("Exactly one of the parameters Data and EncodedData must be specified.")
    }
    let data = input.encodedData ?? Data((input.data ?? "").utf8).base64EncodedString()
    let body: JSONValue = [
      "requestId": .string(input.requestId), "timestamp": .int(call.now.milliseconds),
      "records": [["data": .string(data)]],
    ]
    let request = OutboundRequest(
      url: input.url,
      headers: [
        ("content-type", "application/json"), ("x-amz-firehose-protocol-version", "1.0"), ("x-amz-firehose-request-id", input.requestId),
        ("x-amz-firehose-source-arn", input.sourceArn),
      ], body: body.bytes)
    let answer: OutboundResponse
    do { answer = try await call.room.context.outbound.send(request) } catch let error as OutboundError {
      throw Fault("EndpointUnreachable", error.reason, status: error.mayPass ? 503 : 400)
    }
    guard (200..<300).contains(answer.status) else {
      let text = String(decoding: answer.body.prefix(500), as: UTF8.self)
      throw Fault(
        "EndpointRefused", "The endpoint answered \(answer.status): \(text)",
        status: answer.status >= 500 || answer.status == 429 ? 503 : 400)
    }
    return Output(statusCode: answer.status)
  }
}
