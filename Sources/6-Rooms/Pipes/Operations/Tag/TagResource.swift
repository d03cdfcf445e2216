import JSON
import ServiceKit
import Wire

/// Gives tags to a pipe. Source: Amazon EventBridge Pipes API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tags: [String: String]
    static var limits: [Limit<Self>] { [.length("resourceArn", \.resourceArn, 1...1_600), .count("tags", \.tags, 1...50)] }

    /// Of all members of the service only these begin with a lower-case letter.
    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer().decode(JSONValue.self)
      resourceArn = value["ResourceArn"]?.string ?? value["resourceArn"]?.string ?? ""
      tags = (value["tags"]?.object ?? value["Tags"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.string ?? $1.value.text }
    }
  }
  static let route: OperationRoute? = OperationRoute("POST", "/tags/{ResourceArn}")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.resourceArn) ?? caller.arn("pipes", "*") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> Empty {
    try PipeTags.check(input.tags)
    var pipe = try call.tagged(input.resourceArn)
    pipe.tags.merge(input.tags, uniquingKeysWith: { $1 })
    guard pipe.tags.count <= 50 else { throw Fault.validation("A pipe can not have more than 50 tags.") }
    try call.put(pipe)
    return Empty()
  }
}

enum PipeTags {
  /// Throws ValidationException for a key or value that is too long.
  static func check(_ tags: [String: String]?) throws(Fault) {
    for (key, value) in tags ?? [:] where !(1...128).contains(key.utf16.count) || value.utf16.count > 256 {
      throw .validation("The tag '\(key)' must have a key of 1 to 128 characters and a value of at most 256.")
    }
  }
}

extension Call where Home == Pipes {
  /// The pipe of an ARN. Throws NotFoundException.
  func tagged(_ text: String) throws -> Pipe {
    guard let arn = ARN(text), arn.service == "pipes", arn.resourceType == "pipe" else {
      throw Fault.validation("Invalid resource ARN: \(text)")
    }
    return try pipe(arn.resourceName)
  }
}
