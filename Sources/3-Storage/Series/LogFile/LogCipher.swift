import Crypto
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Gives groups their keys: what such a group's events are on disk is sealed with AES-GCM.
package protocol LogCipherSource: Sendable {
  /// 32 bytes with which events of the group are sealed from now on, the same each time; nil when they are not. Throws when the key can
  /// not be had now: appends are refused then, and the engine is not opened while a journal holds events sealed with it.
  func key(group: String) throws(SeriesFault) -> [UInt8]?
  /// The key that events of the group were sealed with, also when new ones are not; nil when it is gone for good.
  func openingKey(group: String) throws(SeriesFault) -> [UInt8]?
  /// The group was deleted.
  func forget(group: String)
}

extension LogCipherSource {
  package func openingKey(group: String) throws(SeriesFault) -> [UInt8]? { try key(group: group) }
  package func forget(group: String) {}
}

/// A group's key.
struct LogKey: Sendable {
  private let key: SymmetricKey

  init(_ bytes: [UInt8], group: String) throws(SeriesFault) {
    guard bytes.count == 32 else { throw SeriesFault("The key of group \(group) has \(bytes.count) bytes; AES-256 needs 32.") }
    key = SymmetricKey(data: bytes)
  }

  func seal(_ bytes: UnsafeRawBufferPointer) throws(SeriesFault) -> [UInt8] {
    do {
      guard let sealed = try AES.GCM.seal(bytes, using: key).combined else { throw SeriesFault("Events could not be sealed.") }
      return [UInt8](sealed)
    } catch { throw SeriesFault("Events could not be sealed: \(error)") }
  }

  func open(_ bytes: UnsafeRawBufferPointer) throws(SeriesFault) -> [UInt8] {
    do {
      let data = Data(bytes)
      return [UInt8](try AES.GCM.open(AES.GCM.SealedBox(combined: data), using: key))
    } catch { throw SeriesFault("Sealed events could not be opened: the key is another one or the bytes are not what was written.") }
  }

  /// Seals what is behind the place, and says before it whose it is and of which kind.
  func seal(_ bytes: inout [UInt8], from place: Int, _ kind: UInt8, _ group: String) throws(SeriesFault) {
    let result = bytes.withUnsafeBytes { all in
      Result { () throws(SeriesFault) in try seal(UnsafeRawBufferPointer(rebasing: all[place...])) }
    }
    let sealed = try result.get()
    bytes.removeLast(bytes.count - place)
    bytes.put(group)
    bytes.append(kind)
    bytes.append(contentsOf: sealed)
  }
}

/// The keys of an engine's groups.
struct LogKeys: Sendable {
  let source: (any LogCipherSource)?

  func sealing(_ group: String) throws(SeriesFault) -> LogKey? {
    guard let bytes = try source?.key(group: group) else { return nil }
    return try LogKey(bytes, group: group)
  }

  func opening(_ group: String) throws(SeriesFault) -> LogKey? {
    guard let bytes = try source?.openingKey(group: group) else { return nil }
    return try LogKey(bytes, group: group)
  }
}

/// Opens the bodies of frames, and keeps what it opened while it lives.
final class LogOpener {
  private let keys: LogKeys
  private let keepsAll: Bool
  private var opened: [UnsafeMutableRawBufferPointer] = []
  private var last: (group: String, key: LogKey)?

  /// - Parameter keepsAll: what was opened stays until the end; otherwise until the next is.
  init(_ keys: LogKeys, keepsAll: Bool) {
    self.keys = keys
    self.keepsAll = keepsAll
  }

  deinit { forget() }

  func forget() {
    for memory in opened { memory.deallocate() }
    opened = []
  }

  /// The frame as it was before it was sealed. Nil when the key is gone for good.
  func open(_ header: FrameHeader, _ body: UnsafeRawBufferPointer) throws(SeriesFault) -> (FrameHeader, UnsafeRawBufferPointer)? {
    guard header.kind == LogFrame.sealed else { return (header, body) }
    if !keepsAll { forget() }
    var reader = ByteReader(body)
    let group = reader.text()
    guard !reader.isBroken, reader.place < body.count else { throw .damage("A sealed block is not what was written.") }
    var inner = header
    inner.kind = body[reader.place]
    if last?.group != group { last = try keys.opening(group).map { (group, $0) } }
    guard let key = last?.key else { return nil }
    let plain = try key.open(UnsafeRawBufferPointer(rebasing: body[(reader.place + 1)...]))
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(plain.count, 1), alignment: 16)
    memory.copyBytes(from: plain)
    opened.append(memory)
    return (inner, UnsafeRawBufferPointer(rebasing: memory[..<plain.count]))
  }
}
