import ServiceKit

/// Gives tags to a log group, a destination or a scheduled query. Source: Amazon CloudWatch Logs API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tags: [String: String]
    static var limits: [Limit<Self>] { [.length("resourceArn", \.resourceArn, 1...1_011), .count("tags", \.tags, 1...50)] }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    try Tags.check(input.tags)
    try call.changeTags(of: input.resourceArn) { $0.merge(input.tags, uniquingKeysWith: { $1 }) }
    return Empty()
  }
}

enum Tags {
  /// Throws InvalidParameterException for tags that AWS does not take.
  static func check(_ tags: [String: String]) throws(Fault) {
    for (key, value) in tags {
      if key.lowercased().hasPrefix("aws:") { throw .parameter("User-defined tag keys can't start with 'aws:'.") }
      guard (1...128).contains(key.utf16.count), key.unicodeScalars.allSatisfy(isAllowed) else {
        throw .parameter("Invalid tag key '\(key.prefix(200))'.")
      }
      guard value.utf16.count <= 256, value.unicodeScalars.allSatisfy(isAllowed) else {
        throw .parameter("Invalid tag value '\(value.prefix(300))'.")
      }
    }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .spaceSeparator, .lineSeparator,
      .paragraphSeparator, .decimalNumber, .letterNumber, .otherNumber:
      true
    default: "_.:/=+-@".unicodeScalars.contains(scalar)
    }
  }
}

extension Call where Home == Logs {
  /// The tags of what the ARN names: a log group, with or without `:*` at its end, a destination or a scheduled query.
  func tags(of text: String) throws -> [String: String] {
    switch try tagged(text) {
    case .group(let group): group.tags
    case .destination(let destination): destination.tags
    case .query(let query): query.tags
    }
  }

  func changeTags(of text: String, _ change: (inout [String: String]) -> Void) throws {
    switch try tagged(text) {
    case .group(var group):
      change(&group.tags)
      try checkCount(group.tags)
      try put(group)
    case .destination(var destination):
      change(&destination.tags)
      try checkCount(destination.tags)
      try put(destination)
    case .query(var query):
      change(&query.tags)
      try checkCount(query.tags)
      try put(query)
    }
  }

  private func checkCount(_ tags: [String: String]) throws {
    if tags.count > 50 { throw Fault("TooManyTagsException", "A resource can have no more than 50 tags.") }
  }

  private enum Tagged {
    case group(LogGroup)
    case destination(Destination)
    case query(ScheduledQuery)
  }

  private func tagged(_ text: String) throws -> Tagged {
    guard let arn = ARN(text), arn.service == "logs" else { throw Fault.parameter("The resource ARN \(text) is not valid.") }
    switch arn.resourceType {
    case "destination":
      guard let found = try get(Destination.self, arn.resourceName) else {
        throw Fault.notFound("The specified destination does not exist.")
      }
      return .destination(found)
    case "scheduled-query": return .query(try scheduledQuery(text))
    default: return .group(try group(nil, text))
    }
  }
}
