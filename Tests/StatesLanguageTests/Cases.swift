import Foundation
import JSON
import Testing

/// The repository, found from this file.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// One execution recorded on AWS.
struct RecordedCase: Sendable, CustomTestStringConvertible {
  let name: String
  let definition: JSONValue
  let input: JSONValue
  let history: [JSONValue]

  var testDescription: String { name }

  /// The states in JSONata, found without the library's parser.
  var jsonataStates: Set<String> {
    var names: Set<String> = []
    func walk(_ value: JSONValue?, _ language: String) {
      for (name, state) in value?["States"]?.object ?? [:] {
        let own = state["QueryLanguage"]?.string ?? language
        if own == "JSONata" { names.insert(name) }
        for branch in state["Branches"]?.array ?? [] { walk(branch, language) }
        walk(state["ItemProcessor"], language)
        walk(state["Iterator"], language)
      }
    }
    walk(definition, definition["QueryLanguage"]?.string ?? "JSONPath")
    return names
  }
}

/// Cases that are kept beside the repository; none when they are absent.
enum RecordedCases {
  static let all: [RecordedCase] = {
    let folder =
      ProcessInfo.processInfo.environment["CONFORMANCE_DIR"].map { URL(filePath: $0) } ?? root.appending(path: "../shared/conformance")
    let text = (try? String(contentsOf: folder.appending(path: "stepfunctions/cases.jsonl"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { line in
      let value = (try? JSONValue(parsing: String(line))) ?? .null
      return RecordedCase(
        name: value["name"]?.string ?? "unreadable line", definition: value["definition"] ?? .null, input: value["input"] ?? .null,
        history: value["history"]?.array ?? [])
    }
  }()

  static let jsonPath = all.filter(\.jsonataStates.isEmpty)
  static let jsonata = all.filter { !$0.jsonataStates.isEmpty }
}

/// Tests/Fixtures/states-language: each file an array of cases.
enum Fixture {
  static func cases(_ name: String) -> [FixtureCase] {
    let file = root.appending(path: "Tests/Fixtures/states-language/\(name).json")
    guard let text = try? String(contentsOf: file, encoding: .utf8), let value = try? JSONValue(parsing: text) else {
      return [FixtureCase(json: ["name": .string("\(name).json cannot be read")])]
    }
    return (value.array ?? []).map(FixtureCase.init)
  }
}

struct FixtureCase: Sendable, CustomTestStringConvertible {
  let json: JSONValue
  var testDescription: String { json["name"]?.string ?? "?" }
  subscript(_ name: String) -> JSONValue? { json[name] }
}
