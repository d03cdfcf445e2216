import ServiceKit

extension Fault {
  static func invalidValue(_ message: String) -> Fault {
    Fault("InvalidParameterValueException", message, queryCode: "InvalidParameterValue")
  }
  static func invalidCombination(_ message: String) -> Fault {
    Fault("InvalidParameterCombinationException", message, queryCode: "InvalidParameterCombination")
  }
  static func missingParameter(_ message: String) -> Fault {
    Fault("MissingRequiredParameterException", message, queryCode: "MissingParameter")
  }
  static func broken(_ message: String) -> Fault { Fault("ValidationError", message) }
  static func notFound(_ message: String) -> Fault { Fault("ResourceNotFound", message, status: 404) }
}
