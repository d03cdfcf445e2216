import JSON

/// From request bodies to documents, and from answers to bodies, in each protocol.
package enum WireCodec {
  /// Depth and size bounds of request bodies.
  private static let depth = 128

  /// The input document of a recognized request. Throws SerializationException saying what is wrong with the body.
  package static func input(_ request: WireRequest, _ recognized: Recognized) throws(WireFault) -> JSONValue {
    switch recognized.wireProtocol {
    case .awsJson10, .awsJson11, .restJson1: return try json(request.body, merged: recognized.bound)
    case .rpcV2Cbor: return try request.body.isEmpty ? .object(JSONObject()) : CBOR.decode(request.body)
    case .query, .ec2Query:
      let document = try FormDocument.read(request.isForm ? request.body : Array(request.query.utf8))
      return document.object == nil ? .object(JSONObject()) : document
    case .restXml:
      throw WireFault("UnknownOperationException", "restXml is not served yet.", status: 404)
    }
  }

  /// As the other, but the text of one member stays as it is: where it stands in the body, nil when the body has none or is no JSON protocol's.
  package static func input(
    _ request: WireRequest, _ recognized: Recognized, raw member: String
  ) throws(WireFault) -> (document: JSONValue, raw: Range<Int>?) {
    guard recognized.wireProtocol == .awsJson10 || recognized.wireProtocol == .awsJson11,
      let range = JSONMemberSearch.range(of: member, in: request.body)
    else { return (try input(request, recognized), nil) }
    var body = Array(request.body[..<range.lowerBound])
    body += Array("null".utf8)
    body += request.body[range.upperBound...]
    return (try json(body, merged: recognized.bound), range)
  }

  private static func json(_ body: [UInt8], merged bound: JSONObject) throws(WireFault) -> JSONValue {
    if body.isEmpty { return .object(bound) }
    let document: JSONValue
    do throws(JSONParseError) {
      document = try JSONValue(parsing: body, limits: JSONLimits(depth: depth))
    } catch {
      throw .serialization("The request body is not valid JSON: \(error.message) at line \(error.line), column \(error.column).")
    }
    guard case .object(var object) = document else {
      throw .serialization("The request body must be a JSON object, not \(document.kindName).")
    }
    for (name, value) in bound { object[name] = value }
    return .object(object)
  }

  /// How values are to be written for the protocol, before `response` writes the document.
  package static func dialect(_ wireProtocol: WireProtocol) -> JSONDialect {
    switch wireProtocol {
    case .awsJson10, .awsJson11, .restJson1: .json
    case .rpcV2Cbor: .cbor
    case .query, .ec2Query, .restXml: .text
    }
  }

  /// How values are to be read: scalars that came as text are taken for what the operation expects.
  package static func inputDialect(_ recognized: Recognized) -> JSONDialect {
    switch recognized.wireProtocol {
    case .awsJson10, .awsJson11: .json
    case .rpcV2Cbor: .cbor
    case .restJson1: recognized.bound.isEmpty ? .json : .text
    case .query, .ec2Query, .restXml: .text
    }
  }

  /// Whether answers are the text of a JSON document.
  package static func answersJSON(_ wireProtocol: WireProtocol) -> Bool {
    switch wireProtocol {
    case .awsJson10, .awsJson11, .restJson1: true
    case .rpcV2Cbor, .query, .ec2Query, .restXml: false
    }
  }

  /// A successful answer.
  ///
  /// - Parameter text: the output's text, where the protocol answers JSON and it has been written already.
  package static func response(
    _ output: JSONValue, text: [UInt8]? = nil, _ recognized: Recognized, xml hints: XMLHints, route: OperationRoute?, requestID: String
  ) -> WireResponse {
    let id = ("x-amzn-requestid", requestID)
    switch recognized.wireProtocol {
    case .awsJson10, .awsJson11:
      let type = recognized.wireProtocol == .awsJson10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1"
      return WireResponse(status: 200, headers: [id, ("content-type", type)], body: text ?? output.bytes)
    case .restJson1:
      return WireResponse(status: route?.status ?? 200, headers: [id, ("content-type", "application/json")], body: text ?? output.bytes)
    case .rpcV2Cbor:
      return WireResponse(
        status: 200, headers: [id, ("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")], body: CBOR.encode(output))
    case .query, .ec2Query, .restXml:
      let body = XMLAnswer.success(output, recognized, hints, requestID)
      return WireResponse(status: 200, headers: [id, ("content-type", "text/xml")], body: body)
    }
  }

  /// An error answer.
  package static func response(
    _ fault: WireFault, _ wireProtocol: WireProtocol, service: ServiceIdentity?, requestID: String
  ) -> WireResponse {
    var headers: [(name: String, value: String)] = [("x-amzn-requestid", requestID)]
    if service?.queryCompatible == true {
      headers.append(("x-amzn-query-error", "\(fault.queryCode ?? fault.code);\(fault.status < 500 ? "Sender" : "Receiver")"))
    }
    var document: JSONObject = ["__type": .string(fault.code), "message": .string(fault.message), "Message": .string(fault.message)]
    for (name, value) in fault.fields { document[name] = value }
    switch wireProtocol {
    case .awsJson10, .awsJson11:
      document["Message"] = nil
      headers.append(("content-type", wireProtocol == .awsJson10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1"))
      return WireResponse(status: fault.status, headers: headers, body: JSONValue.object(document).bytes)
    case .restJson1:
      document["__type"] = nil
      headers += [("content-type", "application/json"), ("x-amzn-errortype", fault.code)]
      return WireResponse(status: fault.status, headers: headers, body: JSONValue.object(document).bytes)
    case .rpcV2Cbor:
      document["Message"] = nil
      headers += [("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
      return WireResponse(status: fault.status, headers: headers, body: CBOR.encode(.object(document)))
    case .query, .ec2Query, .restXml:
      headers.append(("content-type", "text/xml"))
      return WireResponse(
        status: fault.status, headers: headers, body: XMLAnswer.fault(fault, wireProtocol, service, requestID))
    }
  }
}
