import Execution
import FoundationEssentials
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the nursery keeps of one attempt, as files.
struct AttemptFolder: Sendable {
  let id: String
  let path: String

  init(_ id: String, in root: String) {
    self.id = id
    path = "\(root)/attempts/\(id)"
  }

  /// Names that stay inside the folder, and that the nursery takes.
  static func isID(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 128 && !text.hasPrefix(".")
      && text.utf8.allSatisfy { byte in
        (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte == 45 || byte == 46 || byte == 95
      }
  }

  var exists: Bool { access(path, F_OK) == 0 }
  var output: String { path + "/output" }

  struct ProcessName: Sendable, Equatable {
    var pid: Int32
    /// Clock ticks from the machine's start to the process's.
    var ticks: UInt64
    var started: Timestamp
    /// Kept with the process, so that a new server holds it to the same limit; 0: none.
    var memoryMiB: Int
    /// Names the machine's start: pids and ticks are used again after it.
    var boot: String
  }

  /// What the nursery has written down; lines that are not whole yet do not count.
  private func record() -> [Substring: Substring] {
    guard let text = SmallFile.read(path + "/record"), let last = text.lastIndex(of: "\n") else { return [:] }
    var lines: [Substring: Substring] = [:]
    for line in text[..<last].split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      if let name = parts.first { lines[name] = parts.count > 1 ? parts[1] : "" }
    }
    // Folders are used again; a machine that lost its power may have kept the record of the one before.
    return lines["attempt"].map(String.init) == id ? lines : [:]
  }

  /// Nil when the process never started, or has not yet been written down.
  func process() -> ProcessName? { Self.process(record()) }

  private static func process(_ record: [Substring: Substring]) -> ProcessName? {
    let words = record["process"]?.split(separator: " ") ?? []
    guard words.count == 5, let pid = Int32(words[0]), pid > 1, let ticks = UInt64(words[1]), let started = Int64(words[2]) else {
      return nil
    }
    return ProcessName(
      pid: pid, ticks: ticks, started: Timestamp(microseconds: started), memoryMiB: Int(words[3]) ?? 0, boot: String(words[4]))
  }

  /// How it ended; nil while it has not, as far as the nursery has seen.
  func exit() -> ExitReport? {
    let record = record()
    guard record["end"] != nil else { return nil }
    let reason: ExitReason
    if let code = record["exited"].flatMap({ Int32($0) }) {
      reason = .exited(code: code)
    } else if let signal = record["signaled"].flatMap({ Int32($0) }) {
      reason = .signaled(signal)
    } else if let message = record["failed"] {
      reason = .neverStarted(String(message))
    } else {
      return nil
    }
    var report = ExitReport(
      at: Timestamp(microseconds: record["at"].flatMap { Int64($0) } ?? 0), startedAt: Self.process(record)?.started, reason: reason,
      peakMemoryBytes: record["memory"].flatMap { Int($0) }.map { $0.multipliedReportingOverflow(by: 1_024).partialValue },
      cpuSeconds: record["cpu"].flatMap { Double($0) }.map { $0 / 1e6 })
    // An attempt that ended by itself just then was not killed for its memory.
    if case .signaled(SIGKILL) = reason, let limit = number("oom") { report.reason = .outOfMemory(limitMiB: limit) }
    return report
  }

  /// Said before it is killed for its memory, so that a new server knows why.
  func markOutOfMemory(limitMiB: Int) { SmallFile.write(String(limitMiB), to: path + "/oom") }

  /// Bytes of the output that have been delivered.
  func delivered() -> Int { max(0, number("offset") ?? 0) }
  func setDelivered(_ offset: Int) { SmallFile.write(String(offset), to: path + "/offset") }

  private func number(_ name: String) -> Int? {
    SmallFile.read(path + "/" + name)?.split(separator: "\n").first.flatMap { Int($0.drop { $0 == " " }) }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  static func all(in root: String) -> [AttemptFolder] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/attempts")) ?? []
    return names.filter(isID).sorted().map { AttemptFolder($0, in: root) }
  }
}

/// Files of a line or two.
enum SmallFile {
  /// At most four kilobytes; nil when there is none.
  static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// A short line in place of the one that was there, of the same length: one write that no reader sees half of.
  static func write(_ text: String, to path: String) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var line = String(repeating: " ", count: max(0, 20 - text.utf8.count)) + text + "\n"
    _ = line.withUTF8 { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }
}
