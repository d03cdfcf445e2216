import Foundation

/// What the machine does without an engine.
enum Bare {
  /// Seconds from the spawn of /bin/true to the return of waitpid.
  @discardableResult
  static func once() -> Double {
    var start = timespec()
    clock_gettime(CLOCK_MONOTONIC, &start)
    var pid: pid_t = 0
    let name = strdup("/bin/true")
    defer { free(name) }
    guard posix_spawn(&pid, "/bin/true", nil, nil, [name, nil], [nil]) == 0 else { fail("/bin/true can not be run") }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &end)
    return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
  }

  static func rate(jobs: Int, threads: Int) -> Double {
    let start = Date()
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      for _ in 0..<(jobs / threads) { once() }
    }
    return Double(jobs / threads * threads) / Date().timeIntervalSince(start)
  }

  /// CPU time of this process.
  static func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// CPU time, in ticks of 10 ms, of the other process that was started with this argument.
  static func cpuSeconds(ofProcessWith argument: String) -> Double {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let pid = Int32(name), pid != getpid(), let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"),
        command.split(separator: 0).last.map({ String(decoding: $0, as: UTF8.self) }) == argument,
        let text = FileManager.default.contents(atPath: "/proc/\(pid)/stat").map({ String(decoding: $0, as: UTF8.self) }),
        let end = text.lastIndex(of: ")")
      else { continue }
      let words = text[text.index(after: end)...].split(separator: " ")
      return Double((Int(words[11]) ?? 0) + (Int(words[12]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
    return 0
  }
}
