import FoundationEssentials
import JSON
import ServiceKit
import Time

/// A request as it is put together from a destination, its target's parameters and its connection's.
///
/// Source: EventBridge User Guide, "API destinations as targets"; API Reference, HttpParameters.
struct HttpCall {
  var method: String
  var url: String
  var headers: [(name: String, value: String)] = []
  var query: [(name: String, value: String)] = []
  var body: String

  /// Headers that EventBridge takes from requests, or sets itself: they can not be chosen.
  private static let kept: Set<String> = [
    "a-im", "accept-charset", "accept-datetime", "accept-encoding", "cache-control", "connection", "content-encoding", "content-length",
    "content-md5", "date", "expect", "forwarded", "from", "host", "http2-settings", "if-match", "if-modified-since", "if-none-match",
    "if-range", "if-unmodified-since", "max-forwards", "origin", "pragma", "proxy-authorization", "range", "referer", "te", "trailer",
    "transfer-encoding", "user-agent", "upgrade", "via", "warning",
  ]

  /// Sets a header; one that the request has already is replaced.
  mutating func set(header name: String, _ value: String) {
    guard !Self.kept.contains(name.lowercased()), Self.isHeaderName(name), Self.isHeaderValue(value) else { return }
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
    headers.append((name, value))
  }

  mutating func set(query name: String, _ value: String) {
    query.removeAll { $0.name == name }
    query.append((name, value))
  }

  /// Adds what the connection adds to each request. Where it names what is there already, the connection's value holds.
  mutating func add(_ parameters: ConnectionParameters.Http?) {
    for header in parameters?.headerParameters ?? [] { set(header: header.key ?? "", header.value ?? "") }
    for item in parameters?.queryStringParameters ?? [] { set(query: item.key ?? "", item.value ?? "") }
    let additions = parameters?.bodyParameters ?? []
    guard !additions.isEmpty, var object = body.isEmpty ? JSONObject() : (try? JSONValue(parsing: body))?.object else { return }
    for item in additions { object[item.key ?? ""] = .string(item.value ?? "") }
    body = JSONValue.object(object).text
  }

  /// The request as it goes out.
  func request(agent: String, timeout: Duration) -> OutboundRequest {
    var target = url
    if !query.isEmpty {
      let text = query.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }.joined(separator: "&")
      target += (url.contains("?") ? "&" : "?") + text
    }
    var headers = headers
    if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      headers.append(("Content-Type", "application/json; charset=utf-8"))
    }
    headers += [("User-Agent", agent), ("Range", "bytes=0-1048575")]
    let hasBody = !["GET", "HEAD", "OPTIONS"].contains(method)
    return OutboundRequest(method: method, url: target, headers: headers, body: hasBody ? Array(body.utf8) : [], timeout: timeout)
  }

  /// Puts the values, in order, in the place of the URL's `*`. Throws when there are more or fewer of them.
  mutating func fill(path values: [String]) throws {
    let parts = url.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count == values.count + 1 else {
      throw Fault(
        "INVALID_PARAMETER",
        "The endpoint has \(parts.count - 1) path wildcards, but \(values.count) PathParameterValues are given.")
    }
    url = zip(parts, values.map { Self.encoded($0) } + [""]).map { "\($0)\($1)" }.joined()
  }

  /// Percent-encodes everything but letters, digits and `-._~`. Source: RFC 3986, section 2.3.
  static func encoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
      let scalar = UnicodeScalar(byte)
      if scalar.isASCII, scalar.properties.isAlphabetic || (48...57).contains(byte) || "-._~".unicodeScalars.contains(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return result
  }

  static func isURL(_ text: String) -> Bool {
    let lower = text.lowercased()
    guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else { return false }
    guard let first = text.dropFirst(scheme.count).first else { return false }
    return first != "/" && first != "?" && first != "#" && !text.contains { $0.isWhitespace }
  }

  static func isHeaderName(_ text: String) -> Bool {
    let others = Set("!#$%&'*+-.^_`|~".utf8)
    return !text.isEmpty
      && text.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || others.contains($0) }
  }

  static func isHeaderValue(_ text: String) -> Bool { text.utf8.allSatisfy { $0 == 9 || (32...126).contains($0) } }

  static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
