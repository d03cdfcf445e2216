import EventBridge
import Testing
import Time

/// Who may go, and who comes back when.
@Suite struct RateLimiterTests {
  private let limiter = RateLimiter()
  private let begin = Timestamp(seconds: 1_800_000_000)

  private func wait(_ id: String?, after seconds: Int64 = 0, rate: Int = 1) -> Duration? {
    limiter.wait("d", perSecond: rate, id: id, now: begin + .seconds(seconds))
  }

  @Test func aSecondsWorthGoesAtOnceAndTheOthersOneAfterTheOther() {
    for _ in 0..<4 { #expect(wait(nil, rate: 4) == nil) }
    #expect(wait("a", rate: 4) == .milliseconds(250) && wait("b", rate: 4) == .milliseconds(500))
    // An instant once given is kept; who has no name has none.
    #expect(
      wait("a", rate: 4) == .milliseconds(250) && wait(nil, rate: 4) == .milliseconds(750) && wait(nil, rate: 4) == .milliseconds(750))
    #expect(limiter.wait("other", perSecond: 4, id: "c", now: begin) == nil)
    #expect(wait("b", after: 1, rate: 4) == nil)
    limiter.forget("d")
    #expect(wait("a", rate: 4) == nil)
  }

  /// As many instants are kept as the bound says; who comes then comes back after all of them and finds none kept.
  @Test func reservationsAreBounded() {
    #expect(wait("first") == nil)
    for number in 0..<RateLimiter.most { #expect(wait("w\(number)") == .seconds(number + 1)) }
    let end = Duration.seconds(RateLimiter.most + 1)
    #expect(wait("x") == end && wait("y") == end && wait("x") == end)
    #expect(wait("w0") == .seconds(1) && wait("w\(RateLimiter.most - 1)") == .seconds(RateLimiter.most))
    // One that has come makes room for one.
    #expect(wait("w0", after: 1) == nil)
    #expect(wait("y", after: 1) == end - .seconds(1) && wait("x", after: 1) == end)
    #expect(wait("y", after: 1) == end - .seconds(1))
  }

  /// Nobody who stays away takes the place of others for ever.
  @Test func reservationsNobodyComesForAreGivenUpAfterAnHour() {
    #expect(wait("first") == nil)
    for number in 0..<RateLimiter.most { _ = wait("w\(number)") }
    let last = Int64(RateLimiter.most)
    #expect(wait("x", after: 3_590) == .seconds(last + 1 - 3_590))
    // Those of the first 51 seconds are an hour late.
    for number in 0..<51 { #expect(wait("x\(number)", after: 3_651) == .seconds(last + 1 + Int64(number) - 3_651)) }
    let end = Duration.seconds(last + 52 - 3_651)
    #expect(wait("y", after: 3_651) == end && wait("w50", after: 3_651) == end)
    #expect(wait("w51", after: 3_651) == nil)
  }
}
