import JSON
import ServiceKit

/// How a connection authorizes itself, and what it adds to each request. Some members of requests are required: see `Connection.check`.
///
/// Source: Amazon EventBridge API Reference, CreateConnectionAuthRequestParameters.
struct ConnectionParameters: Shape {
  var basicAuthParameters: Basic?
  var oAuthParameters: OAuth?
  var apiKeyAuthParameters: ApiKey?
  var invocationHttpParameters: Http?
  var connectivityParameters: JSONValue?

  struct Basic: Shape {
    var username: String?
    var password: String?
    static var limits: [Limit<Self>] { [.length("username", \.username, 1...512, .authHeader)] }
  }

  struct ApiKey: Shape {
    var apiKeyName: String?
    var apiKeyValue: String?
    static var limits: [Limit<Self>] { [.length("apiKeyName", \.apiKeyName, 1...512, .authHeader)] }
  }

  struct OAuth: Shape {
    var clientParameters: Client?
    var authorizationEndpoint: String?
    var httpMethod: String?
    var oAuthHttpParameters: Http?
    static var limits: [Limit<Self>] {
      [
        .length("authorizationEndpoint", \.authorizationEndpoint, 1...2_048, .endpoint),
        .oneOf("httpMethod", \.httpMethod, ["GET", "POST", "PUT"]),
      ]
    }
  }

  struct Client: Shape {
    var clientID: String?
    var clientSecret: String?
    static var limits: [Limit<Self>] { [.length("clientID", \.clientID, 1...512, .authHeader)] }
  }

  struct Http: Shape {
    var headerParameters: [Parameter]?
    var queryStringParameters: [Parameter]?
    var bodyParameters: [Parameter]?
    static var limits: [Limit<Self>] {
      [
        .count("headerParameters", \.headerParameters, 0...100),
        .count("queryStringParameters", \.queryStringParameters, 0...100), .count("bodyParameters", \.bodyParameters, 0...100),
      ]
    }
  }

  struct Parameter: Shape {
    var key: String?
    var value: String?
    var isValueSecret: Bool?
    static var limits: [Limit<Self>] { [.length("key", \.key, 0...512)] }
  }
}

extension ConnectionParameters.Parameter: CustomStringConvertible {
  /// Without the value, which may be secret: sentences about limits show this.
  var description: String { "\(key ?? "null")=***" }
}

extension ConnectionParameters {
  /// As DescribeConnection shows them: without what is secret.
  var shown: ConnectionParameters {
    var shown = self
    shown.basicAuthParameters?.password = nil
    shown.apiKeyAuthParameters?.apiKeyValue = nil
    shown.oAuthParameters?.clientParameters?.clientSecret = nil
    shown.oAuthParameters?.oAuthHttpParameters = oAuthParameters?.oAuthHttpParameters?.shown
    shown.invocationHttpParameters = invocationHttpParameters?.shown
    return shown
  }

  /// These with what an update names put over them.
  func updated(by new: ConnectionParameters) -> ConnectionParameters {
    var result = self
    if let basic = new.basicAuthParameters {
      result.basicAuthParameters = Basic(
        username: basic.username ?? basicAuthParameters?.username, password: basic.password ?? basicAuthParameters?.password)
    }
    if let key = new.apiKeyAuthParameters {
      result.apiKeyAuthParameters = ApiKey(
        apiKeyName: key.apiKeyName ?? apiKeyAuthParameters?.apiKeyName, apiKeyValue: key.apiKeyValue ?? apiKeyAuthParameters?.apiKeyValue)
    }
    if let new = new.oAuthParameters {
      let old = oAuthParameters
      result.oAuthParameters = OAuth(
        clientParameters: Client(
          clientID: new.clientParameters?.clientID ?? old?.clientParameters?.clientID,
          clientSecret: new.clientParameters?.clientSecret ?? old?.clientParameters?.clientSecret),
        authorizationEndpoint: new.authorizationEndpoint ?? old?.authorizationEndpoint, httpMethod: new.httpMethod ?? old?.httpMethod,
        oAuthHttpParameters: new.oAuthHttpParameters ?? old?.oAuthHttpParameters)
    }
    result.invocationHttpParameters = new.invocationHttpParameters ?? invocationHttpParameters
    return result
  }
}

extension ConnectionParameters.Http {
  var shown: Self {
    func hide(_ parameters: [ConnectionParameters.Parameter]?) -> [ConnectionParameters.Parameter]? {
      parameters?.map { parameter in
        var parameter = parameter
        if parameter.isValueSecret == true { parameter.value = nil }
        return parameter
      }
    }
    return Self(
      headerParameters: hide(headerParameters), queryStringParameters: hide(queryStringParameters), bodyParameters: hide(bodyParameters))
  }
}

extension TextPattern {
  static let authHeader = TextPattern(#"^[ \t]*[^\x00-\x1F:\x7F]+([ \t]+[^\x00-\x1F:\x7F]+)*[ \t]*$"#) { text in
    text.unicodeScalars.allSatisfy { $0 == "\t" || ($0.value >= 0x20 && $0 != ":" && $0.value != 0x7F) }
      && text.unicodeScalars.contains { $0 != " " && $0 != "\t" }
  }
  static let endpoint = TextPattern(
    #"^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@\x26=+$,A-Za-z0-9])+)([).!';/?:,])?$"#, alphanumericsAnd: "%-()_.!~*';/?:@&=+$,")
}
