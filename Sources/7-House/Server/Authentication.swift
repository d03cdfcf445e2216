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
}
