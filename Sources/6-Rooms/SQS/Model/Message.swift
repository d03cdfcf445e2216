import Crypto
import JSON
import ServiceKit
import Store
import Time

/// A message as it lies in the Agenda.
struct Message: Codable, Sendable {
  var id: String
  var body: String
  var attributes: [String: MessageAttribute]?
  var senderID: String
  var sent: Timestamp
  var firstReceived: Timestamp?
  var receipts: Int
  /// What the latest receipt handle must carry.
  var receipt: String?
  var deadLetterSource: String?
  /// The system attribute AWSTraceHeader.
  var trace: String?

  static func handle(_ id: String, _ receipt: String) -> String { "\(id)#\(receipt)" }

  /// The message's id and receipt out of a handle. Throws ReceiptHandleIsInvalid.
  static func open(_ handle: String) throws -> (id: String, receipt: String) {
    let parts = handle.split(separator: "#")
    guard parts.count == 2, parts[0].utf8.count == 36 else { throw Fault.receiptInvalid(handle) }
    return (String(parts[0]), String(parts[1]))
  }
}

/// Source: Amazon SQS API Reference, MessageAttributeValue.
struct MessageAttribute: Shape, Equatable {
  var dataType: String
  var stringValue: String?
  var binaryValue: Blob?
}

enum MD5 {
  static func hex(_ bytes: some Collection<UInt8>) -> String {
    let digest = Insecure.MD5.hash(data: Array(bytes))
    return String(unsafeUninitializedCapacity: 32) { text in
      for (position, byte) in digest.enumerated() {
        for (offset, digit) in [byte >> 4, byte & 0xF].enumerated() {
          text[2 * position + offset] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
      }
      return 32
    }
  }

  /// The digest of attributes that clients check. Source: SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
  static func hex(_ attributes: [String: MessageAttribute]) -> String {
    var bytes: [UInt8] = []
    func add(_ part: some Collection<UInt8>) {
      let length = UInt32(part.count)
      for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
      bytes.append(contentsOf: part)
    }
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      add(Array(name.utf8))
      add(Array(value.dataType.utf8))
      if let binary = value.binaryValue {
        bytes.append(2)
        add(binary.bytes)
      } else {
        bytes.append(1)
        add(Array((value.stringValue ?? "").utf8))
      }
    }
    return hex(bytes)
  }
}

extension Transaction {
  /// Puts a message where receivers find it from `due` on.
  func enqueue(_ message: Message, agenda: String, in partition: Partition, due: Timestamp) throws {
    try schedule(
      AgendaEntry(queue: agenda, partition: partition, key: message.id, due: due, payload: try JSONValue(encoding: message).bytes))
  }

  /// The message a handle stands for, when that is its latest receipt; nil when it is gone or was received again since.
  func message(_ handle: String, agenda: String, in partition: Partition) throws -> Message? {
    let (id, receipt) = try Message.open(handle)
    guard let entry = try entry(agenda, key: id, in: partition) else { return nil }
    let message = try JSONValue(parsing: entry.payload).decode(Message.self)
    return message.receipt == receipt ? message : nil
  }
}
