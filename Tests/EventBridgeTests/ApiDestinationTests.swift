import EventBridge
import JSON
import ServiceKit
import Synchronization
import TestKit
import Testing
import Time

@Suite struct ApiDestinationTests {
  /// A bridge with a connection and an API destination, and a rule that sends to it.
  struct Destination {
    let bridge: Bridge
    let connection: JSONValue
    let arn: JSONValue

    init(
      connection: JSONObject = [
        "Name": "c", "AuthorizationType": "API_KEY",
        "AuthParameters": ["ApiKeyAuthParameters": ["ApiKeyName": "X-Key", "ApiKeyValue": "key"]],
      ], endpoint: String = "https://api.example/hook", rate: Int? = nil, target: JSONObject = [:]
    ) async throws {
      bridge = try await Bridge()
      self.connection = try #require(try await bridge.call("CreateConnection", connection)["ConnectionArn"])
      var input: JSONObject = [
        "Name": "d", "ConnectionArn": self.connection, "InvocationEndpoint": .string(endpoint), "HttpMethod": "POST",
      ]
      input["InvocationRateLimitPerSecond"] = rate.map { .int(Int64($0)) }
      arn = try #require(try await bridge.call("CreateApiDestination", input)["ApiDestinationArn"])
      var target = target
      target["Id"] = "1"
      target["Arn"] = arn
      try await bridge.rule(to: target)
    }
    var seen: Seen { bridge.house.seen }
  }

