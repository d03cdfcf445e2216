import Foundation
import Series
import Time

/// A directory that goes with the test.
final class Scratch {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("series-\(UUID().uuidString)").path
  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The paths of all files below, with their sizes.
  func files() -> [String: Int] {
    var found: [String: Int] = [:]
    for name in FileManager.default.enumerator(atPath: path)?.compactMap({ $0 as? String }) ?? [] {
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
      if attributes?[.type] as? FileAttributeType == .typeRegular { found[name] = (attributes?[.size] as? NSNumber)?.intValue ?? 0 }
    }
    return found
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func change(_ name: String, _ change: (inout Data) -> Void) throws {
    let url = URL(fileURLWithPath: file(name))
    var bytes = try Data(contentsOf: url)
    change(&bytes)
    try bytes.write(to: url)
  }

  func journal() throws -> String {
    let names = files().keys.filter { $0.hasPrefix("journal-") }
    return "\(path)/\(try need(names.max { (Int($0.dropFirst(8)) ?? 0) < (Int($1.dropFirst(8)) ?? 0) }))"
  }

  func copy() throws -> Scratch {
    let other = Scratch()
    try FileManager.default.copyItem(atPath: path, toPath: other.path)
    return other
  }
}

struct Missing: Error {}

func need<Value>(_ value: Value?) throws -> Value {
  guard let value else { throw Missing() }
  return value
}

/// Numbers that are the same for the same seed.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }
}
