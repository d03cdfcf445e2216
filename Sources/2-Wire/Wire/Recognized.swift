import JSON

/// Which operation of which service a request calls, and how the answer is to be written.
package struct Recognized: Sendable {
  package var service: ServiceIdentity
  package var operation: String
  package var wireProtocol: WireProtocol
  /// Labels of the path, query parameters and headers that the route binds to members.
  package var bound: JSONObject

  package init(service: ServiceIdentity, operation: String, wireProtocol: WireProtocol, bound: JSONObject = JSONObject()) {
    self.service = service
    self.operation = operation
    self.wireProtocol = wireProtocol
    self.bound = bound
  }
}

/// The services served and the routes of their operations: what requests are recognized by.
package struct WireDirectory: Sendable {
  private struct Route: Sendable {
    var operation: String
    var route: OperationRoute
  }
  private var byTarget: [String: ServiceIdentity] = [:]
  private var bySigningName: [String: [ServiceIdentity]] = [:]
  private var byCborName: [String: ServiceIdentity] = [:]
  private var byVersion: [String: ServiceIdentity] = [:]
  private var routes: [String: [Route]] = [:]

  package init() {}

  /// - Parameter operations: name and route of each operation; the route is nil in protocols without.
  package mutating func add(_ service: ServiceIdentity, operations: [(name: String, route: OperationRoute?)]) {
    if !service.targetPrefix.isEmpty { byTarget[service.targetPrefix] = service }
    bySigningName[service.signingName, default: []].append(service)
    if !service.cborName.isEmpty { byCborName[service.cborName] = service }
    if service.protocols.contains(.query) || service.protocols.contains(.ec2Query) { byVersion[service.apiVersion] = service }
    routes[service.id] = operations.compactMap { name, route in route.map { Route(operation: name, route: $0) } }
      .sorted { $0.route.literals > $1.route.literals }
  }

  /// Recognizes a request. Throws the fault to answer with when it names no service or operation.
  ///
  /// - Parameter signingName: from the credential scope of a signed request.
  package func recognize(_ request: WireRequest, signingName: String?) throws(WireFault) -> Recognized {
    if request.header("smithy-protocol") == "rpc-v2-cbor" { return try cbor(request) }
    if let target = request.header("x-amz-target") { return try json(request, target) }
    let services = signingName.flatMap { bySigningName[$0] } ?? []
    if let rest = try rest(request, services.isEmpty ? Array(bySigningName.values.joined()) : services) { return rest }
    if let query = try query(request, services) { return query }
    if let service = services.first(where: { $0.protocols.contains(.restJson1) || $0.protocols.contains(.restXml) }) {
      throw WireFault(
        "UnknownOperationException", "\(request.method) \(request.path) is no operation of \(service.id) that Martlet serves.", status: 404)
    }
    if let signingName, services.isEmpty {
      throw WireFault("UnknownOperationException", "The service \(signingName) is not served by Martlet.", status: 404)
    }
    throw WireFault(
      "MissingAction", "The request names no operation: it has neither an X-Amz-Target header nor an Action parameter nor a known path.")
  }

  private func cbor(_ request: WireRequest) throws(WireFault) -> Recognized {
    let parts = request.path.split(separator: "/").map(String.init)
    guard parts.count == 4, parts[0] == "service", parts[2] == "operation" else {
      throw WireFault("UnknownOperationException", "The path must be /service/NAME/operation/OPERATION.", status: 404)
    }
    guard let service = byCborName[parts[1]] else {
      throw WireFault("UnknownOperationException", "The service \(parts[1]) is not served by Martlet.", status: 404)
    }
    return Recognized(service: service, operation: parts[3], wireProtocol: .rpcV2Cbor, bound: JSONObject())
  }

  private func json(_ request: WireRequest, _ target: String) throws(WireFault) -> Recognized {
    // The prefix itself may have dots.
    guard let dot = target.utf8.lastIndex(of: UInt8(ascii: ".")), let service = byTarget[String(target[..<dot])] else {
      throw WireFault("UnknownOperationException", "X-Amz-Target '\(target)' names no service that Martlet serves.")
    }
    return Recognized(
      service: service, operation: String(target[target.index(after: dot)...]),
      wireProtocol: isOld(request.header("content-type") ?? "") ? .awsJson10 : .awsJson11, bound: JSONObject())
  }

  /// Whether the content type is that of version 1.0.
  private func isOld(_ type: String) -> Bool {
    if type.hasPrefix("application/x-amz-json-1.1") { return false }
    return type.hasPrefix("application/x-amz-json-1.0") || type.contains("json-1.0")
  }

  private func rest(_ request: WireRequest, _ services: [ServiceIdentity]) throws(WireFault) -> Recognized? {
    let parts = request.path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true).map { Substring($0) }
    for service in services {
      guard let style = service.protocols.first(where: { $0 == .restJson1 || $0 == .restXml }) else { continue }
      for entry in routes[service.id] ?? [] where entry.route.method == request.method {
        guard var bound = try labels(entry.route, parts) else { continue }
        try bind(entry.route, request, &bound)
        return Recognized(service: service, operation: entry.operation, wireProtocol: style, bound: bound)
      }
    }
    return nil
  }

  private func labels(_ route: OperationRoute, _ parts: [Substring]) throws(WireFault) -> JSONObject? {
    var bound = JSONObject()
    var position = 0
    for segment in route.segments {
      guard position < parts.count else { return nil }
      switch segment {
      case .literal(let text):
        guard parts[position] == text else { return nil }
        position += 1
      case .label(let name):
        bound[name] = .string(try PercentCoding.decode(parts[position]))
        position += 1
      case .greedy(let name):
        bound[name] = .string(try PercentCoding.decode(Substring(parts[position...].joined(separator: "/"))))
        position = parts.count
      }
    }
    return position == parts.count ? bound : nil
  }

  private func bind(_ route: OperationRoute, _ request: WireRequest, _ bound: inout JSONObject) throws(WireFault) {
    for (name, value) in try FormCoding.parse(request.query) {
      guard let member = route.query[name] else { continue }
      if member.hasSuffix("[]") {
        let list = String(member.dropLast(2))
        bound[list] = .array((bound[list]?.array ?? []) + [.string(value)])
      } else {
        bound[member] = .string(value)
      }
    }
    for (header, member) in route.headers {
      if let value = request.header(header) { bound[member] = .string(value) }
    }
  }

  private func query(_ request: WireRequest, _ services: [ServiceIdentity]) throws(WireFault) -> Recognized? {
    let isForm = request.isForm
    guard request.method == "GET" || isForm || request.query.contains("Action=") else { return nil }
    let parameters = isForm ? request.body : Array(request.query.utf8)
    guard let action = try FormCoding.value(of: "Action", in: parameters) else { return nil }
    let version = try FormCoding.value(of: "Version", in: parameters)
    let candidates = services.filter { $0.protocols.contains(.query) || $0.protocols.contains(.ec2Query) }
    guard let service = candidates.first ?? version.flatMap({ byVersion[$0] }) ?? opened(action) else {
      throw WireFault("InvalidAction", "Could not find operation \(action)\(version.map { " for version \($0)" } ?? "")")
    }
    let style: WireProtocol = service.protocols.contains(.ec2Query) ? .ec2Query : .query
    return Recognized(service: service, operation: action, wireProtocol: style, bound: JSONObject())
  }

  /// The links in SNS messages name neither version nor service.
  private func opened(_ action: String) -> ServiceIdentity? {
    action == "ConfirmSubscription" || action == "Unsubscribe" ? bySigningName["sns"]?.first : nil
  }
}
