import ServiceKit

/// Gives tags to a log group. Source: Amazon CloudWatch Logs API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tags: [String: String]
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    try call.tag(try call.tagged(input.resourceArn), input.tags)
    return Empty()
  }
}

extension Call where Home == Logs {
  /// The group an ARN names, with or without `:*` at its end.
  func tagged(_ text: String) throws -> LogGroup { try group(LogName.group(nil, text)) }

  func tag(_ group: LogGroup, _ tags: [String: String]) throws {
    var group = group
    group.tags.merge(tags, uniquingKeysWith: { $1 })
    if group.tags.count > 50 { throw Fault("TooManyTagsException", "A resource has at most 50 tags.") }
    try put(group)
  }

  func untag(_ group: LogGroup, _ keys: [String]) throws {
    var group = group
    for key in keys { group.tags[key] = nil }
    try put(group)
  }
}
