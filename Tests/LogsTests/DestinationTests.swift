import FoundationEssentials
import Gzip
import JSON
import ServiceKit
import TestKit
import Testing

@Suite struct DestinationTests {
  private func subscribe(_ logs: LoggedHouse, _ destination: String) async throws {
    try await logs.call(
      "PutSubscriptionFilter",
      ["logGroupName": "g", "filterName": "f", "filterPattern": "", "destinationArn": .string(destination)])
  }

  private func messages(_ document: JSONValue?) throws -> [String] {
    let packed = try #require(document?["awslogs"]?["data"]?.string.flatMap { Data(base64Encoded: $0) })
    let payload = try JSONValue(parsing: Gzip.expand(Array(packed), limit: 1 << 24))
    return payload["logEvents"]?.array?.compactMap { $0["message"]?.string } ?? []
  }

  /// A queue of one's own that has the same name is not taken for it.
  @Test func aQueueOfAnotherAccountIsRefused() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    let arn = "arn:aws:sqs:eu-central-1:111111111111:out"
    let fault = await #expect(throws: Fault.self) { try await subscribe(logs, arn) }
    #expect(fault?.code == "InvalidParameterException")
    #expect(fault?.message.contains("\(arn) is of another account or region") == true)
  }

  @Test func rulesOfABusMatchWhatComes() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    let queue = "arn:aws:sqs:eu-central-1:000000000000:out"
    try await logs.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    let pattern = #"{"source":["aws.logs"],"detail":{"logGroup":["g"],"logStream":["s"]}}"#
    try await logs.house.call("events", "PutRule", ["Name": "r", "EventPattern": .string(pattern)])
    try await logs.house.call("events", "PutTargets", ["Rule": "r", "Targets": [["Id": "q", "Arn": .string(queue)]]])
    try await subscribe(logs, "arn:aws:events:eu-central-1:000000000000:event-bus/default")
    try await logs.put(["one", "two"], to: "g")
    await logs.house.drain()
    let events = try await logs.bodies(queue)
    #expect(events.count == 1 && events[0]["detail-type"] == "CloudWatch Logs Subscription")
    #expect(try messages(events[0]["detail"]) == ["one", "two"])
  }

  @Test func anAPIDestinationIsCalledAgainWhenItFails() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    let connection = try await logs.house.call(
      "events", "CreateConnection",
      [
        "Name": "c", "AuthorizationType": "API_KEY",
        "AuthParameters": ["ApiKeyAuthParameters": ["ApiKeyName": "x-key", "ApiKeyValue": "secret"]],
      ])
    await logs.house.drain()
    let destination = try await logs.house.call(
      "events", "CreateApiDestination",
      [
        "Name": "d", "ConnectionArn": connection["ConnectionArn"] ?? .null, "InvocationEndpoint": "https://example.org/hook",
        "HttpMethod": "POST",
      ])
    try await subscribe(logs, destination["ApiDestinationArn"]?.string ?? "")
    logs.house.seen.answer { _ in OutboundResponse(status: 503) }
    try await logs.put(["a", "b"], to: "g")
    await logs.house.drain()
    logs.house.seen.answer { _ in OutboundResponse(status: 200) }
    await logs.house.advance(by: .seconds(10), step: .seconds(1))
    let sent = try logs.house.seen.requests.dropFirst().map { try messages(JSONValue(parsing: $0.body)) }
    #expect(sent == [["a", "b"], ["a", "b"]])
    let deliveries = try await logs.call("ListSubscriptionDeliveries", ["logGroupName": "g", "filterName": "f"])["deliveries"]?.array ?? []
    #expect(deliveries.map { $0["outcome"] } == ["DELIVERED", "RETRYING"])
  }

  @Test func muchIsSentInPiecesThatTargetsTake() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    let queue = "arn:aws:sqs:eu-central-1:000000000000:out"
    try await logs.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    try await subscribe(logs, queue)
    // Digits that hardly compress.
    var state: UInt64 = 1
    let lines = (0..<400).map { number -> String in
      var line = "\(number) "
      for _ in 0..<100 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        line += String(state, radix: 36)
      }
      return line
    }
    try await logs.put(lines, to: "g")
    await logs.house.drain()
    var found: [String] = []
    let bodies = try await logs.bodies(queue)
    for body in bodies where body.bytes.count < 262_144 { found += try messages(body) }
    let numbers = Set(found.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } })
    #expect(bodies.count >= 3 && numbers.isSuperset(of: 0..<400))
  }
}
