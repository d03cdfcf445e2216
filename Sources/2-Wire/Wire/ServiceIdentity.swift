/// A protocol of AWS's, by which a service is called. Source: Smithy 2.0, "AWS Protocols".
package enum WireProtocol: String, Sendable, Hashable {
  case awsJson10, awsJson11, restJson1, restXml, query, ec2Query, rpcV2Cbor
}

/// How a service is named and spoken to.
package struct ServiceIdentity: Sendable {
  /// The name AWS's SDKs and botocore use: `events`, `stepfunctions`.
  package var id: String
  /// The name in the credential scope: `events`, `states`.
  package var signingName: String
  /// Protocols served; the first is what AWS's SDKs speak by default.
  package var protocols: [WireProtocol]
  /// What stands before the dot in `X-Amz-Target`; empty for services without.
  package var targetPrefix: String
  /// `2015-10-07`
  package var apiVersion: String
  package var xmlNamespace: String
  /// The service's name in `/service/NAME/operation/OPERATION` of rpc-v2-cbor.
  package var cborName: String
  /// Other names in `aws-sdk` integrations.
  package var sdkNames: [String]
  /// The service part of IAM actions.
  package var iamPrefix: String
  /// Whether answers carry `x-amzn-query-error`, because the service once spoke the query protocol.
  package var queryCompatible: Bool

  package init(
    id: String, signingName: String, protocols: [WireProtocol], targetPrefix: String = "", apiVersion: String, xmlNamespace: String = "",
    cborName: String = "", sdkNames: [String] = [], iamPrefix: String? = nil, queryCompatible: Bool = false
  ) {
    self.id = id
    self.signingName = signingName
    self.protocols = protocols
    self.targetPrefix = targetPrefix
    self.apiVersion = apiVersion
    self.xmlNamespace = xmlNamespace
    self.cborName = cborName
    self.sdkNames = sdkNames
    self.iamPrefix = iamPrefix ?? signingName
    self.queryCompatible = queryCompatible
  }
}

/// Method, path and bindings of an operation in the REST protocols. Source: Smithy 2.0, "HTTP bindings".
package struct OperationRoute: Sendable {
  package var method: String
  /// Literal segments, `{Label}` and, last, `{Label+}`.
  package var segments: [Segment]
  /// Query parameter to member; a member ending in `[]` is a list.
  package var query: [String: String]
  /// Header, in lower case, to member.
  package var headers: [String: String]
  /// Status of a successful answer.
  package var status: Int
  /// The member of the answer that is the whole body.
  package var payload: String?

  package enum Segment: Sendable, Equatable {
    case literal(String)
    case label(String)
    /// Takes the rest of the path, slashes included.
    case greedy(String)
  }

  /// - Parameter template: `/schedules/{Name}`
  package init(
    _ method: String, _ template: String, query: [String: String] = [:], headers: [String: String] = [:], status: Int = 200,
    payload: String? = nil
  ) {
    self.method = method
    segments = template.split(separator: "/").map { part in
      if part.hasPrefix("{"), part.hasSuffix("+}") { return .greedy(String(part.dropFirst().dropLast(2))) }
      if part.hasPrefix("{"), part.hasSuffix("}") { return .label(String(part.dropFirst().dropLast())) }
      return .literal(String(part))
    }
    self.query = query
    self.headers = headers
    self.status = status
    self.payload = payload
  }

  /// How specific it is: literal segments decide between routes that both match.
  var literals: Int { segments.count { if case .literal = $0 { true } else { false } } }
}

/// What a document does not say of itself when it is written as XML.
package struct XMLHints: Sendable {
  /// Members that are maps.
  package var maps: Set<String>
  /// Lists and maps written without an element around them, each with the name of its repeated element.
  package var flattened: [String: String]

  package init(maps: Set<String> = [], flattened: [String: String] = [:]) {
    self.maps = maps
    self.flattened = flattened
  }
}
