import EventPattern
import JSON
import Testing

/// Cases verified against EventBridge, kept outside the repository.
@Suite struct ConformanceTests {
  @Test(arguments: SharedCases.named("event-patterns/cases.jsonl"))
  func verdict(_ line: String) throws {
    let item = try JSONValue(parsing: line)
    let name = item["name"]?.string ?? "?"
    let text = try #require(item["pattern"]?.string)
    let event = Array(try #require(item["event"]?.string).utf8)
    if let message = item["message"]?.string {
      #expect(throws: EventPatternError.self, "\(name)") { try EventPattern(text) }
      do throws(EventPatternError) {
        _ = try EventPattern(text)
      } catch {
        #expect(error.message.split(separator: "\n").first.map(String.init) == message, "\(name)")
      }
    } else {
      let pattern = try EventPattern(text)
      #expect(pattern.matches(event) == item["match"]?.bool, "\(name): \(text)")
      #expect((pattern.explain(event) == nil) == item["match"]?.bool, "\(name): \(pattern.explain(event) ?? "matches")")
    }
  }
}
