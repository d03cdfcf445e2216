import ServiceKit

extension TextPattern {
  /// The name or the ARN of an event bus.
  static let busNameOrARN = TextPattern(
    #"(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/\.\-_A-Za-z0-9]+"#
  ) { text in
    let name = ARN(text).flatMap { arn in arn.service == "events" && arn.resourceType == "event-bus" ? arn.resourceName : nil } ?? text
    return !name.isEmpty && name.utf8.allSatisfy { "/.-_".utf8.contains($0) || Character(Unicode.Scalar($0)).isASCIIAlphanumeric }
  }
}

extension Character {
  fileprivate var isASCIIAlphanumeric: Bool { isASCII && (isLetter || isNumber) }
}
