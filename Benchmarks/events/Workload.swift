import EventPattern
import Foundation
import JSON

/// A set of rules and the events to match them with, as a folder holds them.
struct Workload {
  let name: String
  let patterns: [EventPattern]
  /// All events, each followed by a line feed.
  let bytes: [UInt8]
  let lines: [Range<Int>]
  /// Pairs of an event and a rule that match, and the sum over them of (event + 1) * (rule + 1), wrapping at 64 bits.
  let matches: Int
  let checksum: UInt64

  struct Unusable: Error {
    let reason: String
  }

  /// Reads the workload from its folder; the manifest says what is expected of it.
  init(_ name: String, in folder: URL, _ expected: JSONValue) throws {
    self.name = name
    let rules = try JSONValue(parsing: Array(try Data(contentsOf: folder.appending(path: "\(name)/rules.json"))))
    patterns = try (rules.array ?? []).map { try EventPattern($0["pattern"] ?? .null) }
    bytes = Array(try Data(contentsOf: folder.appending(path: "\(name)/events.ndjson")))
    var lines: [Range<Int>] = []
    var start = 0
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      lines.append(start..<offset)
      start = offset + 1
    }
    self.lines = lines
    guard let matches = expected["matches"]?.int, let checksum = expected["checksum"].flatMap({ UInt64($0.text) }) else {
      throw Unusable(reason: "the manifest does not say what \(name) must give")
    }
    self.matches = Int(matches)
    self.checksum = checksum
  }

  /// Matches every event once. Returns the matches and their checksum.
  func run(_ matcher: RuleMatcher<Int>) -> (matches: Int, checksum: UInt64) {
    var matches = 0
    var checksum: UInt64 = 0
    bytes.withUnsafeBytes { bytes in
      for (number, line) in lines.enumerated() {
        for rule in matcher.matches(UnsafeRawBufferPointer(rebasing: bytes[line])) {
          matches += 1
          checksum &+= UInt64(number + 1) &* UInt64(rule + 1)
        }
      }
    }
    return (matches, checksum)
  }
}
