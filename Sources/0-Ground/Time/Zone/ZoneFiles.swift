#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The system's zone files.
enum ZoneFiles {
  private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]
  /// Real files have a few kilobytes.
  private static let longest = 1 << 20

  /// Trees that repeat the zones, one of them with leap seconds, and names that follow the machine's settings.
  private static let excluded: Set<String> = ["posix", "right", "posixrules", "localtime"]

  /// Names come from outside: letters, digits, `+`, `-`, `_` and single slashes between them.
  static func isName(_ text: String) -> Bool {
    guard text.utf8.count <= 64 else { return false }
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count <= 3 && !excluded.contains(String(Substring(parts[0])))
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.allSatisfy { byte in
            (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte == 43 || byte == 45
              || byte == 95
          }
      }
  }

  static func read(_ name: String) -> [UInt8]? {
    guard isName(name) else { return nil }
    for folder in folders {
      if let bytes = read(path: "\(folder)/\(name)") { return bytes }
    }
    return nil
  }

  private static func read(path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= longest else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map { systemRead(descriptor, $0 + filled, buffer.count - filled) } ?? 0
      }
      if count <= 0 { return nil }
      filled += count
    }
    return bytes
  }

  private static func systemRead(_ descriptor: Int32, _ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, target, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, target, count)
    #else
      Darwin.read(descriptor, target, count)
    #endif
  }

  /// The names of the zone files of the first folder that has any, and UTC, in alphabetical order. Read once.
  static let names: [String] = {
    for folder in folders {
      var found: Set<String> = []
      collect(folder, nil, depth: 1, &found)
      if !found.isEmpty { return found.union(["UTC"]).sorted() }
    }
    return ["UTC"]
  }()

  private static func collect(_ folder: String, _ prefix: String?, depth: Int, _ found: inout Set<String>) {
    for entry in entries(prefix.map { "\(folder)/\($0)" } ?? folder) {
      let name = prefix.map { "\($0)/\(entry)" } ?? entry
      let path = "\(folder)/\(name)"
      var status = stat()
      guard isName(name), stat(path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        if depth < 3 { collect(folder, name, depth: depth + 1, &found) }
      } else if read(path: path)?.starts(with: "TZif".utf8) == true {
        found.insert(name)
      }
    }
  }

  private static func entries(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { bytes in
        bytes.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: bytes.pointee)) { String(cString: $0) }
      }
      names.append(name)
    }
    return names
  }
}
