import ServiceKit

extension Fault {
  static func machineNotFound(_ arn: String) -> Fault { Fault("StateMachineDoesNotExist", "State Machine Does Not Exist: '\(arn)'") }
  static func executionNotFound(_ arn: String) -> Fault { Fault("ExecutionDoesNotExist", "Execution Does Not Exist: '\(arn)'") }
  static func invalidARN(_ arn: String) -> Fault { Fault("InvalidArn", "Invalid Arn: '\(arn)'") }
  static func invalidName(_ name: String) -> Fault { Fault("InvalidName", "Invalid Name: '\(name)'") }
}

/// Names of state machines and executions. Source: AWS Step Functions API Reference, CreateStateMachine.
enum StatesName {
  private static let refused = Set(##" <>{}[]?*"#%\^|~`$&,;:/"##.unicodeScalars)

  /// Throws InvalidName.
  static func check(_ name: String) throws(Fault) {
    let bad = name.unicodeScalars.contains { scalar in
      refused.contains(scalar) || scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0xFFFE...0xFFFF).contains(scalar.value)
    }
    guard (1...80).contains(name.utf16.count), !bad else { throw .invalidName(name) }
  }
}
