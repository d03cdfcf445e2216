import Gzip
import JSON

/// One message of an event stream. Source: Smithy 2.0, "Amazon Event Stream Specification".
package struct EventStreamMessage: Sendable {
  package enum Kind: String, Sendable {
    case event
    /// Ends the stream with a fault of the model.
    case exception
  }
  package var kind: Kind
  /// The member of the stream's union: `sessionStart`.
  package var name: String
  package var payload: JSONValue

  package init(_ kind: Kind = .event, _ name: String, _ payload: JSONValue) {
    self.kind = kind
    self.name = name
    self.payload = payload
  }

  /// What JSON protocols send before the first event.
  package static let initialResponse = EventStreamMessage(.event, "initial-response", .object(JSONObject()))
  package static let contentType = "application/vnd.amazon.eventstream"

  /// The message framed: lengths and a checksum, headers, payload, a checksum of all.
  package var bytes: [UInt8] {
    var headers: [UInt8] = []
    Self.put(":message-type", kind.rawValue, &headers)
    Self.put(kind == .event ? ":event-type" : ":exception-type", name, &headers)
    Self.put(":content-type", "application/json", &headers)
    let body = payload.bytes
    var frame: [UInt8] = []
    frame.reserveCapacity(headers.count + body.count + 16)
    Self.put(UInt32(truncatingIfNeeded: headers.count + body.count + 16), &frame)
    Self.put(UInt32(truncatingIfNeeded: headers.count), &frame)
    Self.put(CRC32.of(frame), &frame)
    frame += headers
    frame += body
    Self.put(CRC32.of(frame), &frame)
    return frame
  }

  private static func put(_ number: UInt32, _ bytes: inout [UInt8]) {
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// A header of type 7, text. Names and values here are short.
  private static func put(_ name: String, _ value: String, _ bytes: inout [UInt8]) {
    bytes.append(UInt8(truncatingIfNeeded: name.utf8.count))
    bytes += Array(name.utf8)
    bytes.append(7)
    bytes.append(UInt8(truncatingIfNeeded: value.utf8.count >> 8))
    bytes.append(UInt8(truncatingIfNeeded: value.utf8.count))
    bytes += Array(value.utf8)
  }
}
