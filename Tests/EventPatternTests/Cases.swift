import Foundation
import JSON

/// The repository, found from this file.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// Lines of the case files that are kept beside the repository; none when they are absent.
enum SharedCases {
  static func named(_ path: String) -> [String] {
    let folder =
      ProcessInfo.processInfo.environment["CONFORMANCE_DIR"].map { URL(filePath: $0) } ?? root.appending(path: "../shared/conformance")
    let text = (try? String(contentsOf: folder.appending(path: path), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }
}

/// Tests/Fixtures/event-pattern: each file an array of cases.
enum Fixture {
  static func cases(_ name: String) -> [JSONValue] {
    let file = root.appending(path: "Tests/Fixtures/event-pattern/\(name).json")
    guard let text = try? String(contentsOf: file, encoding: .utf8), let value = try? JSONValue(parsing: text) else {
      return [["name": .string("\(name).json cannot be read"), "pattern": "", "event": "", "match": true]]
    }
    return value.array ?? []
  }
}
