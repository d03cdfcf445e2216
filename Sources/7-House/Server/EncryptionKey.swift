import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The operator's key for data on disk: a file of 32 random bytes that only its owner reads.
package enum EncryptionKey {
  private static let size = 32

  /// Throws ConfigurationError for a file that is not there, that others may read, or that holds no key.
  package static func read(_ path: String) throws -> [UInt8] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError("the key file \(path) of --log-encryption-key can not be read; 'martlet logs key \(path)' makes one")
    }
    guard bytes.count == size else {
      throw ConfigurationError("the key file \(path) of --log-encryption-key must hold \(size) bytes, not \(bytes.count)")
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & 0o077 != 0 {
      throw ConfigurationError("the key file \(path) of --log-encryption-key must be readable by its owner alone: chmod 600 \(path)")
    }
    return Array(bytes)
  }

  /// Makes a new key. Throws ConfigurationError when the file is there already or can not be written.
  package static func make(_ path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw ConfigurationError(
        errno == EEXIST ? "\(path) is there already; a key is never overwritten" : "\(path) can not be made: error \(errno)")
    }
    defer { close(file) }
    var generator = SystemRandomNumberGenerator()
    let key = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
    guard key.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == size, fsync(file) == 0 else {
      throw ConfigurationError("\(path) could not be written: error \(errno)")
    }
  }
}