  @Test func sendsAsAWSDoes() async throws {
    let destination = try await Destination(
      endpoint: "https://api.example/users/*/orders/*?v=1",
      target: [
        "HttpParameters": [
          "PathParameterValues": ["$.detail.n", "a/b"], "HeaderParameters": ["X-Type": "$.detail-type", "User-Agent": "mine"],
          "QueryStringParameters": ["s": "$.source"],
        ], "InputPath": "$.detail",
      ])
    try await destination.bridge.put([7])
    await destination.bridge.house.drain()
    let request = try #require(destination.seen.requests.first)
    #expect(destination.seen.requests.count == 1)
    #expect(request.method == "POST")
    #expect(request.url == "https://api.example/users/7/orders/a%2Fb?v=1&s=app")
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"n":7}"#)
    #expect(request.timeout == .seconds(5))
    let headers = Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { "\($0),\($1)" })
    #expect(headers["Content-Type"] == "application/json; charset=utf-8")
    #expect(headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations")
    #expect(headers["X-Key"] == "key")
    #expect(headers["X-Type"] == "t")
  }

  @Test(arguments: [(401, true), (407, true), (409, true), (429, true), (500, true), (503, true), (400, false), (404, false), (302, false)])
  func triesAgainWhatMayPass(_ status: Int, _ again: Bool) async throws {
    let destination = try await Destination()
    destination.seen.answer { _ in OutboundResponse(status: status) }
    try await destination.bridge.put([1])
    await destination.bridge.house.drain()
    #expect(destination.seen.requests.count == 1)
    destination.seen.answer { _ in OutboundResponse(status: 200) }
    await destination.bridge.house.advance(by: .seconds(10), step: .seconds(1))
    #expect(destination.seen.requests.count == (again ? 2 : 1))
  }

  @Test func waitsAsLongAsTheEndpointWants() async throws {
    let destination = try await Destination()
    destination.seen.answer { _ in OutboundResponse(status: 503, headers: [("Retry-After", "120")]) }
    try await destination.bridge.put([1])
    await destination.bridge.house.drain()
    await destination.bridge.house.advance(by: .seconds(119), step: .seconds(1))
    #expect(destination.seen.requests.count == 1)
    destination.seen.answer { _ in OutboundResponse(status: 503, headers: [("Retry-After", "-1")]) }
    await destination.bridge.house.advance(by: .seconds(1), step: .seconds(1))
    #expect(destination.seen.requests.count == 2)
    // A negative time: never again.
    await destination.bridge.house.advance(by: .seconds(600), step: .seconds(10))
    #expect(destination.seen.requests.count == 2)
  }

  @Test func readsDatesInRetryAfter() async throws {
    let destination = try await Destination()
    destination.seen.answer { _ in OutboundResponse(status: 429, headers: [("retry-after", "Thu, 01 Jan 2026 00:05:00 GMT")]) }
    try await destination.bridge.put([1])
    await destination.bridge.house.drain()
    destination.seen.answer { _ in OutboundResponse(status: 204) }
    await destination.bridge.house.advance(by: .seconds(299), step: .seconds(1))
    #expect(destination.seen.requests.count == 1)
    await destination.bridge.house.advance(by: .seconds(1), step: .seconds(1))
    #expect(destination.seen.requests.count == 2)
  }

  @Test func keepsTheRateAndLosesNothing() async throws {
    let destination = try await Destination(rate: 2, target: ["RetryPolicy": ["MaximumRetryAttempts": 0]])
    try await destination.bridge.put(Array(1...9))
    await destination.bridge.house.drain()
    #expect(destination.seen.requests.count == 2)
    for second in 1...3 {
      await destination.bridge.house.advance(by: .seconds(1), step: .milliseconds(100))
      #expect(destination.seen.requests.count == 2 + 2 * second)
    }
    await destination.bridge.house.advance(by: .seconds(2), step: .milliseconds(100))
    let bodies = destination.seen.requests.compactMap { try? JSONValue(parsing: $0.body)["detail"]?["n"]?.int }
    #expect(bodies.sorted() == Array(1...9))
  }

  @Test func aRefusedTokenIsFetchedAgain() async throws {
    let destination = try await Destination(connection: ConnectionTests.oauth())
    let tokens = Mutex(0)
    destination.seen.answer { request in
      if request.url.hasPrefix("https://auth.example") {
        let number = tokens.withLock { count in
          count += 1
          return count
        }
        return OutboundResponse(status: 200, body: Array("{\"access_token\":\"t\(number)\",\"expires_in\":3600}".utf8))
      }
      let current = tokens.withLock { $0 }
      let good = request.headers.contains { $0.name == "Authorization" && $0.value == "Bearer t\(current)" }
      return OutboundResponse(status: good && current > 1 ? 200 : 401)
    }
    await destination.bridge.house.drain()
    try await destination.bridge.put([1, 2])
    await destination.bridge.house.drain()
    // One for the connection, one because the endpoint refused that; the second event uses the new one.
    let paths = destination.seen.requests.map { $0.url.hasPrefix("https://auth") ? "auth" : "call" }
    #expect(paths == ["auth", "call", "auth", "call", "call"])
    // A token about to expire is fetched anew.
    await destination.bridge.house.advance(by: .seconds(3_545), step: .seconds(3_545))
    try await destination.bridge.put([3])
    await destination.bridge.house.drain()
    #expect(tokens.withLock { $0 } == 3)
  }

  @Test func anInactiveDestinationKeepsEventsUntilItsConnectionIsMended() async throws {
    let destination = try await Destination()
    try await destination.bridge.call("DeauthorizeConnection", ["Name": "c"])
    #expect(try await destination.bridge.call("DescribeApiDestination", ["Name": "d"])["ApiDestinationState"] == "INACTIVE")
    try await destination.bridge.put([1])
    await destination.bridge.house.drain()
    #expect(destination.seen.requests.isEmpty)
    try await destination.bridge.call(
      "UpdateConnection",
      ["Name": "c", "AuthParameters": ["ApiKeyAuthParameters": ["ApiKeyName": "X-Key", "ApiKeyValue": "new"]]])
    await destination.bridge.house.advance(by: .seconds(60), step: .seconds(1))
    #expect(destination.seen.requests.count == 1)
  }

  @Test func secretsOfTheQueryDoNotReachTheDeadLetters() async throws {
    let destination = try await Destination(
      connection: [
        "Name": "c", "AuthorizationType": "BASIC",
        "AuthParameters": [
          "BasicAuthParameters": ["Username": "u", "Password": "p"],
          "InvocationHttpParameters": ["QueryStringParameters": [["Key": "k", "Value": "hush", "IsValueSecret": true]]],
        ],
      ],
      target: [
        "RetryPolicy": ["MaximumRetryAttempts": 0], "DeadLetterConfig": ["Arn": "arn:aws:sqs:eu-central-1:000000000000:q"],
      ])
    destination.seen.answer { throw OutboundError("POST \($0.url) failed: connection refused") }
    try await destination.bridge.put([1])
    await destination.bridge.house.drain()
    let letter = try await destination.bridge.house.call(
      "sqs", "ReceiveMessage", ["QueueUrl": .string(destination.bridge.queue), "MessageAttributeNames": ["All"]])
    let attributes = letter["Messages"]?[0]?["MessageAttributes"]
    #expect(attributes?["ERROR_MESSAGE"]?["StringValue"] == "POST https://api.example/hook failed: connection refused")
    #expect(attributes?["EXHAUSTED_RETRY_CONDITION"]?["StringValue"] == "MaximumRetryAttempts")
  }

  @Test func describedUpdatedListedDeleted() async throws {
    let destination = try await Destination()
    let bridge = destination.bridge
    let seen = try await bridge.call("DescribeApiDestination", ["Name": "d"])
    #expect(seen["InvocationRateLimitPerSecond"] == 300)
    #expect(seen["ApiDestinationState"] == "ACTIVE")
    try await bridge.call("UpdateApiDestination", ["Name": "d", "HttpMethod": "PUT", "InvocationEndpoint": "https://api.example/v2"])
    let changed = try await bridge.call("DescribeApiDestination", ["Name": "d"])
    #expect(changed["HttpMethod"] == "PUT")
    #expect(changed["ConnectionArn"] == destination.connection)
    let list = try await bridge.call("ListApiDestinations", ["ConnectionArn": destination.connection])["ApiDestinations"]?.array
    #expect(list?.count == 1)
    #expect(try await bridge.call("ListApiDestinations", ["NamePrefix": "x"])["ApiDestinations"] == [])
    try await bridge.call("DeleteConnection", ["Name": "c"])
    #expect(try await bridge.call("DescribeApiDestination", ["Name": "d"])["ApiDestinationState"] == "INACTIVE")
    try await bridge.call("DeleteApiDestination", ["Name": "d"])
    #expect(
      await bridge.fault("DescribeApiDestination", ["Name": "d"])?.message
        == "Failed to describe the api-destination(s). An api-destination 'd' does not exist.")
    let wrong = await bridge.fault(
      "CreateApiDestination",
      ["Name": "d", "ConnectionArn": "invalid", "InvocationEndpoint": "https://x.example", "HttpMethod": "INVALID"])
    #expect(wrong?.message.contains("[HEAD, POST, PATCH, DELETE, PUT, GET, OPTIONS]") == true)
  }
}
