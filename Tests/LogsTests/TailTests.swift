import JSON
import ServiceKit
import TestKit
import Testing
import Time
import Wire

@Suite struct TailTests {
  private func start(_ logs: LoggedHouse, _ input: JSONValue) async throws -> AsyncStream<EventStreamMessage> {
    let context = CallContext(
      caller: .root(account: TestHouse.account, region: TestHouse.region), requestID: "r", now: logs.house.clock.now())
    return try await logs.house.invoker.stream(logs.house.invoker.handler("logs", "StartLiveTail"), input, context)
  }

  @Test func eventsComeAsTheyAreAppended() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    var messages = try await start(
      logs,
      [
        "logGroupIdentifiers": ["arn:aws:logs:eu-central-1:000000000000:log-group:g"], "logStreamNamePrefixes": ["s"],
        "logEventFilterPattern": "ERROR",
      ]
    ).makeAsyncIterator()
    let first = await messages.next()
    #expect(first?.name == "sessionStart" && first?.payload["logEventFilterPattern"] == "ERROR")
    try await logs.put(["an ERROR", "fine"], to: "g")
    while logs.house.clock.sleeping == 0 { await Task.yield() }
    logs.house.clock.advance(by: .seconds(1))
    let update = await messages.next()
    #expect(update?.name == "sessionUpdate" && update?.payload["sessionMetadata"]?["sampled"] == false)
    let results = update?.payload["sessionResults"]?.array ?? []
    #expect(results.map { $0["message"] } == ["an ERROR"] && results[0]["logGroupIdentifier"] == "000000000000:g")
  }

  @Test func manyEventsAreSampled() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    var messages = try await start(logs, ["logGroupIdentifiers": ["g"]]).makeAsyncIterator()
    _ = await messages.next()
    try await logs.put((0..<2_000).map { "m\($0)" }, to: "g")
    while logs.house.clock.sleeping == 0 { await Task.yield() }
    logs.house.clock.advance(by: .seconds(1))
    let update = await messages.next()
    #expect(update?.payload["sessionMetadata"]?["sampled"] == true && update?.payload["sessionResults"]?.array?.count == 500)
  }

  @Test func wishesAreChecked() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    func fault(_ input: JSONValue) async -> Fault? {
      do {
        _ = try await start(logs, input)
        return nil
      } catch { return error as? Fault }
    }
    #expect(await fault(["logGroupIdentifiers": ["none"]])?.code == "ResourceNotFoundException")
    #expect(
      await fault(["logGroupIdentifiers": ["g"], "logStreamNames": ["a"], "logStreamNamePrefixes": ["b"]])?.code
        == "InvalidParameterException")
    #expect(await logs.fault("StartLiveTail", ["logGroupIdentifiers": ["g"]])?.message.contains("event stream") == true)
  }
}
