import ServiceKit

extension Fault {
  static func ruleNotFound(_ name: String, bus: String) -> Fault {
    Fault("ResourceNotFoundException", "Rule \(name) does not exist on EventBus \(bus).")
  }
  static func busNotFound(_ name: String) -> Fault { Fault("ResourceNotFoundException", "Event bus \(name) does not exist.") }
  static func invalidPattern(_ message: String) -> Fault { Fault("InvalidEventPatternException", message) }
  static func archiveNotFound(_ name: String) -> Fault { Fault("ResourceNotFoundException", "Archive \(name) does not exist.") }
  static func replayNotFound(_ name: String) -> Fault { Fault("ResourceNotFoundException", "Replay \(name) does not exist.") }
  static func connectionNotFound(_ name: String) -> Fault {
    Fault("ResourceNotFoundException", "Failed to describe the connection(s). Connection '\(name)' does not exist.")
  }
  static func destinationNotFound(_ name: String) -> Fault {
    Fault("ResourceNotFoundException", "Failed to describe the api-destination(s). An api-destination '\(name)' does not exist.")
  }
  static func alreadyExists(_ what: String) -> Fault { Fault("ResourceAlreadyExistsException", "\(what) already exists.") }
  static let limitExceeded = Fault("LimitExceededException", "The requested resource exceeds the maximum number allowed.")

  /// A call named a member that is not valid, and why.
  static func invalidParameter(_ name: String, _ reason: String) -> Fault {
    .validation("Parameter \(name) is not valid. Reason: \(reason)")
  }

  /// Something is broken that may not be repeated in the answer or in the audit trail, because it is a secret.
  static func secretBreaks(_ constraint: String, at place: String) -> Fault {
    .validation("1 validation error detected: Value at '\(place)' failed to satisfy constraint: \(constraint)")
  }

  static func malformedARN(_ text: String) -> Fault {
    .validation("Parameter \(text) is not valid. Reason: Provided Arn is not in correct format.")
  }
}
