import EventPattern
import ServiceKit
import Store
import Time

/// Creates an archive, which keeps events of one bus from now on. Source: Amazon EventBridge API Reference, CreateArchive.
///
/// A rule of the bus, managed by EventBridge, sends it the events, as on AWS.
struct CreateArchive: Operation {
  struct Input: Shape {
    var archiveName: String
    var eventSourceArn: String
    var description: String?
    var eventPattern: String?
    var retentionDays: Int?
    var kmsKeyIdentifier: String?
    static var limits: [Limit<Self>] {
      [
        .length("archiveName", \.archiveName, 1...48, .resourceName), .length("eventSourceArn", \.eventSourceArn, 1...1_600, .eventBusARN),
        .length("description", \.description, 0...512), .length("eventPattern", \.eventPattern, 0...4_096),
        .range("retentionDays", \.retentionDays, 0...Int(Int32.max)), .length("kmsKeyIdentifier", \.kmsKeyIdentifier, 0...2_048, .kmsKey),
      ]
    }
  }
  struct Output: Shape {
    var archiveArn: String
    var state: String
    var creationTime: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "archive/\(input.archiveName)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let bus = try call.ownBus(input.eventSourceArn, parameter: "EventSourceArn")
    try checkPattern(input.eventPattern)
    guard try call.get(Archive.self, input.archiveName) == nil else { throw Fault.alreadyExists("Archive \(input.archiveName)") }
    let archive = Archive(
      name: input.archiveName, id: call.room.context.identifiers.uuid(), bus: bus, description: input.description,
      eventPattern: input.eventPattern.flatMap { $0.isEmpty ? nil : $0 }, retentionDays: input.retentionDays ?? 0,
      kmsKeyIdentifier: input.kmsKeyIdentifier, created: call.now)
    try call.put(archive, when: .absent)
    try call.keep(Rule(of: archive, in: call.partition, existing: nil, now: call.now))
    return Output(archiveArn: archive.arn(call.partition).description, state: "ENABLED", creationTime: archive.created)
  }

  static func checkPattern(_ text: String?) throws {
    guard let text, !text.isEmpty else { return }
    do throws(EventPatternError) { _ = try EventPattern(text) } catch { throw Fault.invalidPattern(error.message) }
  }
}

extension TextPattern {
  static let eventBusARN = TextPattern(#"^arn:aws([a-z]|\-)*:events:([a-z]|\d|\-)*:([0-9]{12})?:.+\/.+$"#) { text in
    guard let arn = ARN(text) else { return false }
    return arn.partition.hasPrefix("aws") && arn.service == "events" && arn.resource.dropFirst().dropLast().contains("/")
  }
  static let kmsKey = TextPattern(#"^[a-zA-Z0-9_\-/:]*$"#, alphanumericsAnd: "_-/:")
}
