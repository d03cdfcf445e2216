import JSON
import Logging
import ServiceKit
import Time

/// The CloudWatch agent's endpoint for the embedded metric format: documents, one a line, that name their log group and stream. They
/// become log events; the Logs room makes metrics of them.
///
/// Source: Amazon CloudWatch User Guide, "Using the CloudWatch agent to send embedded metric format logs".
package final class AgentInlet: Sendable {
  /// The longest document: an event of Logs.
  package static let longest = 1 << 20
  private static let group = "/metrics/default"
  private static let stream = "default"
  private let context: RoomContext
  private let counts: InletCounts

  init(_ context: RoomContext, _ counts: InletCounts) {
    self.context = context
    self.counts = counts
  }

  /// Stores documents; returns when they are durable. What is no document, or can not be stored, is counted and lost: the protocol has no
  /// answers.
  package func receive(_ lines: [[UInt8]]) async {
    struct Place: Hashable {
      var group: String
      var stream: String
    }
    var found: [Place: [LogLine]] = [:]
    for bytes in lines where !bytes.allSatisfy({ $0 <= 32 }) {
      guard bytes.count <= Self.longest, let document = try? JSONValue(parsing: bytes), let metadata = document["_aws"],
        metadata.object != nil
      else {
        counts.add("emf", "malformedDocuments", isFault: true)
        continue
      }
      let place = Place(
        group: LogNames.group(metadata["LogGroupName"]?.string ?? Self.group),
        stream: LogNames.stream(metadata["LogStreamName"]?.string ?? Self.stream))
      found[place, default: []].append(LogLine(time: time(metadata), message: String(decoding: bytes, as: UTF8.self)))
    }
    for (place, lines) in found {
      do {
        guard let sink = context.invoker.logs else { throw Fault.unavailable("There is no room that stores logs.") }
        try await sink.append(lines.sorted { $0.time < $1.time }, group: place.group, stream: place.stream, in: context.home)
        counts.add("emf", "documents", lines.count)
      } catch {
        counts.add("emf", "lostDocuments", lines.count, isFault: true)
        context.log.error(
          "documents of the embedded metric format were not stored", metadata: ["group": "\(place.group)", "error": "\(error)"])
      }
    }
  }

  /// What the document says, where that can be an event's instant; else now.
  private func time(_ metadata: JSONValue) -> Timestamp {
    let now = context.clock.now()
    guard let milliseconds = metadata["Timestamp"]?.int else { return now }
    let time = Timestamp(milliseconds: milliseconds)
    return time < Timestamp(seconds: 0) || time > now + .seconds(7_200) ? now : time
  }

  /// A connection sent something longer than a document may be.
  package func tooLong() { counts.add("emf", "malformedDocuments", isFault: true) }
}
