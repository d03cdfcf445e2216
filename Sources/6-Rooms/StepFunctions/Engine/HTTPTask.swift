import JSON
import ServiceKit
import StatesLanguage

/// HTTP Tasks: a request to any endpoint under an EventBridge connection's authorization.
///
/// Source: Step Functions Developer Guide, "Call HTTPS APIs in Step Functions workflows".
enum HTTPTask {
  private static let methods: Set<String> = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]

  /// The task's input as EventBridge's InvokeConnection takes it. Throws what the task fails with.
  static func call(_ input: JSONValue) throws(Fault) -> JSONValue {
    guard let endpoint = input["ApiEndpoint"]?.string else { throw invalid("ApiEndpoint") }
    guard let method = input["Method"]?.string, methods.contains(method) else { throw invalid("Method") }
    guard let connection = (input["Authentication"] ?? input["InvocationConfig"])?["ConnectionArn"]?.string else {
      throw invalid("Authentication.ConnectionArn")
    }
    var headers = try texts(input["Headers"], "Headers")
    var call: JSONObject = [
      "ConnectionArn": .string(connection), "Method": .string(method), "Endpoint": .string(endpoint), "TimeoutSeconds": 60,
    ]
    call["QueryParameters"] = .object(try texts(input["QueryParameters"], "QueryParameters"))
    let contentType = headers.first { $0.0.lowercased() == "content-type" }?.1.string
    if let body = input["RequestBody"] {
      let transform = input["Transform"]
      if transform?["RequestBodyEncoding"]?.string == "URL_ENCODED" {
        let format = transform?["RequestEncodingOptions"]?["ArrayFormat"]?.string ?? "INDICES"
        call["Body"] = .string(try form(body, format))
        if contentType == nil { headers["Content-Type"] = "application/x-www-form-urlencoded" }
      } else {
        call["Body"] = .string(body.string ?? body.text)
        if contentType == nil { headers["Content-Type"] = "application/json" }
      }
    }
    call["Headers"] = .object(headers)
    return .object(call)
  }

  private static func invalid(_ field: String) -> Fault {
    Fault("States.Runtime", "The field '\(field)' of the HTTP Task is missing or not valid.")
  }

  /// Texts by name; the values of a list are joined as HTTP joins them.
  private static func texts(_ value: JSONValue?, _ field: String) throws(Fault) -> JSONObject {
    guard let value else { return JSONObject() }
    guard case .object(let object) = value else { throw invalid(field) }
    var texts = JSONObject()
    for (name, value) in object {
      switch value {
      case .object: throw invalid("\(field).\(name)")
      case .array(let elements): texts[name] = .string(elements.map { $0.string ?? $0.text }.joined(separator: ","))
      default: texts[name] = .string(value.string ?? value.text)
      }
    }
    return texts
  }

  /// `RequestBodyEncoding` URL_ENCODED.
  static func form(_ body: JSONValue, _ arrays: String) throws(Fault) -> String {
    guard case .object(let object) = body else { throw invalid("RequestBody") }
    var pairs: [String] = []
    func add(_ name: String, _ value: JSONValue) {
      switch value {
      case .object(let members): for (member, value) in members { add("\(name)[\(member)]", value) }
      case .array(let elements):
        switch arrays {
        case "REPEAT": for element in elements { add(name, element) }
        case "BRACKETS": for element in elements { add("\(name)[]", element) }
        case "COMMAS": pairs.append("\(escaped(name))=\(escaped(elements.map { $0.string ?? $0.text }.joined(separator: ",")))")
        case "NONE": pairs.append("\(escaped(name))=\(escaped(value.text))")
        default: for (index, element) in elements.enumerated() { add("\(name)[\(index)]", element) }
        }
      default: pairs.append("\(escaped(name))=\(escaped(value.isNull ? "" : value.string ?? value.text))")
      }
    }
    for (name, value) in object { add(name, value) }
    return pairs.joined(separator: "&")
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 42: escaped.unicodeScalars.append(Unicode.Scalar(byte))
      case 32: escaped += "+"
      default: escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return escaped
  }

  /// The answer as the task's result.
  static func result(_ answer: JSONValue) -> JSONValue {
    let status = answer["StatusCode"]?.int ?? 0
    let body = answer["Body"]?.string ?? ""
    return [
      "Headers": answer["Headers"] ?? .object(JSONObject()), "ResponseBody": (try? JSONValue(parsing: body)) ?? .string(body),
      "StatusCode": .int(status), "StatusText": .string(phrases[status] ?? ""),
    ]
  }

  /// Every status but 2xx fails the task.
  static func failure(_ answer: JSONValue) -> (error: String, cause: String)? {
    let status = answer["StatusCode"]?.int ?? 0
    return (200..<300).contains(status) ? nil : ("States.Http.StatusCode.\(status)", result(answer).text)
  }

  static func errorName(_ fault: Fault) -> String {
    switch fault.code {
    case "CONNECTION_FAILURE": "States.Http.Socket"
    case "AUTHORIZATION_FAILED": "Events.ConnectionResource.InvalidConnectionState"
    default: "Events.ConnectionResource.\(fault.code)"
    }
  }

  static let phrases: [Int64: String] = [
    200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content", 206: "Partial Content",
    301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed",
    413: "Payload Too Large", 415: "Unsupported Media Type", 418: "I'm a teapot", 422: "Unprocessable Entity", 423: "Locked",
    425: "Too Early", 426: "Upgrade Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
  ]
}

extension HTTPTask {
  /// What TestState shows of a request and its answer.
  static func exchange(_ call: JSONValue, _ answer: JSONValue) -> HTTPExchange {
    let url = call["Endpoint"]?.string ?? ""
    let scheme: JSONValue = .string(url.hasPrefix("https:") ? "https" : "http")
    let status = answer["StatusCode"]?.int ?? 0
    var request: JSONObject = [
      "protocol": scheme, "method": call["Method"] ?? "", "url": .string(url), "headers": .string((call["Headers"] ?? [:]).text),
    ]
    request["body"] = call["Body"]
    let response: JSONObject = [
      "protocol": scheme, "statusCode": .string(String(status)), "statusMessage": .string(phrases[status] ?? ""),
      "headers": .string((answer["Headers"] ?? [:]).text), "body": answer["Body"] ?? "",
    ]
    return HTTPExchange(request: request, response: response, secrets: [])
  }
}
