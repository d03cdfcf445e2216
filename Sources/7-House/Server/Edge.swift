import Gzip
import JSON
import Logging
import NIOHTTP1
import ServiceKit
import SigV4
import Time
import Wire

/// From HTTP requests to operations and back.
struct Edge: Sendable {
  let invoker: Invoker
  let directory: WireDirectory
  let authentication: Authentication
  let pages: Pages
  let inlets: [any HTTPInlet]
  let clock: any WallClock
  let identifiers: Identifiers
  let longestBody: Int
  let log: Logger

  /// The answer to a request that is there as a whole.
  ///
  /// It may begin on the connection's event loop: what is not known to be brief moves to the common threads, by `Task.yield()`.
  /// - Parameter source: the address it came from.
  func answer(_ head: HTTPRequestHead, _ body: [UInt8], source: String) async -> WireResponse {
    let requestID = identifiers.uuid()
    let mark = head.uri.utf8.firstIndex(of: UInt8(ascii: "?"))
    let path = String(head.uri[..<(mark ?? head.uri.endIndex)])
    let query = mark.map { String(head.uri[head.uri.utf8.index(after: $0)...]) } ?? ""
    let headers = head.headers.map { (name: $0.name.lowercased(), value: $0.value) }
    let wire = WireRequest(method: head.method.rawValue, path: path, query: query, headers: headers, body: body)
    if let inlet = inlets.first(where: { $0.serves(wire) }) {
      await Task.yield()
      return await answer(wire, by: inlet, requestID, source)
    }
    if let page = await pages.answer(wire, requestID) { return page }
    return await call(wire, requestID, source)
  }

  /// The answer to a request whose body is longer than `longestBody`.
  func tooLarge() -> WireResponse {
    let fault = WireFault("RequestEntityTooLargeException", "The request's body is longer than \(longestBody) bytes.", status: 413)
    return WireCodec.response(fault, .awsJson11, service: nil, requestID: identifiers.uuid())
  }

  /// The answer of a room to a request in somebody else's protocol.
  private func answer(_ request: WireRequest, by inlet: any HTTPInlet, _ requestID: String, _ source: String) async -> WireResponse {
    do {
      let now = clock.now()
      let (caller, body) = try await authentication.basicOrSigned(request, source: source, now: now)
      var request = request
      request.body = body
      return await inlet.answer(request, CallContext(caller: caller, requestID: requestID, now: now))
    } catch {
      let fault = fault(error, requestID)
      var answer = inlet.refuse(request, status: fault.status, message: fault.message)
      if fault.status == 401 { answer.headers.append(("www-authenticate", "Basic realm=\"Martlet\"")) }
      return answer
    }
  }

  /// The call that a request makes, and its answer in the request's own protocol.
  private func call(_ request: WireRequest, _ requestID: String, _ source: String) async -> WireResponse {
    var recognized: Recognized?
    do {
      let signing = SigningRequest(method: request.method, path: request.path, query: request.query, headers: request.headers)
      let credential = try Credential.read(signing)
      let readable = try readable(request)
      let found = try extensionCall(request) ?? directory.recognize(readable, signingName: credential?.service)
      recognized = found
      let handler: OperationHandler
      do throws(Fault) { handler = try invoker.handler(found.service.id, found.operation) } catch { throw unknown(found) }
      let (caller, body) = try await authentication.caller(
        signing, request, credential, isOpen: handler.isOpen, source: source, now: clock.now())
      if !handler.isBrief { await Task.yield() }
      var request = request
      // A form has been expanded already, to find the operation's name.
      request.body = request.isForm && !ChunkedPayload.isChunked(signing) ? readable.body : try expanded(body, request)
      var raw: RawMember?
      let input: JSONValue
      if let member = handler.rawMember {
        let found = try WireCodec.input(request, found, raw: member)
        input = found.document
        raw = found.raw.map { RawMember(body: request.body, range: $0) }
      } else {
        input = try WireCodec.input(request, found)
      }
      var context = CallContext(
        caller: caller, requestID: requestID, now: clock.now(), inputDialect: WireCodec.inputDialect(found),
        dialect: WireCodec.dialect(found.wireProtocol))
      context.raw = raw
      context.trace = request.header("x-amzn-trace-id")
      if handler.writesText, WireCodec.answersJSON(found.wireProtocol) { context.written = WrittenAnswer() }
      if handler.isStream {
        var answer = WireResponse(
          status: 200, headers: [("x-amzn-requestid", requestID), ("content-type", EventStreamMessage.contentType)])
        answer.stream = try await invoker.stream(handler, input, context)
        return answer
      }
      let output = try await invoker.call(handler, input, context)
      return WireCodec.response(
        output, text: context.written?.bytes, found, xml: handler.xml, route: handler.route, requestID: requestID)
    } catch {
      return WireCodec.response(
        fault(error, requestID), recognized?.wireProtocol ?? Self.guess(request), service: recognized?.service, requestID: requestID)
    }
  }

