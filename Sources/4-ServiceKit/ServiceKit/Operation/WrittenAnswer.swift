import JSON
import Synchronization

/// Where a reading operation whose `Output` is `JSONWritable` leaves its answer as text, for a caller that would only write it down: as
/// a document the answer would take many times its size. Who calls without one gets the document.
package final class WrittenAnswer: Sendable {
  private let text = Mutex<[UInt8]?>(nil)

  package init() {}

  /// Nil until the operation has answered.
  package var bytes: [UInt8]? { text.withLock { $0 } }

  /// Whether the output could be written: its document is then not needed.
  func write(_ output: any Shape) -> Bool {
    guard let output = output as? any JSONWritable else { return false }
    let bytes = output.jsonBytes
    text.withLock { $0 = bytes }
    return true
  }
}
