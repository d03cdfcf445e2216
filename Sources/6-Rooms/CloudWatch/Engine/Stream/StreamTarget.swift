import JSON
import ServiceKit
import Store

/// Where a metric stream flows to.
enum StreamTarget: Sendable {
  case bus(ARN)
  case destination(ARN)
  case queue(ARN)
  /// What Firehose sends to HTTP endpoints.
  case url(String)

  /// Nil for anything else.
  init?(_ text: String) {
    if text.hasPrefix("http://") || text.hasPrefix("https://") {
      let rest = text.drop { $0 != "/" }.dropFirst(2)
      guard let first = rest.first, first != "/", first != ":", text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
      self = .url(text)
      return
    }
    guard let arn = ARN(text) else { return nil }
    switch (arn.service, arn.resourceType) {
    case ("events", "event-bus"): self = .bus(arn)
    case ("events", "api-destination"): self = .destination(arn)
    case ("sqs", ""): self = .queue(arn)
    default: return nil
    }
  }

  /// The operation that takes the records: lines of JSON.
  func call(_ batch: StreamBatch, _ source: ARN, _ invoker: Invoker) throws -> (service: String, operation: String, input: JSONValue) {
    let home = Partition(account: source.account, region: source.region)
    switch self {
    case .url(let url):
      return (
        "cloudwatch", "SendMetricRecords",
        [
          "Url": .string(url), "SourceArn": .string(source.description), "RequestId": .string(batch.id),
          batch.encoded == nil ? "Data" : "EncodedData": .string(batch.text),
        ]
      )
    case .bus(let arn), .destination(let arn):
      let text = batch.document.text
      return try invoker.resolve(
        Delivery(
          target: arn, payload: batch.document, text: text,
          parameters: ["EventBridgeParameters": ["Source": "martlet.cloudwatch", "DetailType": "CloudWatch Metric Stream"]], id: batch.id),
        in: home)
    case .queue(let arn):
      return try invoker.resolve(
        Delivery(target: arn, payload: .string(batch.text), text: batch.text, parameters: JSONObject(), id: batch.id), in: home)
    }
  }
}

/// Records on their way to a stream's target.
struct StreamBatch: Codable, Sendable {
  var stream: String
  var id: String
  /// One JSON object each line; empty in OpenTelemetry's formats.
  var lines: String
  /// In Base64, in these formats.
  var encoded: String?
  /// Nil in what older versions queued: as many as lines.
  var records: Int?
  var attempt = 0
  var first: Double

  var text: String { encoded ?? lines }
  var count: Int { records ?? lines.utf8.count { $0 == UInt8(ascii: "\n") } }

  /// As one object, for whoever takes no lines.
  var document: JSONValue {
    if let encoded { return ["metric_stream_name": .string(stream), "data": .string(encoded)] }
    let records = lines.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
    return ["metric_stream_name": .string(stream), "records": .array(records)]
  }
}
