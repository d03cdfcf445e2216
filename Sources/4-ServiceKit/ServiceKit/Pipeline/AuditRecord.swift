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
  private let handler: OperationHandler
  private let input: JSONValue
  private let context: CallContext
  private let id: String

  init(_ handler: OperationHandler, _ input: JSONValue, _ context: CallContext, id: String) {
    self.handler = handler
    self.input = input
    self.context = context
    self.id = id
  }

  private var identity: JSONObject {
    let caller = context.caller
    var identity: JSONObject = [
      "type": .string(caller.kind.rawValue), "principalId": .string(caller.userID), "arn": .string(caller.arn),
      "accountId": .string(caller.account),
    ]
    if let key = caller.accessKey { identity["accessKeyId"] = .string(key) }
    if caller.kind == .user, let name = caller.arn.split(separator: "/").last { identity["userName"] = .string(String(name)) }
    if let service = context.invokedBy { identity["invokedBy"] = .string(service) }
    return identity
  }

  /// The event. Put together once, at the end: there is one for each call.
  private func event(_ answer: JSONValue, _ fault: Fault?) -> JSONObject {
    let (caller, detail) = (context.caller, handler.audit)
    var members: [JSONObject.Member] = []
    members.reserveCapacity(18)
    func add(_ name: String, _ value: JSONValue) { members.append(JSONObject.Member(key: name, value: value)) }
    add("eventVersion", "1.11")
    add("userIdentity", .object(identity))
    add("eventTime", .string(context.now.iso8601()))
    add("eventSource", .string(handler.service.principal))
    add("eventName", .string(handler.name))
    add("awsRegion", .string(caller.region))
    add("sourceIPAddress", .string(caller.sourceIP))
    add("userAgent", .string(caller.userAgent))
    add("requestParameters", detail == .full ? Self.bounded(input) : .null)
    add("responseElements", answer)
    add("requestID", .string(context.requestID))
    add("eventID", .string(id))
    add("readOnly", .bool(handler.access == .read))
    add("eventType", "AwsApiCall")
    add("managementEvent", .bool(detail == .full))
    add("recipientAccountId", .string(caller.account))
    add("eventCategory", detail == .full ? "Management" : "Data")
    if let fault {
      add("errorCode", .string(fault.code))
      add("errorMessage", .string(fault.message))
    }
    return JSONObject(written: members)
  }

  private static func bounded(_ value: JSONValue) -> JSONValue {
    let size = value.bytes.count
    return size <= longest ? value : ["omitted": .string("\(size) bytes")]
  }

  /// AWS keeps the answers of changing calls only.
  private var keepsAnswer: Bool { handler.access == .write && handler.audit == .full }

  func succeeded(_ output: JSONValue) -> JSONObject {
    event(keepsAnswer && output.object?.isEmpty == false ? Self.bounded(output) : .null, nil)
  }

  /// The event of a success, written before the call is made; nil where it would tell of the answer.
  var ready: [UInt8]? { keepsAnswer ? nil : JSONValue.object(event(.null, nil)).bytes }

  func failed(_ fault: Fault) -> JSONObject { event(.null, fault) }
}
