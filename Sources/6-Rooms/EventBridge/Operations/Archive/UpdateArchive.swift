import ServiceKit
import Store
import Time

/// Changes an archive; what is not given stays. Source: Amazon EventBridge API Reference, UpdateArchive.
///
/// A shorter retention applies to the events already kept. An empty EventPattern takes the pattern away, an empty KmsKeyIdentifier the key.
struct UpdateArchive: Operation {
  struct Input: Shape {
    var archiveName: String
    var description: String?
    var eventPattern: String?
    var retentionDays: Int?
    var kmsKeyIdentifier: String?
    static var limits: [Limit<Self>] {
      [
        .length("archiveName", \.archiveName, 1...48, .resourceName), .length("description", \.description, 0...512),
        .length("eventPattern", \.eventPattern, 0...4_096), .range("retentionDays", \.retentionDays, 0...Int(Int32.max)),
        .length("kmsKeyIdentifier", \.kmsKeyIdentifier, 0...2_048, .kmsKey),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "archive/\(input.archiveName)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> CreateArchive.Output {
    var archive = try call.archive(input.archiveName)
    try CreateArchive.checkPattern(input.eventPattern)
    archive.description = input.description ?? archive.description
    if let pattern = input.eventPattern { archive.eventPattern = pattern.isEmpty ? nil : pattern }
    if let key = input.kmsKeyIdentifier { archive.kmsKeyIdentifier = key.isEmpty ? nil : key }
    archive.retentionDays = input.retentionDays ?? archive.retentionDays
    try call.put(archive)
    let rule = try call.get(Rule.self, Rule.key(archive.bus, archive.ruleName))
    try call.keep(Rule(of: archive, in: call.partition, existing: rule, now: call.now))
    // The sweep finds by itself when there is something to do next.
    try call.schedule(SweepArchive.Sweep(archive: archive.name, id: archive.id), for: SweepArchive.queue, key: archive.id)
    return CreateArchive.Output(archiveArn: archive.arn(call.partition).description, state: "ENABLED", creationTime: archive.created)
  }
}
