import JSON
import ServiceKit

/// Where records of a pipe's executions go. Source: Amazon EventBridge Pipes API Reference, PipeLogConfigurationParameters.
struct LogConfiguration: Shape, Equatable {
  var level: String
  var includeExecutionData: [String]?
  var cloudwatchLogsLogDestination: Destination?
  var firehoseLogDestination: JSONValue?
  var s3LogDestination: JSONValue?
  static var limits: [Limit<Self>] { [.oneOf("level", \.level, ["OFF", "ERROR", "INFO", "TRACE"])] }

  struct Destination: Shape, Equatable {
    var logGroupArn: String
    static var limits: [Limit<Self>] { [.length("logGroupArn", \.logGroupArn, 1...1_600)] }

    /// The group's name; nil when the ARN is none of a log group.
    var group: String? {
      guard let arn = ARN(logGroupArn), arn.service == "logs", arn.resource.hasPrefix("log-group:") else { return nil }
      let name = arn.resource.dropFirst("log-group:".count).split(separator: ":").first.map(String.init)
      return name.flatMap { (1...512).contains($0.utf8.count) ? $0 : nil }
    }
  }

  var includesData: Bool { includeExecutionData?.contains("ALL") ?? false }

  /// Throws ValidationException for destinations that are not served, by name.
  func check() throws(Fault) {
    if firehoseLogDestination != nil { throw .validation("FirehoseLogDestination is not served by Martlet: log to a log group.") }
    if s3LogDestination != nil { throw .validation("S3LogDestination is not served by Martlet: log to a log group.") }
    if let option = includeExecutionData?.first(where: { $0 != "ALL" }) {
      throw .validation(
        "1 validation error detected: Value '[\(option)]' at 'logConfiguration.includeExecutionData' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ALL]]"
      )
    }
    if let destination = cloudwatchLogsLogDestination, destination.group == nil {
      throw .validation("\(destination.logGroupArn) is not the ARN of a log group.")
    }
    if level != "OFF", cloudwatchLogsLogDestination == nil {
      throw .validation("Must provide at least 1 log destination in LogConfiguration.")
    }
  }
}
