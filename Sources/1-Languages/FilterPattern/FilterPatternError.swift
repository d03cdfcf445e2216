/// Why a filter pattern, or a selector for a metric's value, is not one.
public struct FilterPatternError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the pattern is used for; AWS words its answer accordingly.
  public enum Use: Sendable {
    /// PutMetricFilter and TestMetricFilter.
    case metricFilter
    /// FilterLogEvents, StartLiveTail and PutSubscriptionFilter.
    case search
  }

  /// Bytes of the pattern before the place of the error.
  public let offset: Int
  /// What is wrong there, in a few words: "a regular expression has no parentheses".
  public let reason: String
  /// The characters at fault, where AWS names them.
  public let characters: String?

  init(_ reason: String, at offset: Int, characters: String? = nil) {
    self.reason = reason
    self.offset = offset
    self.characters = characters
  }

  /// The sentence of the InvalidParameterException that AWS answers.
  public func message(for use: Use) -> String {
    if let characters { return "Invalid character(s) in term '\(characters)'" }
    return switch use {
    case .metricFilter: "Invalid metric filter pattern"
    case .search: "Invalid filter pattern"
    }
  }

  public var description: String { "\(message(for: .metricFilter)): \(reason), at character \(offset + 1)" }
}

/// How much of the costly parts of the syntax one pattern may use.
///
/// Source: CloudWatch Logs User Guide, "Filter pattern syntax": two regular expressions, one wildcard in a property
/// selector, three wildcards in a compound expression.
public struct FilterPatternQuotas: Hashable, Sendable {
  public var regularExpressions: Int
  /// `[*]` and `.*` within one property selector.
  public var wildcardsInSelector: Int
  /// `[*]` and `.*` within all property selectors.
  public var wildcards: Int

  public init(regularExpressions: Int, wildcardsInSelector: Int, wildcards: Int) {
    self.regularExpressions = regularExpressions
    self.wildcardsInSelector = wildcardsInSelector
    self.wildcards = wildcards
  }

  public static let aws = FilterPatternQuotas(regularExpressions: 2, wildcardsInSelector: 1, wildcards: 3)
  public static let unlimited = FilterPatternQuotas(regularExpressions: .max, wildcardsInSelector: .max, wildcards: .max)
}
