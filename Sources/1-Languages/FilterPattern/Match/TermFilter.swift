/// Terms that a message must or must not contain anywhere.
struct TermFilter: Sendable {
  enum Term: Sendable {
    case phrase([UInt8])
    case regex(LinearRegex)

    func occurs(in message: UnsafeBufferPointer<UInt8>) -> Bool {
      switch self {
      case .phrase(let text): ByteSearch.contains(message, text)
      case .regex(let regex): regex.matches(message)
      }
    }
  }

  var required: [Term] = []
  var excluded: [Term] = []
  /// Of these one must occur, but only in a pattern without other terms: in any other they are ignored, as AWS documents.
  var optional: [Term] = []

  func matches(_ message: UnsafeBufferPointer<UInt8>) -> Bool {
    if required.isEmpty, excluded.isEmpty, !optional.isEmpty { return optional.contains { $0.occurs(in: message) } }
    return required.allSatisfy { $0.occurs(in: message) } && !excluded.contains { $0.occurs(in: message) }
  }
}
