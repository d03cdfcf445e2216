import FoundationEssentials
import ServiceKit
import SigV4
import Time
import Wire

/// Who a request comes from.
struct Authentication: Sendable {
  let root: RootKey
  let account: String
  let region: String
  /// Whether requests must be signed.
  let required: Bool
  let invoker: Invoker

  /// The caller whose signature the request carries, and the body without the frames of chunks it may have come in. Throws the fault AWS answers when there is none, or a wrong one.
  ///
  /// - Parameter isOpen: whether the operation may be called without a signature.
  func caller(
    _ signing: SigningRequest, _ request: WireRequest, _ credential: Credential?, isOpen: Bool, source: String, now: Timestamp
  ) async throws -> (caller: Caller, body: [UInt8]) {
    var caller: Caller
    var body = request.body
    if let credential, required {
      let verified = try await verified(signing, request, credential, now)
      caller = verified.caller
      if ChunkedPayload.isChunked(signing) {
        body = try ChunkedPayload.decode(body, signing, credential, secret: verified.secret)
      }
    } else if required, !isOpen {
      throw SigV4Fault.missing
    } else {
      caller = .root(account: account, region: credential?.region ?? region)
    }
    caller.sourceIP = source
    caller.userAgent = request.header("user-agent") ?? ""
    return (caller, body)
  }

  private func verified(
    _ signing: SigningRequest, _ request: WireRequest, _ credential: Credential, _ now: Timestamp
  ) async throws -> (caller: Caller, secret: String) {
    if credential.accessKey == root.accessKey {
      try SigV4.verify(signing, body: request.body, credential, secret: root.secret, now: now)
      var caller = Caller.root(account: account, region: credential.region)
      caller.accessKey = root.accessKey
      return (caller, root.secret)
    }
    let found = try await invoker.credentials?.credential(credential.accessKey, token: credential.securityToken, region: credential.region)
    guard let found else {
      throw Fault(
        "UnrecognizedClientException", "The security token included in the request is invalid.", status: 403,
        queryCode: "InvalidClientTokenId")
    }
    try SigV4.verify(signing, body: request.body, credential, secret: found.secret, now: now)
    return (found.caller, found.secret)
  }

  /// The caller by HTTP Basic, an access key and its secret, or by AWS's signature: for protocols whose clients can not sign.
  ///
  /// Throws SigV4Fault or Fault; with status 401 when there are no credentials, or such of HTTP Basic that are wrong.
  func basicOrSigned(_ request: WireRequest, source: String, now: Timestamp) async throws -> (caller: Caller, body: [UInt8]) {
    let signing = SigningRequest(method: request.method, path: request.path, query: request.query, headers: request.headers)
    guard required, let header = request.header("authorization"), header.lowercased().hasPrefix("basic ") else {
      let credential = required ? try Credential.read(signing) : nil
      if required, credential == nil {
        throw Self.unauthorized("Credentials are missing: sign the request, or send an access key and its secret by HTTP Basic.")
      }
      return try await caller(signing, request, credential, isOpen: false, source: source, now: now)
    }
    let wrong = Self.unauthorized("The access key or its secret is wrong.")
    guard let data = Data(base64Encoded: String(header.dropFirst(6))), let text = String(validating: data, as: UTF8.self),
      let colon = text.firstIndex(of: ":")
    else { throw wrong }
    let (key, secret) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
    var caller: Caller
    if key == root.accessKey {
      guard SigV4.equal(secret, root.secret) else { throw wrong }
      caller = .root(account: account, region: region)
      caller.accessKey = key
    } else {
      guard let found = try await invoker.credentials?.credential(key, token: nil, region: region), SigV4.equal(secret, found.secret) else {
        throw wrong
      }
      caller = found.caller
    }
    caller.sourceIP = source
    caller.userAgent = request.header("user-agent") ?? ""
    return (caller, request.body)
  }

  private static func unauthorized(_ message: String) -> Fault { Fault("UnauthorizedException", message, status: 401) }
}
