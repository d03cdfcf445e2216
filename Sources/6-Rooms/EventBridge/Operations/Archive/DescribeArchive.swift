import ServiceKit
import Time

/// Describes an archive and how much it holds. Source: Amazon EventBridge API Reference, DescribeArchive.
struct DescribeArchive: Operation {
  struct Input: Shape {
    var archiveName: String
    static var limits: [Limit<Self>] { [.length("archiveName", \.archiveName, 1...48, .resourceName)] }
  }
  struct Output: Shape {
    var archiveArn: String
    var archiveName: String
    var eventSourceArn: String
    var description: String?
    var eventPattern: String?
    var state: String
    var kmsKeyIdentifier: String?
    var retentionDays: Int
    var sizeBytes: Int64
    var eventCount: Int64
    var creationTime: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "archive/\(input.archiveName)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let archive = try call.archive(input.archiveName)
    let size = try call.size(of: archive)
    return Output(
      archiveArn: archive.arn(call.partition).description, archiveName: archive.name,
      eventSourceArn: archive.busARN(call.partition).description, description: archive.description, eventPattern: archive.eventPattern,
      state: "ENABLED", kmsKeyIdentifier: archive.kmsKeyIdentifier, retentionDays: archive.retentionDays, sizeBytes: size.bytes,
      eventCount: size.events, creationTime: archive.created)
  }
}
