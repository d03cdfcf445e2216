/// Why samples or events could not be stored or read, in one sentence for the operator.
package struct SeriesFault: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String
  package init(_ message: String) { self.message = message }
  package var description: String { message }
}
