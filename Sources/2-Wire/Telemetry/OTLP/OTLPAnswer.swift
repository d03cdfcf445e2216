import JSON
import Protobuf

/// What is answered to an export, in the request's own encoding. Source: OpenTelemetry Protocol 1.9, "OTLP/HTTP Response".
package enum OTLPAnswer {
  /// How requests and answers are written.
  package enum Encoding: Sendable {
    case protobuf, json
    package var contentType: String { self == .protobuf ? "application/x-protobuf" : "application/json" }
  }
  /// What was sent.
  package enum Signal: Sendable {
    case metrics, logs
    var rejected: String { self == .metrics ? "rejectedDataPoints" : "rejectedLogRecords" }
  }

  /// All was taken, or all but what is told: nothing rejected and a message is a warning.
  package static func success(_ encoding: Encoding, _ signal: Signal, rejected: Int, message: String) -> [UInt8] {
    if rejected == 0, message.isEmpty { return encoding == .json ? Array("{}".utf8) : [] }
    if encoding == .json {
      let partial: JSONValue = [signal.rejected: .string(String(rejected)), "errorMessage": .string(message)]
      return JSONValue.object(["partialSuccess": partial]).bytes
    }
    var writer = ProtobufWriter()
    writer.message(1) { partial in
      if rejected > 0 { partial.signed(1, Int64(rejected)) }
      if !message.isEmpty { partial.text(2, message) }
    }
    return writer.bytes
  }

  /// A google.rpc.Status.
  package static func failure(_ encoding: Encoding, code: Int, message: String) -> [UInt8] {
    if encoding == .json { return JSONValue.object(["code": .int(Int64(code)), "message": .string(message)]).bytes }
    var writer = ProtobufWriter()
    writer.signed(1, Int64(code))
    writer.text(2, message)
    return writer.bytes
  }

  /// The google.rpc.Code that goes with a status of HTTP.
  package static func code(status: Int) -> Int {
    switch status {
    case 400, 413, 415: 3
    case 401: 16
    case 403: 7
    case 404, 405: 12
    case 429: 8
    case 503: 14
    default: 13
    }
  }
}
