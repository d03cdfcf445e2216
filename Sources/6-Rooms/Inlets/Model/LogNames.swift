/// Names of log groups and streams made of what others call their things. Source: Amazon CloudWatch Logs API Reference, CreateLogGroup and
/// CreateLogStream.
enum LogNames {
  static func group(_ text: String) -> String {
    clean(text) { byte in
      switch byte {
      case 48...57, 65...90, 97...122, 46, 45, 95, 47, 35: true
      default: false
      }
    }
  }

  static func stream(_ text: String) -> String { clean(text) { $0 != 58 && $0 != 42 && $0 >= 32 && $0 != 127 } }

  private static func clean(_ text: String, _ isGood: (UInt8) -> Bool) -> String {
    if !text.isEmpty, text.utf8.count <= 512, text.utf8.allSatisfy(isGood) { return text }
    let bytes = text.utf8.map { isGood($0) ? $0 : 95 }
    // Cut where a character ends.
    var kept = String(decoding: bytes.prefix(512), as: UTF8.self)
    while kept.utf8.count > 512 || kept.hasSuffix("\u{FFFD}") { kept.removeLast() }
    return kept.isEmpty ? "_" : kept
  }
}
