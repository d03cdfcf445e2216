import Crypto
import Synchronization
import Time

/// Signature Version 4: made and checked. Source: IAM User Guide, "AWS Signature Version 4 for API requests".
package enum SigV4 {
  /// How far a request's time may be off.
  package static let skew = Duration.seconds(900)
  package static let unsignedPayload = "UNSIGNED-PAYLOAD"

  /// Hexadecimal SHA-256.
  package static func hash(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { hash($0) } }

  private static func hash(_ bytes: UnsafeRawBufferPointer) -> String {
    var hasher = SHA256()
    hasher.update(bufferPointer: bytes)
    return hasher.finalize().withUnsafeBytes { URICoding.hex($0) }
  }

  /// Checks the signature, its time, and that the body is the one that was signed.
  ///
  /// Throws InvalidSignatureException with AWS's sentences. Compares in constant time.
  package static func verify(
    _ request: SigningRequest, body: [UInt8], _ credential: Credential, secret: String, now: Timestamp
  ) throws(SigV4Fault) {
    guard let time = Timestamp(signingTime: credential.time) else {
      throw .incomplete("The date '\(credential.time.prefix(32))' is not of the form YYYYMMDDTHHMMSSZ.")
    }
    try check(time, credential, now)
    let declared = request.header("x-amz-content-sha256")
    let payload: String
    if credential.expires != nil {
      // Only S3's presigned requests leave their body open.
      payload = declared ?? (credential.service == "s3" ? unsignedPayload : hash(body))
    } else if let declared, declared == unsignedPayload || declared.hasPrefix("STREAMING-") {
      payload = declared
    } else {
      payload = hash(body)
      if let declared, declared.lowercased() != payload {
        throw SigV4Fault(
          code: "XAmzContentSHA256Mismatch", message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
          status: 400)
      }
    }
    let expected = signature(request, credential, payloadHash: payload, secret: secret)
    guard equal(expected, credential.signature) else { throw .mismatch }
  }

  private static func check(_ time: Timestamp, _ credential: Credential, _ now: Timestamp) throws(SigV4Fault) {
    if let expires = credential.expires {
      if now > time + .seconds(expires) { throw SigV4Fault(code: "ExpiredTokenException", message: "Request has expired", status: 403) }
    } else if time < now - skew {
      throw .expired("Signature expired: \(credential.time) is now earlier than \((now - skew).signingTime) (\(now.signingTime) - 15 min.)")
    }
    if time > now + skew {
      throw .expired(
        "Signature not yet current: \(credential.time) is still later than \((now + skew).signingTime) (\(now.signingTime) + 15 min.)")
    }
  }

  /// The hexadecimal signature of a request.
  package static func signature(_ request: SigningRequest, _ credential: Credential, payloadHash: String, secret: String) -> String {
    let canonical = CanonicalRequest(
      request, signedHeaders: credential.signedHeaders, payloadHash: payloadHash, service: credential.service)
    let text = stringToSign(canonical, time: credential.time, scope: credential.scope)
    return code(text, credential, secret)
  }

  private static func stringToSign(_ canonical: CanonicalRequest, time: String, scope: String) -> String {
    "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(hash(canonical.text))"
  }

  /// The hexadecimal code of a text under the day's key.
  private static func code(_ text: String, _ credential: Credential, _ secret: String) -> String {
    var (text, authenticator) = (text, keys.authenticator(secret, credential))
    text.withUTF8 { authenticator.update(data: UnsafeRawBufferPointer($0)) }
    return authenticator.finalize().withUnsafeBytes { URICoding.hex($0) }
  }

  /// The headers that sign a request: `authorization`, `x-amz-date` and, where given, `x-amz-security-token`.
  ///
  /// - Parameter request: with its `host` header; every header it has is signed.
  package static func sign(
    _ request: SigningRequest, body: [UInt8], accessKey: String, secret: String, token: String? = nil, region: String, service: String,
    now: Timestamp
  ) -> [(name: String, value: String)] {
    var request = request
    let time = now.signingTime
    var added: [(name: String, value: String)] = [("x-amz-date", time)]
    if let token { added.append(("x-amz-security-token", token)) }
    request.headers += added
    let credential = Credential(
      accessKey: accessKey, date: String(time.prefix(8)), region: region, service: service,
      signedHeaders: Set(request.headers.map(\.name)).sorted(), signature: "", time: time)
    let signature = signature(request, credential, payloadHash: hash(body), secret: secret)
    let signed = credential.signedHeaders.joined(separator: ";")
    added.append(
      (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(credential.scope), SignedHeaders=\(signed), Signature=\(signature)"
      ))
    return added
  }

  /// The hexadecimal signature of one chunk of a body, after the signature of the chunk before it.
  static func chunkSignature(_ chunk: ArraySlice<UInt8>, _ credential: Credential, previous: String, secret: String) -> String {
    let hashes = "\(hash([]))\n\(chunk.withUnsafeBytes { hash($0) })"
    return code("AWS4-HMAC-SHA256-PAYLOAD\n\(credential.time)\n\(credential.scope)\n\(previous)\n\(hashes)", credential, secret)
  }

  /// Takes the same time wherever the two differ.
  package static func equal(_ left: String, _ right: String) -> Bool {
    var (left, right) = (left, right)
    return left.withUTF8 { left in
      right.withUTF8 { right in
        var difference = left.count ^ right.count
        for position in 0..<min(left.count, right.count) { difference |= Int(left[position] ^ right[position]) }
        return difference == 0
      }
    }
  }

  private static let keys = SigningKeys()
}

/// Signing keys used lately, each as a code that has been begun with it: six hashes saved for each request after a key's first of the day.
private final class SigningKeys: Sendable {
  private struct Name: Hashable {
    var secret: String
    var scope: String
  }
  private static let most = 1_024
  private let known = Mutex<[Name: HMAC<SHA256>]>([:])

  func authenticator(_ secret: String, _ credential: Credential) -> HMAC<SHA256> {
    let name = Name(secret: secret, scope: credential.scope)
    if let begun = known.withLock({ $0[name] }) { return begun }
    var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
    for part in [credential.date, credential.region, credential.service, "aws4_request"] {
      key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
    }
    let begun = HMAC<SHA256>(key: key)
    known.withLock { known in
      if known.count >= Self.most { known = [:] }
      known[name] = begun
    }
    return begun
  }
}

extension Timestamp {
  /// `20260131T093000Z`
  package var signingTime: String { String(decoding: iso8601().utf8.filter { $0 != 45 && $0 != 58 }, as: UTF8.self) }

  init?(signingTime text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z") else { return nil }
    // As the usual form has it: with dashes and colons between.
    var spaced: [UInt8] = []
    spaced.reserveCapacity(20)
    for (position, digit) in digits.enumerated() {
      switch position {
      case 4, 6: spaced.append(UInt8(ascii: "-"))
      case 11, 13: spaced.append(UInt8(ascii: ":"))
      default: break
      }
      spaced.append(digit)
    }
    self.init(iso8601: String(decoding: spaced, as: UTF8.self))
  }
}
