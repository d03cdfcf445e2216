import Wire

/// Several inlets as one: the first that serves a request answers it.
package struct HTTPInlets: HTTPInlet {
  private let inlets: [any HTTPInlet]

  package init(_ inlets: [any HTTPInlet]) { self.inlets = inlets }

  private func inlet(_ request: WireRequest) -> (any HTTPInlet)? { inlets.first { $0.serves(request) } }

  package func serves(_ request: WireRequest) -> Bool { inlet(request) != nil }

  package func answer(_ request: WireRequest, _ context: CallContext) async -> WireResponse {
    guard let inlet = inlet(request) else { return refuse(request, status: 404, message: "There is no page \(request.path).") }
    return await inlet.answer(request, context)
  }

  package func refuse(_ request: WireRequest, status: Int, message: String) -> WireResponse {
    inlet(request)?.refuse(request, status: status, message: message)
      ?? WireResponse(status: status, headers: [("content-type", "text/plain; charset=utf-8")], body: Array((message + "\n").utf8))
  }
}
