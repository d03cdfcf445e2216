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

  /// Names come from outside: letters, digits, `+`, `-`, `_` and single slashes between them.
  static func isName(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return text.utf8.count <= 64 && parts.count <= 3
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.allSatisfy { byte in
            (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte == 43 || byte == 45 || byte == 95
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
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
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

  /// The names in the list that comes with the files.
  static func names() -> [String] {
    for folder in folders {
      guard let bytes = read(path: "\(folder)/tzdata.zi") ?? read(path: "\(folder)/tzdata.zi") else { continue }
      var names: Set<String> = ["UTC"]
      // `Z name ...` begins a zone, `L target name` makes a second name.
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.first == "Z", words.count > 1 { names.insert(String(words[1])) }
        if words.first == "L", words.count > 2 { names.insert(String(words[2])) }
      }
      return names.sorted()
    }
    return ["UTC"]
  }
}
