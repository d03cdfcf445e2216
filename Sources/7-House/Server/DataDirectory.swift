import FoundationEssentials
import JSON
import ServiceKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system's `write`, named apart from this file's own.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }

/// The access key of the account's root, made at the first start.
package struct RootKey: Sendable, Codable, Equatable {
  package var accessKey: String
  package var secret: String

  package init(accessKey: String, secret: String) {
    self.accessKey = accessKey
    self.secret = secret
  }
}

/// The folder that holds everything a server keeps.
///
///     martlet.sqlite     resources, timers, histories
///     series/            metric samples and log events
///     log-keys/          the keys that log events are encrypted with, wrapped
///     jobs/              the job supervisor's socket and the folders of running jobs
///     root-key.json      the root access key (readable by its owner only)
///     secret             signs pagination tokens
///     aws-config         a profile for AWS tools that points here
package struct DataDirectory: Sendable {
  package let path: String

  /// Makes the folder where absent. Throws ConfigurationError naming what is wrong.
  package init(_ path: String) throws {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    self.path = absolute
    do {
      try FileManager.default.createDirectory(atPath: absolute, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw ConfigurationError("the data directory \(absolute) can not be made: \(error)")
    }
    guard access(absolute, W_OK | X_OK) == 0 else {
      throw ConfigurationError("the data directory \(absolute) is not writable")
    }
  }

  package var database: String { path + "/martlet.sqlite" }

  /// A folder of a room's or engine's own, made where absent.
  package func folder(_ name: String) throws -> String {
    let folder = "\(path)/\(name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return folder
  }

  /// The root key; made when there is none.
  package func rootKey(_ identifiers: Identifiers) throws -> RootKey {
    let file = path + "/root-key.json"
    if let bytes = FileManager.default.contents(atPath: file) {
      do {
        return try JSONValue(parsing: Array(bytes)).decode(RootKey.self)
      } catch {
        throw ConfigurationError("\(file) is damaged: \(error)")
      }
    }
    let key = RootKey(accessKey: "AKIA" + identifiers.upper(16), secret: identifiers.secret())
    try write(JSONValue(encoding: key).bytes, to: file)
    return key
  }

  /// Random bytes kept with the data, so that what they sign outlives a restart.
  package func secret(_ identifiers: Identifiers) throws -> [UInt8] {
    let file = path + "/secret"
    if let bytes = FileManager.default.contents(atPath: file), bytes.count >= 32 { return Array(bytes) }
    let secret = Array(identifiers.secret().utf8)
    try write(secret, to: file)
    return secret
  }

  /// A profile by which AWS tools find this server: `AWS_CONFIG_FILE=.../aws-config`.
  package func writeProfile(endpoint: String, region: String, key: RootKey) throws {
    let text = """
      [default]
      region = \(region)
      endpoint_url = \(endpoint)
      disable_host_prefix_injection = true
      aws_access_key_id = \(key.accessKey)
      aws_secret_access_key = \(key.secret)

      """
    try write(Array(text.utf8), to: path + "/aws-config")
  }

  /// Writes a file that only its owner reads, whole or not at all.
  private func write(_ bytes: [UInt8], to file: String) throws {
    let draft = file + ".new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ConfigurationError("\(draft) can not be written: \(String(cString: strerror(errno)))") }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        close(descriptor)
        throw ConfigurationError("\(draft) can not be written: \(String(cString: strerror(errno)))")
      }
      written += count
    }
    let synced = fsync(descriptor) == 0
    close(descriptor)
    guard synced, rename(draft, file) == 0 else {
      throw ConfigurationError("\(file) can not be written: \(String(cString: strerror(errno)))")
    }
  }
}
