/// X-Ray's trace header. Source: AWS X-Ray Developer Guide, "Tracing header"; EventBridge User Guide, "Integration with AWS X-Ray": headers
/// that are not valid are dropped, their events are not.
enum TraceHeader {
  /// The header as it is passed on, nil when it is none.
  static func valid(_ text: String?) -> String? {
    guard let text, (1...500).contains(text.utf8.count) else { return nil }
    var hasRoot = false
    for part in text.split(separator: ";", omittingEmptySubsequences: true) {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, !pair[0].isEmpty, part.utf8.allSatisfy({ (33...126).contains($0) }) else { return nil }
      switch pair[0] {
      case "Root":
        guard isTrace(pair[1]) else { return nil }
        hasRoot = true
      case "Parent": guard pair[1].utf8.count == 16, isHex(pair[1]) else { return nil }
      case "Sampled": guard ["0", "1", "?"].contains(pair[1]) else { return nil }
      default: break
      }
    }
    return hasRoot ? text : nil
  }

  /// `1-5759e988-bd862e3fe1be46a994272793`
  private static func isTrace(_ text: Substring) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0] == "1" && parts[1].utf8.count == 8 && parts[2].utf8.count == 24 && isHex(parts[1])
      && isHex(parts[2])
  }

  private static func isHex(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) || (65...70).contains($0) }
  }
}
