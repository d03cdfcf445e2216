import JSON
import ServiceKit

extension Fault {
  static func machineNotFound(_ arn: String) -> Fault { Fault("StateMachineDoesNotExist", "State Machine Does Not Exist: '\(arn)'") }
  static func machineDeleting(_ arn: String) -> Fault { Fault("StateMachineDeleting", "State Machine is deleting: '\(arn)'") }
  static func executionNotFound(_ arn: String) -> Fault { Fault("ExecutionDoesNotExist", "Execution Does Not Exist: '\(arn)'") }
  static func activityNotFound(_ arn: String) -> Fault { Fault("ActivityDoesNotExist", "Activity Does Not Exist: '\(arn)'") }
  static func invalidARN(_ arn: String) -> Fault { Fault("InvalidArn", "Invalid Arn: '\(arn)'") }
  static func wrongType(_ type: String) -> Fault { invalidARN("Resource type not valid in this context: \(type)") }
  static func invalidName(_ name: String) -> Fault { Fault("InvalidName", "Invalid Name: '\(name)'") }
  static func invalidLogging(_ reason: String) -> Fault {
    Fault("InvalidLoggingConfiguration", "Invalid Logging Configuration: \(reason)")
  }
  static func invalidEncryption(_ reason: String) -> Fault {
    Fault("InvalidEncryptionConfiguration", "Invalid Encryption Configuration: \(reason)")
  }
  static func resourceNotFound(_ arn: String) -> Fault {
    Fault("ResourceNotFound", "Resource not found: '\(arn)'", fields: ["resourceName": .string(arn)])
  }
  static func conflict(_ reason: String) -> Fault { Fault("ConflictException", reason, status: 409) }
  static func quota(_ reason: String) -> Fault { Fault("ServiceQuotaExceededException", reason, status: 402) }
  static func invalidRouting(_ reason: String) -> Fault {
    Fault("ValidationException", reason, fields: ["reason": "INVALID_ROUTING_CONFIGURATION"])
  }
  static func missing(_ reason: String) -> Fault {
    Fault("ValidationException", reason, fields: ["reason": "MISSING_REQUIRED_PARAMETER"])
  }
  static func labelled(_ operation: String) -> Fault {
    Fault(
      "ValidationException", "\(operation) does not support the ARN of a Distributed Map state.",
      fields: ["reason": "API_DOES_NOT_SUPPORT_LABELED_ARNS"])
  }
  static let typeNotSupported = Fault("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
  static func notRedrivable(_ reason: String) -> Fault { Fault("ExecutionNotRedrivable", reason) }
}

/// Names of state machines, executions and activities. Source: AWS Step Functions API Reference, CreateStateMachine.
enum StatesName {
  private static let refused = ByteSet(##" <>{}[]?*"#%\^|~`$&,;:/"##)

  /// Throws InvalidName.
  static func check(_ name: String) throws(Fault) {
    let bad = name.unicodeScalars.contains { scalar in
      if scalar.value < 0x7F { return scalar.value <= 0x20 || refused.contains(UInt8(scalar.value)) }
      return scalar.properties.isWhitespace || (0x7F...0x9F).contains(scalar.value) || (0xFFFE...0xFFFF).contains(scalar.value)
        || scalar.value == 0x10FFFF
    }
    guard (1...80).contains(name.utf16.count), !bad else { throw .invalidName(name) }
  }
}
