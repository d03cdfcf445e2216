import FoundationEssentials
import JSON
import StatesLanguage
import Yams

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A definition in a file, JSON or YAML, with the places of its values.
struct DefinitionFile {
  let json: JSONValue
  let places: SourceTree

  /// The file cannot be read, or is neither JSON nor YAML.
  struct Unreadable: Error {
    let message: String
    var position: SourceTree.Position?
    /// The file was read and is malformed.
    var isMalformed = false
  }

  /// Definitions on AWS have up to 1 MB.
  static let longest = 64 << 20

  /// The bytes of a file, also of a pipe; `-` is the standard input.
  static func bytes(_ path: String) throws(Unreadable) -> [UInt8] {
    let file = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Unreadable(message: "the file cannot be read") }
    defer { if path != "-" { close(file) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Unreadable(message: "the file cannot be read") }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= longest else { throw Unreadable(message: "the file is longer than \(longest) bytes") }
    }
  }

  /// Reads a definition. JSON is recognized by its first character, everything else is YAML.
  ///
  /// - Parameter substitutions: values for `${Name}`, as SAM and CDK put them in.
  init(_ bytes: [UInt8], substitutions: [String: String] = [:]) throws(Unreadable) {
    var bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if !substitutions.isEmpty {
      var text = String(decoding: bytes, as: UTF8.self)
      for (name, value) in substitutions { text = text.replacing("${\(name)}", with: value) }
      bytes = Array(text.utf8)
    }
    if bytes.first(where: { $0 > 32 }) == UInt8(ascii: "{") {
      do throws(JSONParseError) {
        json = try JSONValue(parsing: bytes)
      } catch {
        throw Unreadable(
          message: error.message, position: SourceTree.Position(line: error.line, column: error.column), isMalformed: true)
      }
      places = SourceTree(json: bytes)
      return
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Unreadable(message: "the file is not UTF-8", isMalformed: true) }
    (json, places) = try YAMLDefinition.read(text)
  }
}
