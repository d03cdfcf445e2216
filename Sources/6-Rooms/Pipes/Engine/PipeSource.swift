import InputTemplate
import ServiceKit
import Store
import Time

/// One event as it came from a source, with what is needed to be done with it.
struct PipeRecord: Sendable {
  enum Handle: Sendable {
    case receipt(String)
    case task(AgendaTask, accepted: Timestamp)
  }
  /// What a target's `batchItemFailures` names it by.
  var id: String
  var event: PipeEvent
  /// What filters see: the event without what polling added.
  var filtered: [UInt8]
  var handle: Handle
  /// In bytes, as the source counts.
  var size: Int
  /// How often it has been received, this time included.
  var attempt: Int
}

/// Where a pipe's events come from.
protocol PipeSource: Sendable {
  /// Up to so many events, waiting for the first no longer than told. They stay in the source, unseen by others, until completed.
  func receive(_ most: Int, wait: Duration) async throws -> [PipeRecord]
  /// Takes them from the source for good, with the transaction.
  func complete(_ records: [PipeRecord], _ transaction: any Transaction) throws
  /// They could not be delivered: they come again later.
  func failed(_ records: [PipeRecord], _ fault: Fault) async throws
  /// They were not tried: they come again at once.
  func giveBack(_ records: [PipeRecord]) async throws
}
