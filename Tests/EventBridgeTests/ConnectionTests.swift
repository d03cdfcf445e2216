import EventBridge
import FoundationEssentials
import JSON
import ServiceKit
import Store
import TestKit
import Testing
import Time

@Suite struct ConnectionTests {
  static let basic: JSONObject = [
    "Name": "c", "AuthorizationType": "BASIC",
    "AuthParameters": [
      "BasicAuthParameters": ["Username": "user", "Password": "hush-password"],
      "InvocationHttpParameters": [
        "HeaderParameters": [
          ["Key": "X-Open", "Value": "seen", "IsValueSecret": false], ["Key": "X-Hidden", "Value": "hush-header", "IsValueSecret": true],
        ],
        "QueryStringParameters": [["Key": "k", "Value": "hush-query", "IsValueSecret": true]],
        "BodyParameters": [["Key": "b", "Value": "hush-body", "IsValueSecret": true]],
      ],
    ],
  ]

  @Test func secretsAreNeitherShownNorStoredNorAudited() async throws {
    let bridge = try await Bridge()
    let made = try await bridge.call("CreateConnection", Self.basic)
    #expect(made["ConnectionState"] == "AUTHORIZED")
    let seen = try await bridge.call("DescribeConnection", ["Name": "c"])
    #expect(seen["AuthParameters"]?["BasicAuthParameters"] == ["Username": "user"])
    let headers = seen["AuthParameters"]?["InvocationHttpParameters"]?["HeaderParameters"]
    #expect(headers == [["Key": "X-Open", "Value": "seen", "IsValueSecret": false], ["Key": "X-Hidden", "IsValueSecret": true]])
    #expect(seen["SecretArn"]?.string?.contains(":secret:events!connection/c/") == true)
    #expect(!seen.text.contains("hush"))
    await bridge.house.audit.flush()
    let stored = try await bridge.house.store.read { transaction in
      let row = try transaction.row("events.connection", "c", in: TestHouse.partition)
      let audit = AuditTrail.stream(Timestamp(seconds: 1_767_225_600), in: TestHouse.partition)
      let records = try transaction.records(of: audit, from: 1, limit: 100, descending: false)
      return (row?.body ?? []) + records.flatMap(\.body)
    }
    let text = String(decoding: stored, as: UTF8.self)
    #expect(text.contains("CreateConnection"))
    #expect(!text.contains("hush"))
  }

