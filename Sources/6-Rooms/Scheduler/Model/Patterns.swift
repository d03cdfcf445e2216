import ServiceKit

/// The patterns of the service's model. Source: EventBridge Scheduler API Reference.
extension TextPattern {
  static let scheduleName = TextPattern(#"[0-9a-zA-Z-_.]+"#, alphanumericsAnd: "-_.")
  static let clientToken = TextPattern(#"[a-zA-Z0-9-_]+"#, alphanumericsAnd: "-_")
  static let roleArn = TextPattern(#"arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@\/-]+"#) { text in
    guard let arn = ARN(text, orWithoutRegion: "iam"), arn.resource.hasPrefix("role/"), arn.resource.utf8.count > 5 else { return false }
    return roleName.accepts(arn.resource)
  }
  private static let roleName = TextPattern("", alphanumericsAnd: "_+=,.@/-")
  static let queueArn = TextPattern(#"arn:aws[a-z-]*:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+"#) { text in
    guard let arn = ARN(text), arn.service == "sqs", arn.hasAccount else { return false }
    return TextPattern("", alphanumericsAnd: "-_").accepts(
      arn.resource.hasSuffix(".fifo") ? String(arn.resource.dropLast(5)) : arn.resource)
  }
  static let kmsKeyArn = TextPattern(#"arn:aws[a-z-]*:kms:[a-z0-9\-]+:\d{12}:(key|alias)\/[0-9a-zA-Z-_]*"#) { text in
    guard let arn = ARN(text), arn.service == "kms", arn.hasAccount, ["key", "alias"].contains(arn.resourceType) else { return false }
    return TextPattern("", alphanumericsAnd: "-_/").accepts(arn.resource)
  }
  /// Events of one's own may not claim to be of a service.
  static let eventSource = TextPattern(
    #"(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)"#
  ) { !$0.hasPrefix("aws.") }
}

extension ARN {
  fileprivate var hasAccount: Bool { account.utf8.count == 12 && account.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } }

  /// An ARN of a service whose ARNs name no region.
  fileprivate init?(_ text: String, orWithoutRegion service: String) {
    guard let arn = ARN(text), arn.service == service, arn.region.isEmpty, arn.hasAccount, arn.partition.hasPrefix("aws") else {
      return nil
    }
    self = arn
  }
}
