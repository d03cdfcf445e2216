/// A request in the one form that both sides sign. Source: IAM User Guide, "Create a signed AWS API request".
package struct CanonicalRequest {
  package let text: [UInt8]

  /// - Parameters:
  ///   - payloadHash: hexadecimal SHA-256 of the body, or the word that stands for it.
  ///   - service: S3 signs its paths as they are; every other service with dots resolved and encoded once more.
  package init(_ request: SigningRequest, signedHeaders: [String], payloadHash: String, service: String) {
    var text: [UInt8] = []
    text.reserveCapacity(1_024)
    text.append(contentsOf: request.method.utf8)
    text.append(10)
    Self.path(request.path, isS3: service == "s3", into: &text)
    text.append(10)
    Self.query(request.query, into: &text)
    text.append(10)
    for name in signedHeaders {
      text.append(contentsOf: name.utf8)
      text.append(58)
      Self.value(of: name, in: request, into: &text)
      text.append(10)
    }
    text.append(10)
    for (position, name) in signedHeaders.enumerated() {
      if position > 0 { text.append(UInt8(ascii: ";")) }
      text.append(contentsOf: name.utf8)
    }
    text.append(10)
    text.append(contentsOf: payloadHash.utf8)
    self.text = text
  }

  private static func path(_ path: String, isS3: Bool, into text: inout [UInt8]) {
    if isS3 {
      let decoded = URICoding.decodeBytes(path)
      return URICoding.encode(decoded.isEmpty ? [47] : decoded, keepsSlash: true, into: &text)
    }
    if path.isEmpty || path == "/" { return text.append(47) }
    var segments: [Substring.UTF8View] = []
    for segment in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true) {
      if segment.elementsEqual(".".utf8) { continue }
      if segment.elementsEqual("..".utf8) { _ = segments.popLast() } else { segments.append(segment) }
    }
    for segment in segments {
      text.append(47)
      URICoding.encode(segment, into: &text)
    }
    if segments.isEmpty || path.utf8.last == UInt8(ascii: "/") { text.append(47) }
  }

  private static func query(_ query: String, into text: inout [UInt8]) {
    if query.isEmpty { return }
    var pairs: [(name: [UInt8], value: [UInt8])] = []
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      var name: [UInt8] = []
      var value: [UInt8] = []
      URICoding.encode(URICoding.decodeBytes(pair[0]), into: &name)
      if pair.count == 2 { URICoding.encode(URICoding.decodeBytes(pair[1]), into: &value) }
      if name == Array("X-Amz-Signature".utf8) { continue }
      pairs.append((name, value))
    }
    pairs.sort { left, right in
      left.name == right.name ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
    }
    for (position, pair) in pairs.enumerated() {
      if position > 0 { text.append(38) }
      text.append(contentsOf: pair.name)
      text.append(61)
      text.append(contentsOf: pair.value)
    }
  }

  /// All values of the header, trimmed, runs of blanks made one, joined by commas.
  private static func value(of name: String, in request: SigningRequest, into text: inout [UInt8]) {
    var first = true
    for header in request.headers where header.name == name {
      if !first { text.append(44) }
      first = false
      var pending = false
      var started = false
      for byte in header.value.utf8 {
        if byte == 32 || byte == 9 || byte == 10 || byte == 13 {
          pending = started
        } else {
          if pending { text.append(32) }
          pending = false
          started = true
          text.append(byte)
        }
      }
    }
  }
}
