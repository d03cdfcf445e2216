import ServiceKit

extension Fault {
  static let groupNotFound = Fault("ResourceNotFoundException", "The specified log group does not exist.")
  static let streamNotFound = Fault("ResourceNotFoundException", "The specified log stream does not exist.")
  static func parameter(_ message: String) -> Fault { Fault("InvalidParameterException", message) }
}
