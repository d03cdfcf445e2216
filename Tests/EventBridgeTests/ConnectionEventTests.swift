import EventBridge
import JSON
import ServiceKit
import TestKit
import Testing

@Suite struct ConnectionEventTests {
  private static let oauth: JSONObject = [
    "Name": "o", "AuthorizationType": "OAUTH_CLIENT_CREDENTIALS",
    "AuthParameters": [
      "OAuthParameters": [
        "ClientParameters": ["ClientID": "id", "ClientSecret": "hush"], "AuthorizationEndpoint": "https://auth.example/token",
        "HttpMethod": "POST",
      ]
    ],
  ]

  private static func bridge() async throws -> Bridge {
    let bridge = try await Bridge()
    try await bridge.rule(pattern: #"{"source":["aws.events"]}"#)
    return bridge
  }

  private static func types(_ bridge: Bridge) async throws -> [String] {
    await bridge.house.drain()
    return try await bridge.received().compactMap { $0["detail-type"]?.string }
  }

  @Test func aConnectionsLifeIsTold() async throws {
    let bridge = try await Self.bridge()
    let arn = try #require(try await bridge.call("CreateConnection", ConnectionTests.basic)["ConnectionArn"])
    await bridge.house.drain()
    let made = try await bridge.received()
    #expect(made.compactMap { $0["detail-type"]?.string } == ["Connection Creation Started", "Connection Authorized"])
    let event = try #require(made.first)
    #expect(event["source"] == "aws.events" && event["resources"] == [arn])
    #expect(event["detail"] == ["ConnectionName": "c", "Timestamp": "2026-01-01 00:00:00 +0000 UTC"])
    try await bridge.call("UpdateConnection", ["Name": "c", "Description": "d"])
    #expect(try await Self.types(bridge) == ["Connection Update Started", "Connection Authorized"])
    try await bridge.call("DeauthorizeConnection", ["Name": "c"])
    #expect(try await Self.types(bridge) == ["Connection Deauthorization Started", "Connection Deauthorized"])
    try await bridge.call("DeleteConnection", ["Name": "c"])
    #expect(try await Self.types(bridge) == ["Connection Deletion Started"])
  }

  @Test func destinationsComeAndGoWithTheirConnection() async throws {
    let bridge = try await Self.bridge()
    let connection = try #require(try await bridge.call("CreateConnection", ConnectionTests.basic)["ConnectionArn"])
    _ = try await Self.types(bridge)
    let made = try await bridge.call(
      "CreateApiDestination",
      ["Name": "d", "ConnectionArn": connection, "InvocationEndpoint": "https://api.example/x", "HttpMethod": "POST"])
    await bridge.house.drain()
    let activated = try await bridge.received()
    #expect(activated.compactMap { $0["detail-type"]?.string } == ["API Destination Activated"])
    #expect(activated.first?["resources"] == [made["ApiDestinationArn"] ?? .null])
    #expect(activated.first?["detail"] == ["ApiDestinationName": "d", "Timestamp": "2026-01-01 00:00:00 +0000 UTC"])
    try await bridge.call("DeauthorizeConnection", ["Name": "c"])
    #expect(
      try await Self.types(bridge) == [
        "Connection Deauthorization Started", "Connection Deauthorized", "API Destination Deactivated",
      ])
    try await bridge.call(
      "UpdateConnection", ["Name": "c", "AuthParameters": ["BasicAuthParameters": ["Username": "u", "Password": "p"]]])
    #expect(try await Self.types(bridge) == ["Connection Update Started", "Connection Authorized", "API Destination Activated"])
    try await bridge.call("DeleteConnection", ["Name": "c"])
    #expect(try await Self.types(bridge) == ["Connection Deletion Started", "API Destination Deactivated"])
  }

  @Test func anAuthorizationEndpointThatRefusesIsTold() async throws {
    let bridge = try await Self.bridge()
    bridge.house.seen.answer { _ in OutboundResponse(status: 401) }
    try await bridge.call("CreateConnection", Self.oauth)
    await bridge.house.drain()
    let events = try await bridge.received()
    #expect(
      events.compactMap { $0["detail-type"]?.string } == [
        "Connection Creation Started", "Connection Authorization Started", "Connection Deauthorized",
      ])
    #expect(events.last?["detail"]?["StateReason"]?.string?.contains("HTTP 401") == true)
    bridge.house.seen.answer { _ in OutboundResponse(status: 200, body: Array(#"{"access_token":"t"}"#.utf8)) }
    try await bridge.call("UpdateConnection", ["Name": "o", "AuthParameters": Self.oauth["AuthParameters"] ?? .null])
    #expect(
      try await Self.types(bridge) == ["Connection Update Started", "Connection Authorization Started", "Connection Authorized"])
  }
}
