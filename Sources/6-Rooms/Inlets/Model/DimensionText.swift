/// Names and values as CloudWatch takes them.
enum DimensionText {
  /// Without control characters, at most so many characters, and never empty.
  static func clean(_ text: String, _ most: Int) -> String {
    let isClean = text.utf8.count <= most && !text.isEmpty && text.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
    if isClean { return text }
    let kept = String(String.UnicodeScalarView(text.unicodeScalars.prefix(most).map { $0.value < 32 || $0.value == 127 ? "_" : $0 }))
    return kept.isEmpty ? "_" : kept
  }
}
