import JSON
import ServiceKit
import Store

extension Call where Home == StepFunctions {
  /// Throws InvalidLoggingConfiguration, also for a log group that is not there: lines for it would be nowhere.
  func check(logging configuration: JSONValue?) throws(Fault) {
    guard let text = try MachineConfiguration.destination(configuration), room.context.invoker.logs != nil else { return }
    guard let arn = ARN(text), arn.region == partition.region, arn.account == partition.account else {
      throw .invalidLogging("Log Destination must be of the state machine's account and region.")
    }
    let name = String(arn.resourceName.dropLast(2))
    let invoker = room.context.invoker
    guard (try? invoker.isTransactional("logs", "DescribeLogGroups")) == true else { return }
    let service = CallContext(
      caller: .service(StepFunctions.identity.principal, in: partition), requestID: context.requestID, now: now, memberCase: .pascal,
      invokedBy: StepFunctions.identity.principal)
    // The group itself is the first of those whose names begin with its.
    let found = try invoker.call("logs", "DescribeLogGroups", ["LogGroupNamePrefix": .string(name), "Limit": 1], service, in: transaction)
    guard found["LogGroups"]?[0]?["LogGroupName"]?.string == name else {
      throw .invalidLogging("The Log Destination \(text) does not exist.")
    }
  }
}

/// Checks of the configurations a state machine is given.
enum MachineConfiguration {
  /// The ARN of the log group, nil where nothing is logged. Throws InvalidLoggingConfiguration.
  ///
  /// Source: AWS Step Functions API Reference, LoggingConfiguration.
  static func destination(_ configuration: JSONValue?) throws(Fault) -> String? {
    guard let configuration else { return nil }
    guard case .object(let object) = configuration else { throw .invalidLogging("It must be a structure.") }
    let level = object["level"]?.string ?? "OFF"
    guard ["ALL", "ERROR", "FATAL", "OFF"].contains(level) else {
      throw .validation(
        "1 validation error detected: Value '\(level)' at 'loggingConfiguration.level' failed to satisfy constraint: "
          + "Member must satisfy enum value set: [ALL, ERROR, FATAL, OFF]")
    }
    let destinations = object["destinations"]?.array ?? []
    guard level != "OFF" || !destinations.isEmpty else { return nil }
    guard destinations.count == 1 else { throw .invalidLogging("Must specify exactly one Log Destination.") }
    let text = destinations[0]["cloudWatchLogsLogGroup"]?["logGroupArn"]?.string ?? ""
    guard let arn = ARN(text), arn.service == "logs", arn.resource.hasPrefix("log-group:"), arn.resource.hasSuffix(":*") else {
      throw .invalidLogging("Log Destination must be the ARN of a log group that ends in ':*'.")
    }
    return text
  }

  /// Throws InvalidTracingConfiguration.
  static func check(tracing configuration: JSONValue?) throws(Fault) {
    guard let configuration else { return }
    guard case .object(let object) = configuration, object["enabled"] == nil || object["enabled"]?.bool != nil else {
      throw Fault("InvalidTracingConfiguration", "Invalid Tracing Configuration: 'enabled' must be true or false.")
    }
  }

  /// Throws InvalidEncryptionConfiguration. Source: AWS Step Functions API Reference, EncryptionConfiguration.
  ///
  /// Differs: a customer's key is stored and shown; nothing is encrypted with it while KMS is not served.
  static func check(encryption configuration: JSONValue?) throws(Fault) {
    guard let configuration else { return }
    switch configuration["type"]?.string {
    case "AWS_OWNED_KEY"?:
      if configuration["kmsKeyId"]?.string != nil { throw .invalidEncryption("kmsKeyId must be null for the type AWS_OWNED_KEY.") }
    case "CUSTOMER_MANAGED_KMS_KEY"?:
      guard let key = configuration["kmsKeyId"]?.string, (1...2_048).contains(key.utf16.count) else {
        throw .invalidEncryption("kmsKeyId must be given for the type CUSTOMER_MANAGED_KMS_KEY.")
      }
      if let seconds = configuration["kmsDataKeyReusePeriodSeconds"]?.int, !(60...900).contains(seconds) {
        throw .invalidEncryption("kmsDataKeyReusePeriodSeconds must be between 60 and 900.")
      }
    default: throw .invalidEncryption("type must be AWS_OWNED_KEY or CUSTOMER_MANAGED_KMS_KEY.")
    }
  }
}
