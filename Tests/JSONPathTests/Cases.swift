import Foundation
import JSON
import JSONPath
import Testing

/// One case of a neutral case file.
struct Case: Sendable, CustomTestStringConvertible {
  let json: JSONValue
  let position: Int

  var testDescription: String { "\(position): \(json["path"]?.string ?? json["expression"]?.string ?? json["template"]?.text ?? "")" }

  /// The cases of Tests/Fixtures/jsonpath/<name>.json.
  static func all(_ name: String) -> [Case] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appending(path: "Fixtures/jsonpath/\(name).json")
    guard let data = try? Data(contentsOf: file), let cases = (try? JSONValue(parsing: Array(data)))?.array else { return [] }
    return cases.enumerated().map { Case(json: $1, position: $0) }
  }

  /// The scope the case describes.
  func scope() throws -> QueryScope {
    let variables = (json["variables"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value }
    let input = try json["inputText"]?.string.map { try Payload(parsing: $0) } ?? Payload(json["input"] ?? .null)
    return QueryScope(input: input, context: json["context"] ?? .object([:]), variables: variables)
  }
}

extension IntrinsicEnvironment {
  /// The first number of each range, a UUID of zeros, and the data itself as its digest.
  static let fixed = IntrinsicEnvironment(
    random: { $0.lowerBound }, uuid: { version4(0, 0) }, digest: { bytes, algorithm in Array("\(algorithm.rawValue):".utf8) + bytes })
}
