import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

@Suite struct HTTPTaskTests {
  /// Runs an HTTP Task whose endpoint gives this answer.
  private func run(_ parameters: JSONObject, _ answer: @escaping @Sendable (OutboundRequest) throws -> OutboundResponse) async throws
    -> (StatesHouse, JSONValue)
  {
    let states = try await StatesHouse().withEvents()
    let connection = try await states.house.call(
      "events", "CreateConnection",
      [
        "Name": "c", "AuthorizationType": "API_KEY",
        "AuthParameters": ["ApiKeyAuthParameters": ["ApiKeyName": "X-Key", "ApiKeyValue": "k"]],
      ])
    await states.house.drain()
    states.house.seen.answer(answer)
    var input: JSONObject = ["Authentication": ["ConnectionArn": try #require(connection["ConnectionArn"])]]
    for (name, value) in parameters { input[name] = value }
    let machine = try await states.create(Machines.task("arn:aws:states:::http:invoke", ["Parameters": .object(input)]))
    let execution = try await states.start(machine)
    await states.house.drain()
    return (states, try await states.describe(execution))
  }

  @Test func theAnswerIsTheResult() async throws {
    let (states, ended) = try await run([
      "ApiEndpoint": "https://api.example.com/things", "Method": "POST", "Headers": ["X-Two": ["a", "b"]], "QueryParameters": ["q": "1"],
      "RequestBody": ["n": 1],
    ]) { _ in OutboundResponse(status: 201, headers: [("Content-Type", "application/json")], body: Array(#"{"id":7}"#.utf8)) }
    #expect(ended["status"] == "SUCCEEDED")
    let output = try JSONValue(parsing: try #require(ended["output"]?.string))
    #expect(output["StatusCode"] == 201 && output["StatusText"] == "Created" && output["ResponseBody"] == ["id": 7])
    #expect(output["Headers"]?["content-type"] == ["application/json"])
    let request = try #require(states.house.seen.requests.last)
    #expect(request.method == "POST" && request.url == "https://api.example.com/things?q=1")
    let headers = Dictionary(request.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
    #expect(headers["x-key"] == "k" && headers["x-two"] == "a,b" && headers["content-type"] == "application/json")
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"n":1}"#)
  }

  @Test func otherStatusesAreErrors() async throws {
    let (_, ended) = try await run(["ApiEndpoint": "https://api.example.com", "Method": "GET"]) { _ in
      OutboundResponse(status: 404, body: Array("gone".utf8))
    }
    #expect(ended["status"] == "FAILED" && ended["error"] == "States.Http.StatusCode.404")
    #expect(ended["cause"]?.string?.contains(#""ResponseBody":"gone""#) == true)
  }

  @Test func noAnswerIsAnError() async throws {
    let (_, ended) = try await run(["ApiEndpoint": "https://api.example.com", "Method": "GET"]) { _ in
      throw OutboundError("connection refused")
    }
    #expect(ended["status"] == "FAILED" && ended["error"] == "States.Http.Socket")
  }

  @Test func bodiesAreEncodedAsForms() async throws {
    let (states, _) = try await run([
      "ApiEndpoint": "https://api.example.com", "Method": "POST", "RequestBody": ["a": "x y", "list": [1, 2], "o": ["k": "&"]],
      "Transform": ["RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": ["ArrayFormat": "REPEAT"]],
    ]) { _ in OutboundResponse(status: 200) }
    let request = try #require(states.house.seen.requests.last)
    #expect(String(decoding: request.body, as: UTF8.self) == "a=x+y&list=1&list=2&o%5Bk%5D=%26")
  }

  @Test func whatIsMissingIsNamed() async throws {
    let (_, ended) = try await run(["Method": "GET"]) { _ in OutboundResponse(status: 200) }
    #expect(ended["error"] == "States.Runtime" && ended["cause"]?.string?.contains("ApiEndpoint") == true)
  }
}
