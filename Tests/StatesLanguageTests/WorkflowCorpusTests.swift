import Foundation
import JSON
import StatesLanguage
import Testing

/// Ordinary workflows, as they are published everywhere, are accepted without a word. Tests/Fixtures/states-language/workflows
@Suite struct WorkflowCorpusTests {
  static let files: [URL] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/states-language/workflows")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().filter { $0.hasSuffix(".json") }.map { folder.appending(path: $0) }
  }()

  @Test func thereAreSome() { #expect(Self.files.count >= 30) }

  @Test(arguments: files)
  func accepted(_ file: URL) throws {
    let text = try String(contentsOf: file, encoding: .utf8)
    let check = StateMachineDefinition.check(text, recognizes: \.isKnown)
    #expect(check.diagnostics == [])
    let definition = try #require(check.definition)
    #expect(definition.analyze() == [])
  }

  /// Whatever is taken out of them, they are checked to an end.
  @Test(arguments: files)
  func mutilated(_ file: URL) throws {
    let whole = try JSONValue(parsing: String(contentsOf: file, encoding: .utf8))
    for place in Self.places(whole) {
      let check = StateMachineDefinition.check(Self.without(place[...], whole))
      #expect((check.definition == nil) == !check.errors.isEmpty)
      _ = check.definition?.analyze()
    }
  }

  private static func places(_ value: JSONValue) -> [[String]] {
    (value.object ?? [:]).flatMap { name, member in [[name]] + places(member).map { [name] + $0 } }
  }

  private static func without(_ place: ArraySlice<String>, _ value: JSONValue) -> JSONValue {
    guard let name = place.first, case .object(var object) = value else { return value }
    if place.count == 1 {
      object[name] = nil
    } else if let member = object[name] {
      object[name] = without(place.dropFirst(), member)
    }
    return .object(object)
  }
}
