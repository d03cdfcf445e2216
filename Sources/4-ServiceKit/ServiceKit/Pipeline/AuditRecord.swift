import JSON
import Store
import Time
import Wire

/// One call as the audit trail keeps it: a CloudTrail event.
///
/// Source: CloudTrail User Guide, "CloudTrail record contents for management, data, network activity, and Insights events".
struct AuditRecord: Sendable {
  /// Longer parameters or answers are replaced by a note of their size, so that the trail stays readable.
  static let longest = 16_384
  var event: JSONObject
  let detail: AuditDetail

  init(_ handler: OperationHandler, _ input: JSONValue, _ context: CallContext, id: String) {
    let caller = context.caller
    var identity: JSONObject = [
      "type": .string(caller.kind.rawValue), "principalId": .string(caller.userID), "arn": .string(caller.arn),
      "accountId": .string(caller.account),
    ]
    if let key = caller.accessKey { identity["accessKeyId"] = .string(key) }
    if caller.kind == .user, let name = caller.arn.split(separator: "/").last { identity["userName"] = .string(String(name)) }
    if let service = context.invokedBy { identity["invokedBy"] = .string(service) }
    detail = handler.audit
    event = [
      "eventVersion": "1.11", "userIdentity": .object(identity), "eventTime": .string(context.now.iso8601()),
      "eventSource": .string(handler.service.principal), "eventName": .string(handler.name), "awsRegion": .string(caller.region),
      "sourceIPAddress": .string(caller.sourceIP), "userAgent": .string(caller.userAgent),
      "requestParameters": detail == .full ? Self.bounded(input) : .null, "responseElements": .null,
      "requestID": .string(context.requestID), "eventID": .string(id),
      "readOnly": .bool(handler.access == .read), "eventType": "AwsApiCall", "managementEvent": .bool(detail == .full),
      "recipientAccountId": .string(caller.account), "eventCategory": detail == .full ? "Management" : "Data",
    ]
  }

  private static func bounded(_ value: JSONValue) -> JSONValue {
    let size = value.bytes.count
    return size <= longest ? value : ["omitted": .string("\(size) bytes")]
  }

  /// AWS keeps the answers of changing calls only.
  func succeeded(_ output: JSONValue) -> JSONObject {
    var event = event
    if event["readOnly"] == false, detail == .full, output.object?.isEmpty == false { event["responseElements"] = Self.bounded(output) }
    return event
  }

  func failed(_ fault: Fault) -> JSONObject {
    var event = event
    event["errorCode"] = .string(fault.code)
    event["errorMessage"] = .string(fault.message)
    return event
  }
}