  /// The request as it is recognized: a form has the operation's name in its body.
  private func readable(_ request: WireRequest) throws -> WireRequest {
    guard request.isForm else { return request }
    var request = request
    request.body = try expanded(request.body, request)
    return request
  }

  /// The body as the operation reads it: clients may compress it. Source: Smithy 2.0, requestCompression trait.
  private func expanded(_ body: [UInt8], _ request: WireRequest) throws -> [UInt8] {
    guard let encoding = request.header("content-encoding")?.lowercased(),
      ["gzip", "aws-chunked,gzip", "gzip,aws-chunked"].contains(encoding)
    else { return body }
    do throws(GzipError) { return try Gzip.expand(body, limit: longestBody) } catch {
      throw WireFault("SerializationException", "The request's body can not be expanded: \(error)")
    }
  }

  /// An operation beyond AWS's: `POST /_martlet/api/SERVICE/OPERATION`, input and answer as awsJson1.1 has them. Nil for every other path.
  private func extensionCall(_ request: WireRequest) throws -> Recognized? {
    guard request.path.hasPrefix(Pages.api) else { return nil }
    let parts = request.path.dropFirst(Pages.api.utf8.count).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard request.method == "POST", parts.count == 2, let service = invoker.services.first(where: { $0.id == parts[0] }) else {
      let served = invoker.services.flatMap { service in invoker.extensions(of: service.id).map { "\(service.id)/\($0)" } }
      throw WireFault(
        "UnknownOperationException",
        "\(request.method) \(request.path) is not served: use POST \(Pages.api)SERVICE/OPERATION with one of \(served.joined(separator: ", ")).",
        status: 404)
    }
    return Recognized(service: service, operation: parts[1], wireProtocol: .awsJson11)
  }

  /// The protocol's own answer for an operation that there is not. Source: Smithy 2.0, protocol error tables.
  private func unknown(_ found: Recognized) -> WireFault {
    switch found.wireProtocol {
    case .query, .ec2Query:
      WireFault("InvalidAction", "Could not find operation \(found.operation) for version \(found.service.apiVersion)")
    default:
      WireFault(
        "UnknownOperationException", "The operation \(found.operation) of \(found.service.id) is not served by Martlet.",
        status: found.wireProtocol == .rpcV2Cbor ? 404 : 400)
    }
  }

  private func fault(_ error: any Error, _ requestID: String) -> WireFault {
    switch error {
    case let fault as WireFault: return fault
    case let fault as Fault:
      return WireFault(fault.code, fault.message, status: fault.status, fields: fault.fields, queryCode: fault.queryCode)
    case let fault as SigV4Fault: return WireFault(fault.code, fault.message, status: fault.status)
    default:
      log.error("request failed", metadata: ["request": "\(requestID)", "error": "\(error)"])
      let fault = Fault.internalFailure(requestID)
      return WireFault(fault.code, fault.message, status: fault.status)
    }
  }

  /// The protocol to answer in when the request could not be recognized.
  private static func guess(_ request: WireRequest) -> WireProtocol {
    if request.header("smithy-protocol") == "rpc-v2-cbor" { return .rpcV2Cbor }
    if request.header("x-amz-target") != nil { return .awsJson11 }
    if request.isForm || request.query.contains("Action=") { return .query }
    return .restJson1
  }
}
