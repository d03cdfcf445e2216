extension JSONValue {
  /// Reads a document: one JSON value with nothing but white space around it.
  ///
  /// Strict RFC 8259 (no comments, no trailing commas, no byte order mark, UTF-8 only). Of members with one name the
  /// last value is kept at the first one's position, as Jackson does, which AWS services read JSON with. Integer
  /// literals are exact (`-0` is 0); a fraction or an exponent makes a double. Refused besides malformed text: a double too
  /// large to be finite, and `\u` escapes of half a surrogate pair, which no Swift string can hold.
  public init(parsing bytes: [UInt8], limits: JSONLimits = .init()) throws(JSONParseError) {
    self = try bytes.withUnsafeBytes { raw in Result { () throws(JSONParseError) in try JSONValue(parsing: raw, limits: limits) } }.get()
  }

  /// Reads a document from a string; see `init(parsing:limits:)` over bytes. Offsets in errors count UTF-8 bytes.
  public init(parsing text: String, limits: JSONLimits = .init()) throws(JSONParseError) {
    var text = text
    self = try text.withUTF8 { utf8 in
      Result { () throws(JSONParseError) in try JSONValue(parsing: UnsafeRawBufferPointer(utf8), limits: limits) }
    }.get()
  }

  /// Reads a document from memory that stays as it is during the call; see `init(parsing:limits:)` over bytes.
  public init(parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .init()) throws(JSONParseError) {
    guard bytes.count <= min(limits.bytes, Int(Int32.max)) else {
      throw JSONParseError("the document is longer than \(limits.bytes) bytes", at: 0, in: bytes)
    }
    var parser = JSONParser(bytes, limits)
    self = try parser.document()
  }

  /// The compact text in UTF-8: no white space, members in order.
  ///
  /// Doubles look as Java prints them, and so AWS: `1.0`, `0.25`, `1.0E10`. Escaped are `"`, `\` and control characters only.
  public var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.write(self)
    return writer.finish()
  }

  /// The compact text; see `bytes`.
  public var text: String {
    var writer = JSONWriter()
    writer.write(self)
    return writer.finishText()
  }

  /// The text with one member or element a line, indented by two spaces.
  public var pretty: String {
    var writer = JSONWriter()
    writer.writePretty(self, indentation: 0)
    return writer.finishText()
  }

  /// Appends the compact text to the bytes; see `bytes`.
  public func write(into bytes: inout [UInt8]) {
    var writer = JSONWriter()
    writer.write(self)
    writer.finish(into: &bytes)
  }
}
