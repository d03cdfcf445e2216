/// Why an expression, a search, a query or a rule is refused, or can not be evaluated.
public struct MetricMathError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What AWS says, without what it puts before it: `Invalid syntax`, `Function 'SUMM' not found`.
  public let reason: String
  /// What exactly, for people: `expected ')' at character 7`. Empty where the reason says it all.
  public let detail: String

  init(_ reason: String, detail: String = "") {
    self.reason = reason
    self.detail = detail
  }

  /// An expression that does not follow the grammar. Characters count from 1.
  static func syntax(_ detail: String, at offset: Int) -> MetricMathError {
    MetricMathError("Invalid syntax", detail: "\(detail) at character \(offset + 1)")
  }

  /// The sentence of the ValidationError that AWS answers about the expression of that id.
  public func message(in id: String) -> String { "Error in expression '\(id)': \(reason)" }

  public var description: String { detail.isEmpty ? reason : "\(reason): \(detail)" }
}
