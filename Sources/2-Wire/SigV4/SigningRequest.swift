/// What of a request is signed.
package struct SigningRequest: Sendable {
  package var method: String
  /// As it came on the wire, percent-encoded.
  package var path: String
  /// Without the question mark, as it came.
  package var query: String
  /// Names in lower case.
  package var headers: [(name: String, value: String)]

  package init(method: String, path: String, query: String, headers: [(name: String, value: String)]) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
  }

  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// What is wrong with a signature, with AWS's code and sentence.
package struct SigV4Fault: Error, Sendable, Equatable {
  package var code: String
  package var message: String
  package var status: Int

  package static let missing = SigV4Fault(code: "MissingAuthenticationTokenException", message: "Missing Authentication Token", status: 403)
  static let mismatch = SigV4Fault(
    code: "InvalidSignatureException",
    message:
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    status: 403)
  static func incomplete(_ message: String) -> SigV4Fault {
    SigV4Fault(code: "IncompleteSignatureException", message: message, status: 403)
  }
  static func expired(_ message: String) -> SigV4Fault { SigV4Fault(code: "InvalidSignatureException", message: message, status: 403) }
}

/// The parts of a request's signature: who signed, for what, and the signature itself.
///
/// Source: IAM User Guide, "Elements of an AWS API request signature".
package struct Credential: Sendable, Equatable {
  package var accessKey: String
  /// `20260131`
  package var date: String
  package var region: String
  package var service: String
  /// In the order in which they were signed, lower case.
  package var signedHeaders: [String]
  package var signature: String
  /// `20260131T093000Z`
  package var time: String
  package var securityToken: String?
  /// Seconds a presigned request holds; nil for a signature in the header.
  package var expires: Int?

  package var scope: String { "\(date)/\(region)/\(service)/aws4_request" }

  /// Reads the signature in the Authorization header or the query string; nil for an unsigned request.
  /// Throws IncompleteSignatureException naming what is missing.
  package static func read(_ request: SigningRequest) throws(SigV4Fault) -> Credential? {
    if let header = request.header("authorization") { return try read(header: header, request) }
    if request.query.contains("X-Amz-Signature=") { return try read(query: request) }
    return nil
  }

  private static func read(header: String, _ request: SigningRequest) throws(SigV4Fault) -> Credential {
    guard header.hasPrefix("AWS4-HMAC-SHA256") else {
      throw .incomplete("Unsupported authorization type: the Authorization header must begin with AWS4-HMAC-SHA256.")
    }
    let fields = HeaderFields(header.utf8.dropFirst(16))
    guard let credential = fields.credential else {
      throw .incomplete("Authorization header requires 'Credential' parameter. Authorization=AWS4-HMAC-SHA256")
    }
    guard let signature = fields.signature else {
      throw .incomplete("Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256")
    }
    guard let signed = fields.signedHeaders else {
      throw .incomplete("Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256")
    }
    guard let time = request.header("x-amz-date") ?? request.header("date") else {
      throw .incomplete(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256")
    }
    return try make(
      credential, signature: signature, signed: signed, time: time, token: request.header("x-amz-security-token"), expires: nil)
  }

  private static func read(query request: SigningRequest) throws(SigV4Fault) -> Credential {
    var fields: [String: String] = [:]
    for part in request.query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      fields[URICoding.decode(pair[0])] = pair.count == 2 ? URICoding.decode(pair[1]) : ""
    }
    guard fields["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256" else { throw .incomplete("X-Amz-Algorithm must be AWS4-HMAC-SHA256.") }
    guard let credential = fields["X-Amz-Credential"], let signature = fields["X-Amz-Signature"],
      let signed = fields["X-Amz-SignedHeaders"],
      let time = fields["X-Amz-Date"]
    else { throw .incomplete("A presigned request needs X-Amz-Credential, X-Amz-Date, X-Amz-SignedHeaders and X-Amz-Signature.") }
    let expires = Int(fields["X-Amz-Expires"] ?? "900") ?? -1
    guard (1...604_800).contains(expires) else { throw .incomplete("X-Amz-Expires must be between 1 and 604800 seconds.") }
    return try make(credential, signature: signature, signed: signed, time: time, token: fields["X-Amz-Security-Token"], expires: expires)
  }

  private static func make(
    _ credential: String, signature: String, signed: String, time: String, token: String?, expires: Int?
  ) throws(SigV4Fault) -> Credential {
    let parts = credential.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    guard parts.count >= 5, parts[parts.count - 1] == "aws4_request" else {
      throw .incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '\(credential.prefix(200))'")
    }
    let tail = parts.count
    let stamp = time.utf8
    guard stamp.count == 16, time.hasPrefix(parts[tail - 4]) else {
      throw .incomplete(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '\(parts[tail - 4])' != '\(time.prefix(8))', from '\(time.prefix(32))'."
      )
    }
    let headers = signed.utf8.split(separator: UInt8(ascii: ";")).map { Substring($0).lowercased() }
    guard headers.contains("host") || headers.contains(":authority") else {
      throw .incomplete("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    }
    return Credential(
      accessKey: parts[0..<tail - 4].joined(separator: "/"), date: parts[tail - 4], region: parts[tail - 3], service: parts[tail - 2],
      signedHeaders: headers, signature: signature.utf8.contains(UInt8(ascii: " ")) ? signature.filter { $0 != " " } : signature,
      time: time, securityToken: token, expires: expires)
  }
}

/// The three fields of an Authorization header, wherever blanks stand between them.
private struct HeaderFields {
  private(set) var credential: String?
  private(set) var signature: String?
  private(set) var signedHeaders: String?

  init(_ text: Substring.UTF8View) {
    let bytes = Array(text)
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: ",")) ?? bytes.count
      take(bytes[start..<end])
      start = end + 1
    }
  }

  private mutating func take(_ part: ArraySlice<UInt8>) {
    guard let equals = part.firstIndex(of: UInt8(ascii: "=")), equals + 1 < part.endIndex else { return }
    var name = part[..<equals].drop { $0 == UInt8(ascii: " ") }
    while name.last == UInt8(ascii: " ") { name.removeLast() }
    let value = part[(equals + 1)...]
    if name.elementsEqual("Credential".utf8) {
      credential = String(decoding: value, as: UTF8.self)
    } else if name.elementsEqual("Signature".utf8) {
      signature = String(decoding: value, as: UTF8.self)
    } else if name.elementsEqual("SignedHeaders".utf8) {
      signedHeaders = String(decoding: value, as: UTF8.self)
    }
  }
}
