import Foundation
import JSON
import JSONata
import Testing

@Suite struct SuiteTests {
  @Test(.enabled(if: SuiteCase.official != nil)) func officialSuite() throws {
    let root = try #require(SuiteCase.official)
    let cases = try SuiteCase.all(root)
    #expect(cases.count > 1_000)
    var failed = 0
    for one in cases {
      guard let complaint = one.complaint() else { continue }
      failed += 1
      Issue.record("\(one.name): \((try? one.expression) ?? "")\n  \(complaint)")
    }
    #expect(failed == 0)
  }
}
