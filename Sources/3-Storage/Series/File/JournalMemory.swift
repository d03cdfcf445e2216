import Synchronization

/// The full files of a journal in memory while what they hold is moved, each from when it is first asked for.
final class JournalMemory: Sendable {
  private let journal: Journal
  private let known = Mutex<[UInt32: FileMemory]>([:])

  init(_ journal: Journal) { self.journal = journal }

  /// Nil when there is no such file.
  func memory(_ number: UInt32) throws(SeriesFault) -> FileMemory? {
    if let memory = known.withLock({ $0[number] }) { return memory }
    guard let memory = try journal.file(number)?.memory() else { return nil }
    known.withLock { $0[number] = memory }
    return memory
  }
}
