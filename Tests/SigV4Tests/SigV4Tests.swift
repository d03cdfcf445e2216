import FoundationEssentials
import JSON
import SigV4
import Testing
import Time

/// Requests of AWS's published test suite: key, secret, date, region and service are the same in all of them.
@Suite struct PublishedVectors {
  private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

  struct Vector: Sendable {
    var name: String
    var method = "GET"
    var path = "/"
    var query = ""
    var headers: [(name: String, value: String)] = []
    var body = ""
    var signature: String
  }

  static let vectors = [
    Vector(name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    Vector(
      name: "get-vanilla-query-order-key-case", query: "Param2=value2&Param1=value1",
      signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    Vector(
      name: "get-vanilla-query-unreserved",
      query:
        "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
    Vector(
      name: "get-vanilla-utf8-query", query: "%E1%88%B4=bar", signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    Vector(name: "get-utf8", path: "/\u{1234}", signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    Vector(name: "post-vanilla", method: "POST", signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    Vector(
      name: "post-header-key-sort", method: "POST", headers: [("my-header1", "value1")],
      signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    Vector(
      name: "post-x-www-form-urlencoded", method: "POST", headers: [("content-type", "application/x-www-form-urlencoded")],
      body: "Param1=value1", signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    Vector(
      name: "get-header-value-trim", headers: [("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
      signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
  ]

  @Test(arguments: vectors)
  func signatureIsThePublishedOne(_ vector: Vector) throws {
    let time = "20150830T123600Z"
    let request = SigningRequest(
      method: vector.method, path: vector.path, query: vector.query,
      headers: [("host", "example.amazonaws.com"), ("x-amz-date", time)] + vector.headers)
    let signed = request.headers.map(\.name).sorted().joined(separator: ";")
    var full = request
    full.headers.append(
      (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=\(signed), Signature=\(vector.signature)"
      ))
    let credential = try #require(try Credential.read(full))
    #expect(
      SigV4.signature(request, credential, payloadHash: SigV4.hash(Array(vector.body.utf8)), secret: Self.secret) == vector.signature,
      "\(vector.name)")
  }
}

/// Requests signed by botocore, in headers and in the query, with and without session tokens.
@Suite struct SignedRequests {
  static let cases: [JSONValue] = {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    guard let bytes = FileManager.default.contents(atPath: folder + "/Fixtures/sigv4/signed-requests.json") else { return [] }
    return (try? JSONValue(parsing: Array(bytes)).array) ?? []
  }()
  private static let now = Timestamp(seconds: 1_769_851_800)

  private func request(_ one: JSONValue) throws -> (SigningRequest, [UInt8], String) {
    let headers = (one["headers"]?.array ?? []).compactMap { pair -> (name: String, value: String)? in
      guard let name = pair[0]?.string, let value = pair[1]?.string else { return nil }
      return (name, value)
    }
    return (
      SigningRequest(
        method: one["method"]?.string ?? "", path: one["path"]?.string ?? "", query: one["query"]?.string ?? "", headers: headers),
      Array((one["body"]?.string ?? "").utf8), try #require(one["secret"]?.string)
    )
  }

  @Test func thereAreSome() { #expect(Self.cases.count == 18) }

  @Test(arguments: cases)
  func areAccepted(_ one: JSONValue) throws {
    let (request, body, secret) = try request(one)
    let credential = try #require(try Credential.read(request))
    try SigV4.verify(request, body: body, credential, secret: secret, now: Self.now)
    #expect(throws: SigV4Fault.self) { try SigV4.verify(request, body: body, credential, secret: secret + "x", now: Self.now) }
    #expect(throws: SigV4Fault.self) {
      try SigV4.verify(request, body: body, credential, secret: secret, now: Self.now + .seconds(901))
    }
    #expect(throws: SigV4Fault.self) {
      try SigV4.verify(request, body: body, credential, secret: secret, now: Self.now - .seconds(901))
    }
    if one["kind"] == "header" {
      #expect(throws: SigV4Fault.self) { try SigV4.verify(request, body: body + [33], credential, secret: secret, now: Self.now) }
    }
    var other = request
    other.method = "PATCH"
    #expect(throws: SigV4Fault.self) { try SigV4.verify(other, body: body, credential, secret: secret, now: Self.now) }
  }

  @Test func ownSignaturesAreAccepted() throws {
    var request = SigningRequest(method: "POST", path: "/a b", query: "x=1&y=%20", headers: [("host", "h")])
    request.headers += SigV4.sign(
      request, body: Array("b".utf8), accessKey: "K", secret: "S", token: "T", region: "r", service: "s", now: Self.now)
    let credential = try #require(try Credential.read(request))
    #expect(credential.securityToken == "T")
    try SigV4.verify(request, body: Array("b".utf8), credential, secret: "S", now: Self.now)
  }

  @Test(arguments: [
    "", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x",
    "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=;, Signature=", "Bearer x", String(repeating: "A", count: 100_000),
  ])
  func brokenHeadersAreRefusedOrNone(_ text: String) {
    let request = SigningRequest(method: "GET", path: "/", query: "", headers: [("host", "h"), ("authorization", text)])
    do {
      let credential = try Credential.read(request)
      if let credential {
        #expect(throws: SigV4Fault.self) { try SigV4.verify(request, body: [], credential, secret: "s", now: Self.now) }
      }
    } catch { #expect(error.status >= 400) }
  }
}

/// The example of the Amazon S3 API Reference.
@Suite struct ChunkedPayloads {
  private let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  private let signatures = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
  ]
  private var request: SigningRequest {
    SigningRequest(
      method: "PUT", path: "/examplebucket/chunkObject.txt", query: "",
      headers: [
        ("host", "s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"), ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("x-amz-decoded-content-length", "66560"),
        (
          "authorization",
          "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
        ),
      ])
  }
  private var body: [UInt8] {
    var body: [UInt8] = []
    for (size, signature) in zip([65_536, 1_024, 0], signatures) {
      body += Array("\(String(size, radix: 16));chunk-signature=\(signature)\r\n".utf8) + [UInt8](repeating: 97, count: size) + [13, 10]
    }
    return body
  }

  @Test func areDecodedAndChecked() throws {
    let credential = try #require(try Credential.read(request))
    let decoded = try ChunkedPayload.decode(body, request, credential, secret: secret)
    #expect(decoded == [UInt8](repeating: 97, count: 66_560))
    var wrong = body
    wrong[200] = 98
    #expect(throws: SigV4Fault.self) { try ChunkedPayload.decode(wrong, request, credential, secret: secret) }
    for cut in [0, 1, 50, 65_000, body.count - 100] {
      #expect(throws: SigV4Fault.self) { try ChunkedPayload.decode(Array(body.prefix(cut)), request, credential, secret: secret) }
    }
  }
}
