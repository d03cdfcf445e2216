import Synchronization

/// The full files of a journal in memory while what they hold is moved, each from when it is first asked for.
final class JournalMemory: Sendable {
  private let journal: Journal
  private let known = Mutex<[UInt32: FileMemory]>([:])

  init(_ journal: Journal) { self.journal = journal }

  /// Nil when there is no such file. What is answered stays until this object goes, so each file is there once.
  func memory(_ number: UInt32) throws(SeriesFault) -> FileMemory? {
    guard let file = journal.file(number) else { return nil }
    return try known.withLock { known throws(SeriesFault) -> FileMemory in
      if let memory = known[number] { return memory }
      let memory = try file.memory()
      known[number] = memory
      return memory
    }
  }
}
