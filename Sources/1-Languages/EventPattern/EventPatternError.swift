/// Why a text is no event pattern: the sentence of AWS's InvalidEventPatternException.
///
/// Most reasons end with the place, as AWS writes it: a new line and
/// ` at [Source: (String)"{...}"; line: 1, column: 40]`, counted from 1 in UTF-16 units, after the offending token.
public struct EventPatternError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The whole sentence, beginning with "Event pattern is not valid. Reason: ".
  public let message: String

  public var description: String { message }

  /// What is wrong, with the place where there is one.
  let reason: String
  /// Whether the reader of the pattern refused it, rather than what was read.
  let isOfReader: Bool

  init(reason: String, isOfReader: Bool = false) {
    self.reason = reason
    self.isOfReader = isOfReader
    message = "Event pattern is not valid. Reason: \(reason)"
  }
}

/// Why bytes are no event: not JSON, or JSON that is no object.
public struct EventError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong and where: "Event is not valid. Reason: expected a value at line 1, column 9".
  public let message: String

  public var description: String { message }

  init(reason: String) {
    message = "Event is not valid. Reason: \(reason)"
  }
}
