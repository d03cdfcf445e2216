import FoundationEssentials
import JSON
import ScheduleExpression
import Testing
import Time

/// The cases of the independent oracle, where they are there.
enum CronCases {
  static let all: [JSONValue] = {
    let folder = ProcessInfo.processInfo.environment["CONFORMANCE_DIR"] ?? packageRoot + "/../shared/conformance"
    guard let bytes = FileManager.default.contents(atPath: folder + "/cron/cases.jsonl") else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
  }()
  static let next = all.filter { $0["kind"] == "next" }
  static let invalid = all.filter { $0["kind"] == "invalid" }

  private static var packageRoot: String {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
  }
}

@Suite struct CronConformance {
  @Test(arguments: CronCases.next)
  func firesWhenTheOracleSays(_ one: JSONValue) throws {
    let expression = try ScheduleExpression(try #require(one["expression"]?.string), dialect: .scheduler)
    let zone = try Zone(identifier: try #require(one["timezone"]?.string))
    let start = try #require(one["start"]?.string.flatMap { Timestamp(iso8601: $0) })
    let wanted = try #require(one["next"]?.array).compactMap(\.string)
    var found: [String] = []
    var position = start
    while found.count < wanted.count, let next = expression.next(after: position, in: zone, anchor: start) {
      found.append(next.iso8601())
      #expect(expression.previous(before: next + .microseconds(1), in: zone, anchor: start) == next)
      position = next
    }
    let others = one["alt_next"]?.array?.compactMap(\.string)
    #expect(found == wanted || found == others, "\(one["id"]?.string ?? "") \(expression) \(zone.identifier)")
  }

  @Test(arguments: CronCases.invalid)
  func refusesWhatTheOracleRefuses(_ one: JSONValue) throws {
    let text = try #require(one["expression"]?.string)
    #expect(throws: ScheduleExpressionError.self, "\(text)") { _ = try ScheduleExpression(text, dialect: .scheduler) }
  }
}
