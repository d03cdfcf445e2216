import Execution
import FoundationEssentials
import Logging
import Synchronization
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs attempts as processes of this machine, under a supervisor (`martlet-nursery`) that outlives the server.
///
/// Everything known of an attempt is in files of its folder, so that a server that was killed finds its jobs again: the output from where
/// it was delivered, and how the attempt ended meanwhile.
package final class LocalExecution: Execution {
  package let capacity: ExecutionCapacity
  let folder: String
  let clock: any WallClock
  let log: Logger
  let sampleEvery: Duration
  let state = Mutex(State())
  let link = Mutex<NurseryLink?>(nil)
  let inotify: Int32
  private let inotifySource: Mutex<ReadSource?>

  struct State: Sendable {
    var followed: [String: Followed] = [:]
    /// Who waits for the nursery's answer to a start.
    var starting: [String: [CheckedContinuation<NurseryLink.Message, Never>]] = [:]
    /// Who waits for its answer to a release.
    var releasing: [String: [CheckedContinuation<NurseryLink.ReleaseAnswer, Never>]] = [:]
    var deliver: (@Sendable (ExecutionEvent) async throws -> Void)?
    /// By inotify's number.
    var watches: [Int32: String] = [:]
    var isClosed = false
    var isSampling = false
    /// Lists asked for and not yet ended: only the last one counts.
    var listsAsked = 0
    /// What the nursery has listed so far.
    var listed: Set<String> = []
  }

  struct Followed: Sendable {
    var process: AttemptFolder.ProcessName?
    var hasEnded = false
    var loss: String?
    var watch: Int32?
    /// Delivers its events, once somebody takes them.
    var follower: Task<Void, Never>?
    var wake: AsyncStream<Void>.Continuation?
    /// While its output gathers; cancelled when there is nothing to wait for.
    var pause: Task<Void, Never>?
    var lastSample: (at: Timestamp, cpuSeconds: Double)?
    /// The latest that has not been delivered.
    var sample: ResourceSample?

    var memoryMiB: Int { process?.memoryMiB ?? 0 }

    mutating func takeSample() -> ResourceSample? {
      defer { sample = nil }
      return sample
    }
  }

  /// Opens the folder and connects to its nursery, starting one where none runs. Throws ExecutionFault.
  package init(
    directory: String, nursery: String, clock: any WallClock, logger: Logger, sampleEvery: Duration = .seconds(5)
  ) async throws {
    folder = directory
    self.clock = clock
    log = logger
    self.sampleEvery = sampleEvery
    let memory = Int(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * Int(max(0, sysconf(Int32(_SC_PAGESIZE))))
    capacity = ExecutionCapacity(cpus: Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))), memoryMiB: memory >> 20)
    try FileManager.default.createDirectory(
      atPath: directory + "/attempts", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    inotify = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    guard inotify >= 0 else {
      throw ExecutionFault("Changes of files can not be watched: \(String(cString: strerror(errno))).", isPermanent: true)
    }
    inotifySource = Mutex(nil)
    let source = ReadSource(inotify, queue: "martlet.output") { [weak self] in self?.outputChanged() }
    inotifySource.withLock { $0 = source }
    let made = NurseryLink(folder: directory, program: nursery, log: logger) { [weak self] message in self?.take(message) }
    link.withLock { $0 = made }
    try await made.connect()
  }

  deinit {
    inotifySource.withLock { $0 }?.cancel()
    link.withLock { $0 }?.end()
  }

  /// The supervisor's program: beside this one, or named by MARTLET_NURSERY, or on the PATH; nil when it is nowhere.
  package static func nurseryPath() -> String? {
    if let named = getenv("MARTLET_NURSERY") { return String(cString: named) }
    var buffer = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    var folders: [String] = []
    if count > 0 {
      let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if let slash = own.lastIndex(of: "/") { folders.append(String(own[..<slash])) }
    }
    if let path = getenv("PATH") { folders += String(cString: path).split(separator: ":").map(String.init) }
    return folders.map { $0 + "/martlet-nursery" }.first { access($0, X_OK) == 0 }
  }

  // MARK: Starting and stopping

  package func start(_ attempt: Attempt) async throws(ExecutionFault) {
    guard AttemptFolder.isID(attempt.id) else { throw ExecutionFault("'\(attempt.id)' can not name an attempt.", isPermanent: true) }
    guard let command = attempt.command.first, !command.isEmpty else { throw ExecutionFault("The command is empty.", isPermanent: true) }
    let environment = attempt.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let numbers = [String(max(0, attempt.memoryMiB)), String(attempt.command.count)]
    let texts = [attempt.id, attempt.workingDirectory ?? ""] + numbers + attempt.command + environment
    guard !texts.contains(where: { $0.utf8.contains(0) }) else {
      throw ExecutionFault("The command or its environment holds a NUL character.", isPermanent: true)
    }
    guard texts.reduce(0, { $0 + $1.utf8.count + 1 }) < 2 << 20 else {
      throw ExecutionFault("The command and its environment are longer than 2 MiB.", isPermanent: true)
    }
    if state.withLock({ $0.followed[attempt.id] != nil }) { return }
    let link = link.withLock { $0 }
    let answer = await withCheckedContinuation { continuation in
      let isFirst = state.withLock { state in
        state.starting[attempt.id, default: []].append(continuation)
        return state.starting[attempt.id]?.count == 1
      }
      if isFirst, link?.send(.spawn, texts) != true { answered(attempt.id, .lost) }
    }
    switch answer {
    case .spawned(_, nil): follow(AttemptFolder(attempt.id, in: folder))
    case .exists:
      follow(AttemptFolder(attempt.id, in: folder))
      // Its folder may be all there is of it: then no nursery lists it, and it is lost.
      askForList()
    case .spawned(_, let problem?): throw ExecutionFault(problem, isPermanent: false)
    default: throw ExecutionFault("The job supervisor does not answer.", isPermanent: false)
    }
  }

  func answered(_ id: String, _ message: NurseryLink.Message) {
    let waiting = state.withLock { $0.starting.removeValue(forKey: id) ?? [] }
    for continuation in waiting { continuation.resume(returning: message) }
  }

  package func stop(_ id: String, grace: Duration) async {
    guard state.withLock({ $0.followed[id].map { !$0.hasEnded } ?? false }) else { return }
    signal(id, SIGTERM)
    let clock = clock
    Task { [weak self] in
      try? await clock.sleep(until: clock.now() + grace)
      guard let self, self.state.withLock({ $0.followed[id].map { !$0.hasEnded } ?? false }) else { return }
      self.signal(id, SIGKILL)
    }
  }

  func signal(_ id: String, _ number: Int32) {
    if link.withLock({ $0 })?.send(.signal, [id, String(number)]) == true { return }
    // Without its supervisor the process is reached by its number, as long as that is still its own.
    if let process = AttemptFolder(id, in: folder).process(), ProcessTable.isAlive(process) { kill(-process.pid, number) }
  }

  package func release(_ id: String) async {
    guard AttemptFolder.isID(id), state.withLock({ $0.followed[id]?.hasEnded ?? true }) else { return }
    let followed = state.withLock { state in
      if let watch = state.followed[id]?.watch { state.watches[watch] = nil }
      return state.followed.removeValue(forKey: id)
    }
    if let watch = followed?.watch { inotify_rm_watch(inotify, watch) }
    followed?.wake?.finish()
    guard AttemptFolder(id, in: folder).exists else { return }
    let link = link.withLock { $0 }
    let answer = await withCheckedContinuation { continuation in
      let isFirst = state.withLock { state in
        state.releasing[id, default: []].append(continuation)
        return state.releasing[id]?.count == 1
      }
      if isFirst, link?.send(.release, [id]) != true { released(id, .remove) }
    }
    if case .remove = answer { AttemptFolder(id, in: folder).remove() }
  }

  private func released(_ id: String, _ answer: NurseryLink.ReleaseAnswer) {
    let waiting = state.withLock { $0.releasing.removeValue(forKey: id) ?? [] }
    for continuation in waiting { continuation.resume(returning: answer) }
  }

  package func running() async -> [String] { state.withLock { $0.followed.filter { !$0.value.hasEnded }.keys.sorted() } }

  package func knows(_ id: String) async -> Bool { AttemptFolder.isID(id) && AttemptFolder(id, in: folder).exists }

  package func shutdown(stopJobs: Bool) async {
    if stopJobs {
      for id in await running() { await stop(id, grace: .seconds(10)) }
      let deadline = clock.now() + .seconds(15)
      while !(await running()).isEmpty, clock.now() < deadline { try? await clock.sleep(until: clock.now() + .milliseconds(20)) }
    }
    if stopJobs { link.withLock { $0 }?.send(.quit, []) }
    let followers = state.withLock { state in
      state.isClosed = true
      return state.followed.values.compactMap(\.follower)
    }
    for follower in followers { follower.cancel() }
    link.withLock { $0 }?.end()
    inotifySource.withLock { source in
      source?.cancel()
      source = nil
    }
  }

  // MARK: Messages of the nursery

  private func take(_ message: NurseryLink.Message) {
    switch message {
    case .spawned(let id, _), .exists(let id): answered(id, message)
    case .exited(let id): ended(id)
    case .released(let id, let answer): released(id, answer)
    case .running(let id): state.withLock { _ = $0.listed.insert(id) }
    case .listed: compareWithList()
    case .lost: reconnect()
    }
  }

  func ended(_ id: String) {
    state.withLock { state in
      state.followed[id]?.hasEnded = true
      state.followed[id]?.pause?.cancel()
      state.followed[id]?.wake?.yield()
    }
  }

  /// Asks which attempts run. Whatever was followed before this call and is not listed has ended.
  func askForList() {
    state.withLock { $0.listsAsked += 1 }
    if link.withLock({ $0 })?.send(.list, []) != true { state.withLock { $0.listsAsked = 0 } }
  }

  /// What the nursery does not list has ended, or is lost.
  private func compareWithList() {
    let missing = state.withLock { state -> [String] in
      let listed = state.listed
      state.listed = []
      state.listsAsked -= 1
      guard state.listsAsked == 0 else { return [] }
      return state.followed.filter { !$0.value.hasEnded && !listed.contains($0.key) }.map(\.key)
    }
    for id in missing { settle(id) }
  }

  /// An attempt that no nursery runs: ended, still alive on its own, or lost.
  private func settle(_ id: String) {
    let folder = AttemptFolder(id, in: folder)
    if folder.exit() != nil { return ended(id) }
    guard let process = folder.process(), ProcessTable.isAlive(process) else {
      state.withLock { $0.followed[id]?.loss = "the job supervisor ended with it" }
      return ended(id)
    }
    // It runs on without a supervisor: nobody will tell of its end, so it is looked for.
    let clock = clock
    Task { [weak self] in
      while ProcessTable.isAlive(process) { try? await clock.sleep(until: clock.now() + .milliseconds(250)) }
      guard let self else { return }
      if folder.exit() == nil {
        self.state.withLock { $0.followed[id]?.loss = "the job supervisor had ended, and nobody saw how the job did" }
      }
      self.ended(id)
    }
  }

  private func reconnect() {
    let (starting, releasing) = state.withLock { (Array($0.starting.keys), Array($0.releasing.keys)) }
    for id in starting { answered(id, .lost) }
    for id in releasing { released(id, .remove) }
    state.withLock { state in
      state.listsAsked = 0
      state.listed = []
    }
    guard !state.withLock({ $0.isClosed }) else { return }
    log.warning("the job supervisor has ended; another is started")
    let clock = clock
    Task { [weak self] in
      while let self, !self.state.withLock({ $0.isClosed }) {
        do {
          try await self.link.withLock { $0 }?.connect()
          self.askForList()
          return
        } catch {
          self.log.error("the job supervisor can not be reached", metadata: ["error": "\(error)"])
          try? await clock.sleep(until: clock.now() + .seconds(1))
        }
      }
    }
  }
}
