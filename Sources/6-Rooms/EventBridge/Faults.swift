import ServiceKit

extension Fault {
  static func ruleNotFound(_ name: String, bus: String) -> Fault {
    Fault("ResourceNotFoundException", "Rule \(name) does not exist on EventBus \(bus).")
  }
  static func busNotFound(_ name: String) -> Fault { Fault("ResourceNotFoundException", "Event bus \(name) does not exist.") }
  static func invalidPattern(_ message: String) -> Fault { Fault("InvalidEventPatternException", message) }
}
