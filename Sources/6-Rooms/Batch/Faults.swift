import ServiceKit

extension Fault {
  /// What Batch answers to anything the caller did wrong. Source: AWS Batch API Reference, Common errors.
  static func client(_ message: String) -> Fault { Fault("ClientException", message) }
  static func missing(_ what: String, _ name: String) -> Fault { client("\(what) \(name) does not exist") }
}
