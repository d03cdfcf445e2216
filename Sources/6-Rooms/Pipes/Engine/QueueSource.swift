import InputTemplate
import JSON
import ServiceKit
import Store
import Time

/// Messages of a queue. Source: EventBridge User Guide, "Amazon Simple Queue Service as a source".
///
/// What fails is seen again after the queue's visibility time-out; the queue's redrive policy counts how often.
struct QueueSource: PipeSource {
  let pipe: Pipe
  let partition: Partition
  let room: Pipes
  private var url: JSONValue { .string(pipe.source) }
  private static let longestWait: Int64 = 20

  func receive(_ most: Int, wait: Duration) async throws -> [PipeRecord] {
    let seconds = min(Self.longestWait, Int64(wait.secondsAsDouble.rounded(.up)))
    let answer = try await room.context.invoker.call(
      "sqs", "ReceiveMessage",
      [
        "QueueUrl": url, "MaxNumberOfMessages": .int(Int64(min(most, 10))), "WaitTimeSeconds": .int(seconds),
        "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"],
      ], room.callContext(pipe, partition))
    return (answer["Messages"]?.array ?? []).map(record)
  }

  func complete(_ records: [PipeRecord], _ transaction: any Transaction) throws {
    for start in stride(from: 0, to: records.count, by: 10) {
      let entries = receipts(records[start..<min(start + 10, records.count)])
      let answer = try room.context.invoker.call(
        "sqs", "DeleteMessageBatch", ["QueueUrl": url, "Entries": .array(entries)], room.callContext(pipe, partition), in: transaction)
      if let failed = answer["Failed"]?[0] {
        throw Fault(failed["Code"]?.string ?? "InternalError", failed["Message"]?.string ?? "A message was not deleted.")
      }
    }
  }

  func failed(_ records: [PipeRecord], _ fault: Fault) async throws {}

  func giveBack(_ records: [PipeRecord]) async throws {
    for case .receipt(let receipt) in records.map(\.handle) {
      _ = try await room.context.invoker.call(
        "sqs", "ChangeMessageVisibility", ["QueueUrl": url, "ReceiptHandle": .string(receipt), "VisibilityTimeout": 0],
        room.callContext(pipe, partition))
    }
  }

  private func receipts(_ records: ArraySlice<PipeRecord>) -> [JSONValue] {
    records.enumerated().compactMap { position, record in
      guard case .receipt(let receipt) = record.handle else { return nil }
      return ["Id": .string("m\(position)"), "ReceiptHandle": .string(receipt)]
    }
  }

  /// A message as pipes show it.
  private func record(_ message: JSONValue) -> PipeRecord {
    let id = message["MessageId"]?.string ?? ""
    let receipt = message["ReceiptHandle"]?.string ?? ""
    let body = message["Body"]?.string ?? ""
    var attributes = JSONObject()
    for (name, value) in message["MessageAttributes"]?.object ?? [:] { attributes[name] = Self.attribute(value) }
    var event: JSONObject = [
      "messageId": .string(id), "receiptHandle": .string(receipt), "body": .string(body),
      "attributes": message["Attributes"] ?? .object(JSONObject()), "messageAttributes": .object(attributes),
      "md5OfBody": message["MD5OfBody"] ?? "",
    ]
    let filtered = PipeEvent(.object(event), encoded: "body").decoded.bytes
    event["eventSource"] = "aws:sqs"
    event["eventSourceARN"] = .string(pipe.source)
    event["awsRegion"] = .string(partition.region)
    return PipeRecord(
      id: id, event: PipeEvent(.object(event), encoded: "body"), filtered: filtered, handle: .receipt(receipt), size: body.utf8.count,
      attempt: message["Attributes"]?["ApproximateReceiveCount"]?.string.flatMap { Int($0) } ?? 1)
  }

  private static func attribute(_ value: JSONValue) -> JSONValue {
    var object = JSONObject()
    object["stringValue"] = value["StringValue"]
    object["binaryValue"] = value["BinaryValue"]
    object["stringListValues"] = []
    object["binaryListValues"] = []
    object["dataType"] = value["DataType"]
    return .object(object)
  }
}
