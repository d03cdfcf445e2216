import Logging
import Store
import Synchronization

/// Lines that a room writes into log groups behind its work: they gather in memory and are written in batches.
///
/// As logs of AWS's services are, these are best effort: what is not written when the server is killed is lost.
package final class LogBuffer: Sendable {
  private struct Place: Hashable {
    var partition: Partition
    var group: String
    var stream: String
  }
  private struct State {
    var lines: [Place: [LogLine]] = [:]
    var bytes = 0
    var dropped = 0
    var writer: Task<Void, Never>?
  }
  /// Bytes that wait at most; what comes then is dropped, and the server's log says how many lines.
  private static let most = 64 << 20
  private let state = Mutex(State())
  private let invoker: Invoker
  private let log: Logger

  package init(_ invoker: Invoker, _ log: Logger) {
    self.invoker = invoker
    self.log = log
  }

  /// Whether there is a room that keeps logs.
  package var isWanted: Bool { invoker.logs != nil }

  /// Takes the lines; they are written soon, in the order they came.
  package func append(_ lines: [LogLine], group: String, stream: String, in partition: Partition) {
    guard !lines.isEmpty, isWanted else { return }
    let bytes = lines.reduce(0) { $0 + $1.message.utf8.count }
    state.withLock { state in
      guard state.bytes + bytes <= Self.most else {
        state.dropped += lines.count
        return
      }
      state.lines[Place(partition: partition, group: group, stream: stream), default: []] += lines
      state.bytes += bytes
      if state.writer == nil { state.writer = Task { await self.write() } }
    }
  }

  /// Returns when everything that waited has been written.
  package func flush() async {
    while let writer = state.withLock({ $0.writer }) { await writer.value }
  }

  private func write() async {
    while let (lines, dropped) = next() {
      if dropped > 0 { log.warning("lines of logs dropped", metadata: ["lines": "\(dropped)"]) }
      for (place, lines) in lines {
        do { try await invoker.logs?.append(lines, group: place.group, stream: place.stream, in: place.partition) } catch {
          log.error("a log was not written", metadata: ["group": "\(place.group)", "lines": "\(lines.count)", "error": "\(error)"])
        }
      }
    }
  }

  private func next() -> (lines: [Place: [LogLine]], dropped: Int)? {
    state.withLock { state in
      guard !state.lines.isEmpty else {
        state.writer = nil
        return nil
      }
      defer {
        state.lines = [:]
        state.bytes = 0
        state.dropped = 0
      }
      return (state.lines, state.dropped)
    }
  }
}
