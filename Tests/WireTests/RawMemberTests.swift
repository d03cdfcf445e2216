import JSON
import Testing
import Wire

@Suite struct RawMemberTests {
  private static let service = ServiceIdentity(
    id: "logs", signingName: "logs", protocols: [.awsJson11], targetPrefix: "T", apiVersion: "1", xmlNamespace: "", sdkNames: [])

  private func read(_ body: String) throws -> (document: JSONValue, raw: String?) {
    let request = WireRequest(method: "POST", path: "/", body: Array(body.utf8))
    let found = try WireCodec.input(
      request, Recognized(service: Self.service, operation: "Put", wireProtocol: .awsJson11), raw: "events")
    return (found.document, found.raw.map { String(decoding: request.body[$0], as: UTF8.self) })
  }

  @Test(arguments: [
    (#"{"a":1,"events":[{"m":"]}\""},2],"b":"x"}"#, #"[{"m":"]}\""},2]"#),
    (#" { "events" : "t\\" , "a" : 1, "b": "x" } "#, #""t\\""#), (#"{"a":1,"b":"x","events":{"events":[1]}}"#, #"{"events":[1]}"#),
    (#"{"a":1,"b":"x","events":null}"#, "null"), (#"{"n":{"events":1},"a":1,"b":"x","events":[]}"#, "[]"),
  ])
  func theMemberStaysText(body: String, raw: String) throws {
    let found = try read(body)
    #expect(found.raw == raw)
    #expect(found.document["events"] == .null && found.document["a"] == 1 && found.document["b"] == "x")
  }

  @Test func withoutTheMemberTheDocumentIsWhole() throws {
    let found = try read(#"{"a":{"events":1}}"#)
    #expect(found.raw == nil && found.document == ["a": ["events": 1]])
  }

  @Test(arguments: [#"{"events":[1"#, #"{"events":[1],"a":}"#, #"[1]"#, #"{"events":"\"#])
  func whatIsNoJSONIsRefused(body: String) {
    #expect(throws: WireFault.self) { try read(body) }
  }
}
