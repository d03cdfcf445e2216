/// Reads one JSON document in a single pass over its bytes.
///
/// Finished values wait on one stack and names on another until their array or object ends, which then takes exactly
/// the memory it needs. Recursion is bounded by `JSONLimits.deepest`.
struct JSONParser: ~Copyable {
  let bytes: UnsafeRawBufferPointer
  let start: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  /// The next byte to read.
  var next: UnsafePointer<UInt8>
  /// Levels of nesting still allowed.
  var levels: Int
  let limits: JSONLimits
  /// What the parser threw its `Refusal` for.
  var refusal = (message: "", offset: 0)
  var values = Stack<JSONValue>()
  var names = Stack<Name>()
  var cache: NameCache

  init(_ bytes: UnsafeRawBufferPointer, _ limits: JSONLimits) {
    let memory = bytes.bindMemory(to: UInt8.self)
    self.bytes = bytes
    // An empty buffer may have no address; no byte is read through this one, as start == end.
    start = memory.baseAddress.map { UnsafePointer($0) } ?? UnsafePointer(UnsafeMutablePointer(bitPattern: 8).unsafelyUnwrapped)
    end = start + bytes.count
    next = start
    self.limits = limits
    levels = min(max(limits.depth, 1), JSONLimits.deepest)
    cache = NameCache(enabled: bytes.count >= 512)
  }

  /// The whole document.
  mutating func document() throws(JSONParseError) -> JSONValue {
    do {
      skipSpace()
      let value = try value()
      skipSpace()
      if next != end { throw error("unexpected \(found) after the document") }
      return value
    } catch {
      throw JSONParseError(refusal.message, at: refusal.offset, in: bytes)
    }
  }

  mutating func value() throws(Refusal) -> JSONValue {
    guard next != end else { throw expected("a value") }
    switch next.pointee {
    case UInt8(ascii: "\""):
      return .string(try string())
    case UInt8(ascii: "{"):
      return .object(try object())
    case UInt8(ascii: "["):
      return .array(try array())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try number()
    case UInt8(ascii: "t"):
      try word("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try word("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try word("null")
      return .null
    default:
      throw expected("a value")
    }
  }

  private mutating func word(_ word: StaticString) throws(Refusal) {
    for index in 0..<word.utf8CodeUnitCount {
      guard next + index != end, next[index] == word.utf8Start[index] else {
        throw error("expected a value, found an unknown word")
      }
    }
    next += word.utf8CodeUnitCount
  }

  private mutating func array() throws(Refusal) -> [JSONValue] {
    try enter()
    if peek(UInt8(ascii: "]")) {
      levels += 1
      return []
    }
    let first = values.count
    while true {
      let element = try value()
      values.push(element)
      if try separator(or: UInt8(ascii: "]"), "',' or ']'") { break }
    }
    levels += 1
    return values.popArray(from: first)
  }

  private mutating func object() throws(Refusal) -> JSONObject {
    try enter()
    if peek(UInt8(ascii: "}")) {
      levels += 1
      return JSONObject()
    }
    let first = names.count
    var seen = SeenNames()
    while true {
      guard next != end, next.pointee == UInt8(ascii: "\"") else { throw expected("a name in quotes") }
      let name = try name()
      skipSpace()
      guard next != end, next.pointee == UInt8(ascii: ":") else { throw expected("':'") }
      next += 1
      skipSpace()
      let value = try value()
      if let earlier = seen.position(of: name, in: names.pointer(from: first), count: names.count - first) {
        values.replace(values.count - (names.count - first) + earlier, with: value)
      } else {
        names.push(name)
        values.push(value)
      }
      if try separator(or: UInt8(ascii: "}"), "',' or '}'") { break }
    }
    levels += 1
    return popObject(from: first, index: seen.index)
  }

  /// Makes an object of the names from that position on and as many values.
  private mutating func popObject(from first: Int, index: NameIndex?) -> JSONObject {
    let count = names.count - first
    let names = names.pop(count)
    let values = values.pop(count)
    var members: [JSONObject.Member] = []
    members.reserveCapacity(count)
    for position in 0..<count {
      members.append(JSONObject.Member(key: (names + position).move().text, value: (values + position).move()))
    }
    return JSONObject(members: members, index: index)
  }

  // MARK: - Between the values

  /// Steps over the opening bracket, one level down.
  private mutating func enter() throws(Refusal) {
    guard levels > 0 else { throw tooDeep() }
    levels -= 1
    next += 1
    skipSpace()
  }

  /// Whether that byte comes next, which is then stepped over.
  private mutating func peek(_ byte: UInt8) -> Bool {
    guard next != end, next.pointee == byte else { return false }
    next += 1
    return true
  }

  /// Steps over a comma (false) or the closing bracket (true) and the white space around it.
  @inline(__always)
  private mutating func separator(or close: UInt8, _ what: StaticString) throws(Refusal) -> Bool {
    skipSpace()
    guard next != end else { throw expected(what) }
    if next.pointee == UInt8(ascii: ",") {
      next += 1
      skipSpace()
      return false
    }
    guard next.pointee == close else { throw expected(what) }
    next += 1
    return true
  }

  @inline(__always)
  mutating func skipSpace() {
    while next != end, next.pointee <= 0x20 {
      switch next.pointee {
      case 0x20, 0x0A, 0x0D, 0x09: next += 1
      default: return
      }
    }
  }

  // MARK: - Errors

  /// What comes next, for an error.
  var found: String {
    guard next != end else { return "the end of the document" }
    switch next.pointee {
    case 0x21...0x7E: return "'\(Unicode.Scalar(next.pointee))'"
    case 0xEF where end - next >= 3 && next[1] == 0xBB && next[2] == 0xBF: return "a byte order mark"
    default: return "byte 0x\(String(next.pointee, radix: 16, uppercase: true))"
    }
  }

  // Made out of line for the same reason as `Refusal` is empty.

  @inline(never)
  mutating func expected(_ what: StaticString) -> Refusal { error("expected \(what), found \(found)") }

  @inline(never)
  mutating func tooDeep() -> Refusal { error("nested deeper than \(min(max(limits.depth, 1), JSONLimits.deepest)) levels") }

  @inline(never)
  mutating func error(_ message: String, at place: UnsafePointer<UInt8>? = nil) -> Refusal {
    refusal = (message, (place ?? next) - start)
    return Refusal()
  }
}

/// Thrown within the parser, which keeps the reason: a larger error would take room in every frame of the recursion.
struct Refusal: Error {}
