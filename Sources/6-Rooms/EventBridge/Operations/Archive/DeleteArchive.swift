import ServiceKit
import Store

/// Deletes an archive with its rule; its events go afterwards, piece by piece. Source: Amazon EventBridge API Reference, DeleteArchive.
struct DeleteArchive: Operation {
  struct Input: Shape {
    var archiveName: String
    static var limits: [Limit<Self>] { [.length("archiveName", \.archiveName, 1...48, .resourceName)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "archive/\(input.archiveName)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    let archive = try call.archive(input.archiveName)
    try call.delete(Archive.self, archive.name)
    try call.forget(rule: Rule.key(archive.bus, archive.ruleName), bus: archive.bus)
    try call.schedule(SweepArchive.Sweep(archive: nil, id: archive.id), for: SweepArchive.queue, key: archive.id)
    return Empty()
  }
}
