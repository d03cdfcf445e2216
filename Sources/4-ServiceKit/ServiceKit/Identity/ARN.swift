import JSON

/// An Amazon Resource Name: `arn:partition:service:region:account:resource`.
///
/// Source: AWS General Reference, "Amazon Resource Names (ARNs)".
package struct ARN: Hashable, Sendable, CustomStringConvertible {
  package var partition: String
  package var service: String
  package var region: String
  package var account: String
  /// Everything after the fifth colon, colons included.
  package var resource: String

  package init(partition: String = "aws", service: String, region: String, account: String, resource: String) {
    self.partition = partition
    self.service = service
    self.region = region
    self.account = account
    self.resource = resource
  }

  /// Nil unless the text has all six parts and neither service nor resource is empty.
  package init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false).map { Substring($0) }
    guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty else { return nil }
    partition = String(parts[1])
    service = String(parts[2])
    region = String(parts[3])
    account = String(parts[4])
    resource = String(parts[5])
  }

  package var description: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }

  /// The resource's type: what stands before the first `/` or `:`; empty when there is neither.
  package var resourceType: String {
    guard let end = resourceTypeEnd else { return "" }
    return String(resource[..<end])
  }

  /// What stands after the first `/` or `:` of the resource; the whole of it when there is neither.
  package var resourceName: String {
    guard let end = resourceTypeEnd else { return resource }
    return String(resource[resource.utf8.index(after: end)...])
  }

  private var resourceTypeEnd: String.Index? { resource.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") } }
}

extension ARN: Codable {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let arn = ARN(text) else { throw JSONCodecError(.invalid("'\(text)' is not an ARN"), at: nil) }
    self = arn
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
