import ServiceKit
import Store

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

extension Call where Home == CloudWatch {
  /// Where a page begins. Throws InvalidNextToken.
  func place(_ token: String?) throws(Fault) -> CatalogCursor? {
    do { return try cursor(token) } catch {
      throw Fault("InvalidNextToken", "The service token is invalid: it must be the one the call before answered.")
    }
  }
}
