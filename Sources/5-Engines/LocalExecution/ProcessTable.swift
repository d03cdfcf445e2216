import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the processes of one session use together.
struct SessionUsage: Sendable {
  var cpuSeconds = 0.0
  var memoryBytes = 0
  var readBytes = 0
  var writeBytes = 0
  var processes = 0
}

/// One look at all processes of the machine. Source: proc(5).
enum ProcessTable {
  private static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
  private static let pageSize = max(1, sysconf(Int32(_SC_PAGESIZE)))

  /// Names the machine's start.
  private static let boot = SmallFile.read("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first.map(String.init) ?? "-"

  /// The usage of each of the sessions, named by the process that began it.
  static func usage(of sessions: Set<Int32>) -> [Int32: SessionUsage] {
    guard !sessions.isEmpty, let folder = opendir("/proc") else { return [:] }
    defer { closedir(folder) }
    var found: [Int32: SessionUsage] = [:]
    while let entry = readdir(folder) {
      guard let pid = pid(of: entry), let fields = stat(pid), sessions.contains(fields.session) else { continue }
      var usage = found[fields.session] ?? SessionUsage()
      usage.processes += 1
      usage.cpuSeconds += Double(fields.ticks) / ticksPerSecond
      usage.memoryBytes += fields.pages * pageSize
      for line in SmallFile.read("/proc/\(pid)/io")?.split(separator: "\n") ?? [] {
        if line.hasPrefix("read_bytes: ") { usage.readBytes += Int(line.dropFirst(12)) ?? 0 }
        if line.hasPrefix("write_bytes: ") { usage.writeBytes += Int(line.dropFirst(13)) ?? 0 }
      }
      found[fields.session] = usage
    }
    return found
  }

  /// Bytes of memory of the session's processes where what they share counts once.
  ///
  /// Dearer to ask for than the usage: the sum of resident memory counts a page once for each process that has it, so that workers forked
  /// over a large data set would seem to use it many times.
  static func sharedMemory(of session: Int32) -> Int {
    guard let folder = opendir("/proc") else { return 0 }
    defer { closedir(folder) }
    var sum = 0
    while let entry = readdir(folder) {
      guard let pid = pid(of: entry), let fields = stat(pid), fields.session == session else { continue }
      let line = SmallFile.read("/proc/\(pid)/smaps_rollup")?.split(separator: "\n").first { $0.hasPrefix("Pss:") }
      if let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) {
        sum += kilobytes << 10
      } else {
        sum += fields.pages * pageSize
      }
    }
    return sum
  }

  private static func pid(of entry: UnsafeMutablePointer<dirent>) -> Int32? {
    withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      guard let first = bytes.first, first >= 49, first <= 57 else { return nil }
      return Int32(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
    }
  }

  /// Session, CPU ticks with those of children waited for, and pages in memory.
  private static func stat(_ pid: Int32) -> (session: Int32, ticks: Int, pages: Int)? {
    guard let words = words(pid), words.count > 21, let session = Int32(words[3]), let pages = Int(words[21]) else { return nil }
    let ticks = (11...14).reduce(0) { $0 + (Int(words[$1]) ?? 0) }
    return (session, ticks, pages)
  }

  /// The fields of /proc/PID/stat from the third on; the name before them may hold anything.
  private static func words(_ pid: Int32) -> [Substring]? {
    guard let text = SmallFile.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: end)...].split(separator: " ")
  }

  /// Whether the process of that pid is the one that began at these ticks, and not a zombie.
  static func isAlive(_ process: AttemptFolder.ProcessName) -> Bool {
    guard process.boot == boot, let words = words(process.pid), words.count > 19 else { return false }
    return words[0] != "Z" && UInt64(words[19]) == process.ticks
  }
}
