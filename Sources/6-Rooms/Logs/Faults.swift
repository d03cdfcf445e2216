import ServiceKit

extension Fault {
  static let groupNotFound = Fault("ResourceNotFoundException", "The specified log group does not exist.")
  static let streamNotFound = Fault("ResourceNotFoundException", "The specified log stream does not exist.")
  static func notFound(_ message: String) -> Fault { Fault("ResourceNotFoundException", message) }
  static func parameter(_ message: String) -> Fault { Fault("InvalidParameterException", message) }
  static func operation(_ message: String) -> Fault { Fault("InvalidOperationException", message) }
  static func limit(_ message: String = "Resource limit exceeded.") -> Fault { Fault("LimitExceededException", message) }
  static let badToken = parameter("The specified nextToken is invalid.")
}