  @Test func whatIsWrongIsToldWithoutSecrets() async throws {
    let bridge = try await Bridge()
    let long = String(repeating: "hush", count: 200)
    for parameters in [
      ["BasicAuthParameters": ["Username": "u", "Password": .string(long)]], ["BasicAuthParameters": ["Username": "u"]],
      ["ApiKeyAuthParameters": ["ApiKeyName": "n", "ApiKeyValue": "v"]],
      [
        "BasicAuthParameters": ["Username": "u", "Password": "p"],
        "ApiKeyAuthParameters": ["ApiKeyName": "n", "ApiKeyValue": .string(long)],
      ],
      [
        "BasicAuthParameters": ["Username": "u", "Password": "p"],
        "InvocationHttpParameters": ["QueryStringParameters": [["Key": "k\u{1}", "Value": "hush"]]],
      ],
      [
        "BasicAuthParameters": ["Username": "u", "Password": "p"],
        "InvocationHttpParameters": ["HeaderParameters": [["Key": "X", "Value": "hush\n"]]],
      ], ["BasicAuthParameters": ["Username": "u", "Password": "p"], "ConnectivityParameters": ["ResourceParameters": [:]]],
    ] as [JSONObject] {
      let fault = await bridge.fault(
        "CreateConnection", ["Name": "c", "AuthorizationType": "BASIC", "AuthParameters": .object(parameters)])
      #expect(fault?.code == "ValidationException")
      #expect(fault?.message.contains("hush") == false)
    }
    let wrong = await bridge.fault("CreateConnection", ["Name": "a b", "AuthorizationType": "INVALID", "AuthParameters": [:]])
    #expect(wrong?.message.hasPrefix("2 validation errors detected: Value 'a b' at 'name'") == true)
    #expect(
      await bridge.fault("DescribeConnection", ["Name": "no"])?.message
        == "Failed to describe the connection(s). Connection 'no' does not exist.")
  }

  @Test func updatesKeepWhatTheyDoNotName() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateConnection", Self.basic)
    try await bridge.call(
      "UpdateConnection", ["Name": "c", "AuthParameters": ["BasicAuthParameters": ["Username": "new"]], "Description": "d"])
    var seen = try await bridge.call("DescribeConnection", ["Name": "c"])
    #expect(seen["AuthParameters"]?["BasicAuthParameters"] == ["Username": "new"])
    #expect(seen["AuthParameters"]?["InvocationHttpParameters"]?["HeaderParameters"]?.array?.count == 2)
    try await bridge.call(
      "UpdateConnection",
      [
        "Name": "c", "AuthorizationType": "API_KEY",
        "AuthParameters": ["ApiKeyAuthParameters": ["ApiKeyName": "X-Key", "ApiKeyValue": "v"]],
      ])
    seen = try await bridge.call("DescribeConnection", ["Name": "c"])
    #expect(seen["AuthParameters"]?["BasicAuthParameters"] == nil)
    #expect(seen["AuthorizationType"] == "API_KEY")
    #expect(await bridge.fault("UpdateConnection", ["Name": "c", "AuthorizationType": "BASIC"])?.code == "ValidationException")
  }

  @Test func deauthorizedDeletedAndListed() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateConnection", Self.basic)
    var other = Self.basic
    other["Name"] = "d"
    try await bridge.call("CreateConnection", other)
    #expect(await bridge.fault("CreateConnection", other)?.code == "ResourceAlreadyExistsException")
    #expect(try await bridge.call("DeauthorizeConnection", ["Name": "c"])["ConnectionState"] == "DEAUTHORIZING")
    let seen = try await bridge.call("DescribeConnection", ["Name": "c"])
    #expect(seen["ConnectionState"] == "DEAUTHORIZED")
    #expect(seen["AuthParameters"] == nil)
    let list = try await bridge.call("ListConnections", ["ConnectionState": "AUTHORIZED"])["Connections"]?.array
    #expect(list?.compactMap { $0["Name"]?.string } == ["d"])
    #expect(try await bridge.call("DeleteConnection", ["Name": "d"])["ConnectionState"] == "DELETING")
    #expect(await bridge.fault("DeleteConnection", ["Name": "d"])?.code == "ResourceNotFoundException")
  }

  static func oauth(_ extra: JSONObject = [:]) -> JSONObject {
    var parameters: JSONObject = [
      "ClientParameters": ["ClientID": "id", "ClientSecret": "s&cret"], "AuthorizationEndpoint": "https://auth.example/token",
      "HttpMethod": "POST",
    ]
    for (name, value) in extra { parameters[name] = value }
    return [
      "Name": "o", "AuthorizationType": "OAUTH_CLIENT_CREDENTIALS", "AuthParameters": ["OAuthParameters": .object(parameters)],
    ]
  }

  @Test func oauthFetchesATokenInTheBackground() async throws {
    let bridge = try await Bridge()
    bridge.house.seen.answer { _ in OutboundResponse(status: 200, body: Array(#"{"access_token":"t1","expires_in":3600}"#.utf8)) }
    let extra: JSONObject = ["OAuthHttpParameters": ["BodyParameters": [["Key": "audience", "Value": "api"]]]]
    #expect(try await bridge.call("CreateConnection", Self.oauth(extra))["ConnectionState"] == "AUTHORIZING")
    await bridge.house.drain()
    #expect(try await bridge.call("DescribeConnection", ["Name": "o"])["ConnectionState"] == "AUTHORIZED")
    let request = try #require(bridge.house.seen.requests.first)
    #expect(request.url == "https://auth.example/token")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == "audience=api&grant_type=client_credentials&client_id=id&client_secret=s%26cret")
    #expect(request.headers.contains { $0.name == "Content-Type" && $0.value == "application/x-www-form-urlencoded" })
  }

  @Test func oauthThatIsRefusedDeauthorizes() async throws {
    let bridge = try await Bridge()
    bridge.house.seen.answer { _ in OutboundResponse(status: 400) }
    try await bridge.call("CreateConnection", Self.oauth())
    await bridge.house.drain()
    let seen = try await bridge.call("DescribeConnection", ["Name": "o"])
    #expect(seen["ConnectionState"] == "DEAUTHORIZED")
    #expect(seen["StateReason"] == "The authorization endpoint https://auth.example/token answered HTTP 400.")
    bridge.house.seen.answer { _ in OutboundResponse(status: 200, body: Array(#"{"access_token":"t1"}"#.utf8)) }
    try await bridge.call(
      "UpdateConnection",
      ["Name": "o", "AuthParameters": ["OAuthParameters": ["ClientParameters": ["ClientSecret": "right"]]]])
    await bridge.house.drain()
    #expect(try await bridge.call("DescribeConnection", ["Name": "o"])["ConnectionState"] == "AUTHORIZED")
  }

  @Test func oauthIsTriedAgainWhileTheEndpointIsAway() async throws {
    let bridge = try await Bridge()
    bridge.house.seen.answer { _ in OutboundResponse(status: 503) }
    try await bridge.call("CreateConnection", Self.oauth())
    await bridge.house.drain()
    #expect(try await bridge.call("DescribeConnection", ["Name": "o"])["ConnectionState"] == "AUTHORIZING")
    bridge.house.seen.answer { _ in OutboundResponse(status: 200, body: Array(#"{"access_token":"t1"}"#.utf8)) }
    await bridge.house.advance(by: .seconds(10), step: .seconds(1))
    #expect(try await bridge.call("DescribeConnection", ["Name": "o"])["ConnectionState"] == "AUTHORIZED")
  }

  @Test func invokesAnyEndpointAndAnswersAnyStatus() async throws {
    let bridge = try await Bridge()
    let arn = try #require(try await bridge.call("CreateConnection", Self.basic)["ConnectionArn"])
    bridge.house.seen.answer { _ in OutboundResponse(status: 404, headers: [("X-Why", "gone")], body: Array("no".utf8)) }
    let answer = try await bridge.call(
      "InvokeConnection",
      [
        "ConnectionArn": arn, "Method": "POST", "Endpoint": "https://api.example/x?a=1", "Headers": ["X-Open": "mine", "Host": "evil"],
        "QueryParameters": ["q": "a b"], "Body": #"{"n":1}"#,
      ])
    #expect(answer["StatusCode"] == 404)
    #expect(answer["Body"] == "no")
    #expect(answer["Headers"]?["x-why"] == ["gone"])
    let request = try #require(bridge.house.seen.requests.last)
    #expect(request.url == "https://api.example/x?a=1&q=a%20b&k=hush-query")
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"n":1,"b":"hush-body"}"#)
    let headers = Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { "\($0),\($1)" })
    // In conflict the connection's value holds; headers that are EventBridge's own can not be chosen.
    #expect(headers["X-Open"] == "seen")
    #expect(headers["Host"] == nil)
    #expect(headers["Authorization"] == "Basic \(Data("user:hush-password".utf8).base64EncodedString())")
    #expect(
      await bridge.fault("InvokeConnection", ["ConnectionArn": arn, "Method": "GET", "Endpoint": "file:///x"])?.code
        == "ValidationException")
  }
}
