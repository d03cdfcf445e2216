import ServiceKit
import Store
import Wire

/// Gives tags to a resource. Source: AWS Batch API Reference, TagResource.
struct TagResource: Operation {
  struct Input: Shape {
    var resourceArn: String
    var tags: [String: String]
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/tags/{resourceArn}")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Empty {
    try call.changeTags(of: input.resourceArn) { $0.merge(input.tags, uniquingKeysWith: { $1 }) }
    return Empty()
  }
}

extension Call where Home == Batch {
  /// Changes the tags of whatever the ARN names and answers them. Throws ClientException when it is not there.
  @discardableResult
  func changeTags(of text: String, _ change: (inout [String: String]) -> Void) throws -> [String: String] {
    guard let arn = ARN(text), arn.service == "batch" else { throw Fault.client("\(text) is not an ARN of AWS Batch.") }
    switch arn.resourceType {
    case "compute-environment":
      if var found = try environment(text) { return try changed(&found, \.tags, change) }
    case "job-queue":
      if var found = try queue(text) { return try changed(&found, \.tags, change) }
    case "job-definition":
      if var found = try definition(text) { return try changed(&found, \.tags, change) }
    case "job":
      if var found = try job(text) { return try changed(&found, \.tags, change) }
    default: break
    }
    throw Fault.missing("Resource", text)
  }

  private func changed<Value: Resource>(
    _ value: inout Value, _ tags: WritableKeyPath<Value, [String: String]>, _ change: (inout [String: String]) -> Void
  ) throws -> [String: String] {
    let before = value[keyPath: tags]
    change(&value[keyPath: tags])
    if value[keyPath: tags].count > 50 { throw Fault.client("A resource has at most 50 tags.") }
    if value[keyPath: tags] != before { try put(value) }
    return value[keyPath: tags]
  }
}
