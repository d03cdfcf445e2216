import Execution
import Logging
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The connection to the nursery: frames out, frames in, and a new nursery when the old one is gone.
final class NurseryLink: Sendable {
  enum Message: Sendable {
    /// Nil: it runs or has been recorded as ended; else why nothing was begun.
    case spawned(id: String, problem: String?)
    case exists(id: String)
    case exited(id: String)
    case running(id: String)
    case listed
    case released(id: String, ReleaseAnswer)
    /// The nursery ended or could not be understood.
    case lost
  }
  enum Ask: UInt8 { case spawn = 1, signal, list, release, quit }
  enum ReleaseAnswer: Sendable { case kept, runs, remove }

  private struct State {
    var descriptor: Int32 = -1
    var source: ReadSource?
    var received: [UInt8] = []
    var isClosed = false
  }
  private static let longestFrame = 4 << 20
  private let folder: String
  private let program: String
  private let log: Logger
  private let state = Mutex(State())
  private let handle: @Sendable (Message) -> Void

  init(folder: String, program: String, log: Logger, handle: @escaping @Sendable (Message) -> Void) {
    self.folder = folder
    self.program = program
    self.log = log
    self.handle = handle
  }

  /// Connects, starting a nursery when none answers. Throws ExecutionFault.
  func connect() async throws(ExecutionFault) {
    for attempt in 0..<200 {
      if let descriptor = open() {
        watch(descriptor)
        return
      }
      // A nursery that finds another one alive ends at once: asking twice does no harm.
      if attempt % 50 == 0 { try launch() }
      do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
    }
    throw ExecutionFault("The job supervisor \(program) does not answer in \(folder).", isPermanent: false)
  }

  private func open() -> Int32? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array((folder + "/nursery.sock").utf8)
    // A path too long for an address is reached through the process's own view of the folder.
    var opened: Int32 = -1
    var bytes = path
    if path.count >= MemoryLayout.size(ofValue: address.sun_path) {
      opened = systemOpen(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard opened >= 0 else { return nil }
      bytes = Array("/proc/self/fd/\(opened)/nursery.sock".utf8)
    }
    defer { if opened >= 0 { close(opened) } }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        systemConnect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  private func launch() throws(ExecutionFault) {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "\(folder)/nursery.log", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let texts: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(folder)]
    defer { for text in texts { free(text) } }
    var pid: pid_t = 0
    let error = posix_spawn(&pid, program, &actions, &attributes, texts + [nil], [nil])
    guard error == 0 else {
      throw ExecutionFault("The job supervisor \(program) can not be run: \(String(cString: strerror(error))).", isPermanent: false)
    }
    // It forks and ends at once: what goes on is nobody's child.
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }

  private func watch(_ descriptor: Int32) {
    let source = ReadSource(descriptor, queue: "martlet.nursery") { [weak self] in self?.receive(descriptor) }
    state.withLock { state in
      state.descriptor = descriptor
      state.source = source
      state.received = []
    }
  }

  private func receive(_ descriptor: Int32) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else { return disconnect() }
    var messages: [Message] = []
    let good = state.withLock { state in
      state.received.append(contentsOf: buffer[..<count])
      return Self.parse(&state.received, into: &messages)
    }
    for message in messages { handle(message) }
    if !good { disconnect() }
  }

  /// False when the bytes make no sense.
  private static func parse(_ bytes: inout [UInt8], into messages: inout [Message]) -> Bool {
    var position = 0
    defer { bytes.removeFirst(position) }
    while bytes.count - position >= 5 {
      let length = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: position, as: UInt32.self)) }
      guard length >= 1, length <= longestFrame else { return false }
      guard bytes.count - position >= 4 + length else { return true }
      let body = bytes[(position + 5)..<(position + 4 + length)]
      let texts = body.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
      switch bytes[position + 4] {
      case 1: messages.append(.spawned(id: texts[0], problem: texts.count > 1 && !texts[1].isEmpty ? texts[1] : nil))
      case 2: messages.append(.exists(id: texts[0]))
      case 3: messages.append(.exited(id: texts[0]))
      case 4: messages.append(.running(id: texts[0]))
      case 5: messages.append(.listed)
      case 6:
        let answer = texts.count > 1 ? texts[1] : ""
        messages.append(.released(id: texts[0], answer == "runs" ? .runs : answer.isEmpty ? .kept : .remove))
      default: return false
      }
      position += 4 + length
    }
    return true
  }

  private func disconnect() {
    let wasOpen = state.withLock { state in
      guard let source = state.source else { return false }
      source.cancel()
      state.source = nil
      state.descriptor = -1
      return !state.isClosed
    }
    if wasOpen { handle(.lost) }
  }

  /// Sends a frame; false when nobody is connected.
  @discardableResult
  func send(_ ask: Ask, _ texts: [String]) -> Bool {
    var frame: [UInt8] = [0, 0, 0, 0, ask.rawValue]
    for text in texts {
      frame.append(contentsOf: text.utf8)
      frame.append(0)
    }
    let length = UInt32(frame.count - 4)
    withUnsafeBytes(of: length) { frame.replaceSubrange(0..<4, with: $0) }
    // Under the lock, so that frames of different callers do not mix.
    return state.withLock { state in
      guard state.descriptor >= 0 else { return false }
      var sent = 0
      while sent < frame.count {
        let count = frame.withUnsafeBytes { buffer in
          systemSend(state.descriptor, buffer.baseAddress.map { $0 + sent }, frame.count - sent)
        }
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return false }
        sent += count
      }
      return true
    }
  }

  func end() {
    state.withLock { state in
      state.isClosed = true
      state.source?.cancel()
      state.source = nil
      state.descriptor = -1
    }
  }
}

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }
private func systemConnect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  connect(descriptor, address, length)
}
private func systemSend(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
}
