import JSON

/// The one error that is meant for the caller: what AWS answers in the same case.
///
/// Anything else that is thrown becomes InternalFailure with the request id, and its details go to the log.
package struct Fault: Error, Sendable, Equatable {
  /// As the service's model names it: `ResourceNotFoundException`.
  package var code: String
  package var message: String
  /// HTTP status.
  package var status: Int
  /// Members of the error shape besides the message.
  package var fields: JSONObject
  /// The code of the query protocol where it differs (`AWS.SimpleQueueService.NonExistentQueue`).
  package var queryCode: String?

  package init(_ code: String, _ message: String, status: Int = 400, fields: JSONObject = JSONObject(), queryCode: String? = nil) {
    self.code = code
    self.message = message
    self.status = status
    self.fields = fields
    self.queryCode = queryCode
  }

  /// Whether the caller, rather than the server, is at fault.
  package var isSender: Bool { status < 500 }
}

extension Fault: CustomStringConvertible {
  package var description: String { "\(code): \(message)" }
}

extension Fault {
  package static func validation(_ message: String) -> Fault { Fault("ValidationException", message) }
  package static func accessDenied(_ message: String) -> Fault { Fault("AccessDeniedException", message, status: 403) }
  package static func serialization(_ message: String) -> Fault { Fault("SerializationException", message) }
  package static func throttling(_ message: String) -> Fault { Fault("ThrottlingException", message) }
  package static func unknownOperation(_ service: String, _ operation: String) -> Fault {
    Fault("UnknownOperationException", "The operation \(operation) of \(service) is not served by Martlet.")
  }
  package static func unavailable(_ reason: String) -> Fault { Fault("ServiceUnavailable", reason, status: 503) }
  package static func internalFailure(_ requestID: String) -> Fault {
    Fault(
      "InternalFailure",
      "The request processing has failed because of an unknown error. The server's log has the details under request id \(requestID).",
      status: 500)
  }
}
