import Crypto

/// Bodies sent in signed chunks (`aws-chunked`). Source: Amazon S3 API Reference, "Signature calculations: transferring payload in
/// multiple chunks" and "... including trailing headers".
package enum ChunkedPayload {
  private static let longestLine = 4_096

  /// Whether the request's body comes in chunks.
  package static func isChunked(_ request: SigningRequest) -> Bool {
    request.header("x-amz-content-sha256")?.hasPrefix("STREAMING-") == true
  }

  /// The body without its chunks' frames; each chunk's signature is checked where the request says it has one.
  ///
  /// Throws SignatureDoesNotMatch for a wrong chunk and IncompleteBody for a broken frame. Trailing headers are read and left out.
  package static func decode(
    _ body: [UInt8], _ request: SigningRequest, _ credential: Credential, secret: String
  ) throws(SigV4Fault) -> [UInt8] {
    let isSigned = request.header("x-amz-content-sha256")?.hasPrefix("STREAMING-AWS4-HMAC-SHA256-PAYLOAD") == true
    var decoded: [UInt8] = []
    decoded.reserveCapacity(body.count)
    var previous = credential.signature
    var position = 0
    while true {
      let header = try line(body, &position)
      let parts = header.split(separator: ";", maxSplits: 1)
      guard let digits = parts.first, digits.utf8.count <= 8, let size = Int(digits, radix: 16), size >= 0 else { throw .chunk }
      guard position + size + (size > 0 ? 2 : 0) <= body.count else { throw .chunk }
      let chunk = body[position..<position + size]
      if isSigned {
        guard parts.count == 2, parts[1].hasPrefix("chunk-signature=") else { throw .chunk }
        let expected = SigV4.chunkSignature(chunk, credential, previous: previous, secret: secret)
        guard SigV4.equal(expected, String(parts[1].dropFirst("chunk-signature=".count))) else { throw .chunkMismatch }
        previous = expected
      }
      if size == 0 { return try checked(decoded, request) }
      decoded += chunk
      position += size
      guard body[position] == 13, body[position + 1] == 10 else { throw .chunk }
      position += 2
    }
  }

  private static func checked(_ decoded: [UInt8], _ request: SigningRequest) throws(SigV4Fault) -> [UInt8] {
    if let length = request.header("x-amz-decoded-content-length"), Int(length) != decoded.count { throw .chunk }
    return decoded
  }

  private static func line(_ body: [UInt8], _ position: inout Int) throws(SigV4Fault) -> String {
    let end = min(body.count, position + longestLine)
    guard position < end, let stop = body[position..<end].firstIndex(of: 10), stop > position, body[stop - 1] == 13 else { throw .chunk }
    defer { position = stop + 1 }
    return String(decoding: body[position..<(stop - 1)], as: UTF8.self)
  }
}

extension SigV4Fault {
  static let chunk = SigV4Fault(
    code: "IncompleteBody", message: "The request's body is not what its Content-Encoding aws-chunked says.", status: 400)
  static let chunkMismatch = SigV4Fault(
    code: "SignatureDoesNotMatch",
    message: "The signature of a chunk of the request's body does not match the signature you provided.", status: 403)
}
