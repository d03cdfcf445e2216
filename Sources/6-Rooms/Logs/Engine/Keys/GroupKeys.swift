import Crypto
import FoundationEssentials
import Series
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The keys that log events are sealed with on disk: one for each group, in a file of its own, wrapped by the server's key.
///
/// A key is on disk before anything is sealed with it; when its group is deleted the key goes, and whatever copies of the events there are
/// can be read no more.
package final class GroupKeys: LogCipherSource {
  private struct State {
    var known: [String: [UInt8]] = [:]
    /// Groups whose new events are sealed although the others' are not: those with a KMS key.
    var adopted: Set<String> = []
  }
  private let folder: String?
  private let wrapping: SymmetricKey?
  private let sealsAll: Bool
  private let state = Mutex(State())
  private static let most = 10_000

  /// Nothing is sealed.
  package init() { (folder, wrapping, sealsAll) = (nil, nil, false) }

  /// - Parameters:
  ///   - folder: where wrapped keys are; made when absent.
  ///   - secret: 32 bytes, the server's own or an operator's.
  ///   - sealsAll: events of all groups are sealed, and results of queries.
  package init(folder: String, secret: [UInt8], sealsAll: Bool) throws(SeriesFault) {
    self.folder = folder
    self.sealsAll = sealsAll
    wrapping = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: secret), info: Array("martlet.logs.keys".utf8), outputByteCount: 32)
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw SeriesFault("The folder \(folder) can not be made: error \(errno).") }
  }

  package func key(group: String) throws(SeriesFault) -> [UInt8]? {
    guard sealsAll || state.withLock({ $0.adopted.contains(group) }) else { return nil }
    if let known = try openingKey(group: group) { return known }
    let fresh = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    try keep(fresh, of: group)
    return fresh
  }

  package func openingKey(group: String) throws(SeriesFault) -> [UInt8]? {
    if let known = state.withLock({ $0.known[group] }) { return known }
    guard let path = path(group), let wrapping, let bytes = FileManager.default.contents(atPath: path) else { return nil }
    let key: [UInt8]
    do {
      key = Array(try AES.GCM.open(AES.GCM.SealedBox(combined: bytes), using: wrapping, authenticating: Array(group.utf8)))
    } catch {
      throw SeriesFault(
        "The key \(path) of log events can not be opened: it was wrapped with another key. Start the server with the --log-encryption-key it had."
      )
    }
    remember(key, of: group)
    return key
  }

  package func forget(group: String) {
    state.withLock { state in
      state.known[group] = nil
      state.adopted.remove(group)
    }
    if let path = path(group) { unlink(path) }
  }

  /// From now on events of the group are sealed, with the key where given.
  func adopt(_ group: String, _ key: [UInt8]?) throws(SeriesFault) {
    guard folder != nil else { throw SeriesFault("This server keeps no keys of log groups.") }
    if let key, try openingKey(group: group) == nil { try keep(key, of: group) }
    state.withLock { _ = $0.adopted.insert(group) }
  }

  /// New events of the group are sealed no more, unless all are; old ones can be read.
  func release(_ group: String) { state.withLock { _ = $0.adopted.remove(group) } }

  private func remember(_ key: [UInt8], of group: String) {
    state.withLock { state in
      if state.known.count >= Self.most { state.known = [:] }
      state.known[group] = key
    }
  }

  /// Groups are named by ids of our own, so that every name is one of a file.
  private func path(_ group: String) -> String? {
    guard let folder, !group.isEmpty, !group.contains("/"), !group.hasPrefix(".") else { return nil }
    return "\(folder)/\(group)"
  }

  /// Writes a key and waits until it is on disk.
  private func keep(_ key: [UInt8], of group: String) throws(SeriesFault) {
    guard let path = path(group), let wrapping else { throw SeriesFault("This server keeps no keys of log groups.") }
    let sealed: [UInt8]
    do {
      guard let combined = try AES.GCM.seal(key, using: wrapping, authenticating: Array(group.utf8)).combined else {
        throw SeriesFault("A key could not be wrapped.")
      }
      sealed = Array(combined)
    } catch { throw SeriesFault("A key could not be wrapped: \(error)") }
    let failed = SeriesFault("The key \(path) of log events could not be written: error \(errno).")
    let file = Self.openFile("\(path).new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failed }
    let written = sealed.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    let isSynced = fsync(file) == 0
    close(file)
    guard written == sealed.count, isSynced, rename("\(path).new", path) == 0 else { throw failed }
    if let folder {
      let directory = Self.openFile(folder, O_RDONLY | O_CLOEXEC, 0)
      guard directory >= 0 else { throw failed }
      fsync(directory)
      close(directory)
    }
    remember(key, of: group)
  }

  private static func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
    #if canImport(Glibc)
      Glibc.open(path, flags, mode)
    #elseif canImport(Musl)
      Musl.open(path, flags, mode)
    #else
      Darwin.open(path, flags, mode)
    #endif
  }

  // MARK: What is not an event

  private static let sealedMark: UInt8 = 1

  /// Bytes as they are stored outside the engine: sealed where all events are.
  func seal(_ bytes: [UInt8], for purpose: String) throws -> [UInt8] {
    guard sealsAll, let wrapping else { return bytes }
    let key = HKDF<SHA256>.deriveKey(inputKeyMaterial: wrapping, info: Array(purpose.utf8), outputByteCount: 32)
    guard let combined = try AES.GCM.seal(bytes, using: key).combined else { throw SeriesFault("Results could not be sealed.") }
    return [Self.sealedMark] + combined
  }

  /// What `seal` was given. JSON never begins with the mark.
  func open(_ bytes: [UInt8], for purpose: String) throws -> [UInt8] {
    guard bytes.first == Self.sealedMark else { return bytes }
    guard let wrapping else { throw SeriesFault("Results were sealed, and this server has no key.") }
    let key = HKDF<SHA256>.deriveKey(inputKeyMaterial: wrapping, info: Array(purpose.utf8), outputByteCount: 32)
    return Array(try AES.GCM.open(AES.GCM.SealedBox(combined: bytes.dropFirst()), using: key))
  }
}
