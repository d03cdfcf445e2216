/// Why samples or events could not be stored or read, in one sentence for the operator.
package struct SeriesFault: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  /// What is on disk is not what was written. Trying again does not help; what is beside it can be read.
  package let isDamage: Bool

  package init(_ message: String, isDamage: Bool = false) { (self.message, self.isDamage) = (message, isDamage) }
  package var description: String { message }

  static func damage(_ message: String) -> SeriesFault { SeriesFault(message, isDamage: true) }
}
