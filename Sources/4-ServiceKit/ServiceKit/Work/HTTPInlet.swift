import Wire

/// What a room serves by paths of its own, in somebody else's protocol, to callers with credentials.
package protocol HTTPInlet: Sendable {
  /// Whether the request is for this inlet.
  func serves(_ request: WireRequest) -> Bool
  func answer(_ request: WireRequest, _ context: CallContext) async -> WireResponse
  /// The protocol's own answer to a caller whose credentials are wrong or missing.
  func refuse(_ request: WireRequest, status: Int, message: String) -> WireResponse
}
