import Foundation
import JSON
import JSONata
import Time

/// A case of the official suite, or one of ours in the same form.
struct SuiteCase: Sendable {
  let name: String
  let json: JSONValue
  let folder: URL
  let datasets: [String: JSONValue]

  /// The folder of the official suite; nil where it is not at hand.
  static var official: URL? {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let folder =
      ProcessInfo.processInfo.environment["CONFORMANCE_DIR"].map { URL(filePath: $0) } ?? root.appending(path: "../shared/conformance")
    let suite = folder.appending(path: "jsonata")
    return FileManager.default.fileExists(atPath: suite.path()) ? suite : nil
  }

  static var fixtures: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/jsonata")
  }

  static func read(_ file: URL) throws -> JSONValue {
    var limits = JSONLimits()
    limits.replacesLoneSurrogates = true
    return try JSONValue(parsing: Array(try Data(contentsOf: file)), limits: limits)
  }

  private static func files(_ folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).sorted { $0.path() < $1.path() }
  }

  static func all(_ root: URL) throws -> [SuiteCase] {
    var datasets: [String: JSONValue] = [:]
    let folder = root.appending(path: "datasets")
    if FileManager.default.fileExists(atPath: folder.path()) {
      for file in try files(folder) { datasets[file.deletingPathExtension().lastPathComponent] = try read(file) }
    }
    var cases: [SuiteCase] = []
    for group in try files(root.appending(path: "groups")) {
      for file in try files(group) where file.pathExtension == "json" {
        let json = try read(file)
        for (position, one) in (json.array ?? [json]).enumerated() {
          let name = one["split-id"]?.string ?? "\(group.lastPathComponent)/\(file.lastPathComponent)#\(position)"
          cases.append(SuiteCase(name: name, json: one, folder: group, datasets: datasets))
        }
      }
    }
    return cases
  }

  var expression: String {
    get throws {
      if let expression = json["expr"]?.string { return expression }
      let file = folder.appending(path: json["expr-file"]?.string ?? "")
      return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }
  }

  private var input: JSONValue? {
    if let object = json.object, object.keys.contains("data") { return json["data"] }
    return json["dataset"]?.string.flatMap { datasets[$0] }
  }

  private var limits: JSONata.Limits {
    var limits = JSONata.Limits()
    limits.depth = json["depth"]?.int.map { Int($0) }
    if let milliseconds = json["timelimit"]?.int {
      let end = ContinuousClock.now + .milliseconds(milliseconds)
      limits.isExpired = { ContinuousClock.now > end }
    }
    return limits
  }

  static let sources = JSONata.Sources(
    now: { Double(SystemClock().now().milliseconds) }, random: { Double.random(in: 0..<1) },
    uuid: { "00000000-0000-4000-8000-000000000000" },
    digest: { bytes, algorithm in Array(algorithm.rawValue.utf8) + bytes })

  func evaluate() throws -> JSONValue? {
    let profile: JSONata.Profile = json["profile"]?.string == "stepFunctions" ? .stepFunctions : .current
    let bindings = (json["bindings"]?.object ?? [:]).reduce(into: [String: JSONValue]()) { $0[$1.key] = $1.value }
    return try JSONata(try expression, profile: profile).evaluate(input, bindings: bindings, sources: Self.sources, limits: limits)
  }

  /// What is wrong with the outcome; nil when it is as expected.
  func complaint() -> String? {
    do {
      let result = try evaluate()
      if json["undefinedResult"] != nil { return result.map { "expected nothing, got \($0.text)" } }
      if let object = json.object, object.keys.contains("result") {
        let expected = json["result"] ?? .null
        return result == expected ? nil : "expected \(expected.text), got \(result?.text ?? "nothing")"
      }
      return "expected an error, got \(result?.text ?? "nothing")"
    } catch let error as JSONataError {
      return refused(error)
    } catch { return "\(error)" }
  }

  private func refused(_ error: JSONataError) -> String? {
    let expected = json["error"]?.object ?? json["code"].map { ["code": $0] } ?? [:]
    guard !expected.isEmpty else { return "got \(error)" }
    var fields: JSONObject = ["code": .string(error.code), "message": .string(error.message)]
    fields["token"] = error.token.map { .string($0) }
    fields["value"] = error.value
    fields["index"] = error.index.map { .int(Int64($0)) }
    fields["position"] = error.position.map { .int(Int64($0)) }
    fields["functionName"] = error.functionName.map { .string($0) }
    for (name, value) in expected where fields[name] != value {
      return "expected \(name) \(value.text), got \(error) \(JSONValue.object(fields).text)"
    }
    if let token = json["token"], json["code"] != nil, fields["token"] != token {
      return "expected token \(token.text), got \(error.token ?? "none")"
    }
    return nil
  }
}
