/// Text in which each `*` stands for any run of characters, also none.
///
/// Source: EventBridge User Guide, "Matching using wildcards".
struct Wildcard: Hashable, Sendable {
  /// As the pattern says it.
  let text: [UInt8]
  /// The text between the stars, escapes resolved: one piece more than there are stars. `a*` has the pieces `a` and the empty one.
  let pieces: [[UInt8]]

  enum Failure: Error {
    case consecutive(at: Int)
    case escape(at: Int)

    /// AWS counts from the value's opening quote.
    var reason: String {
      switch self {
      case .consecutive(let offset): "Consecutive wildcard characters at pos \(offset + 1)"
      case .escape(let offset): "Invalid escape character at pos \(offset + 1)"
      }
    }
  }

  init(_ text: [UInt8]) throws(Failure) {
    var pieces: [[UInt8]] = [[]]
    var index = 0
    while index < text.count {
      let byte = text[index]
      let following = index + 1 < text.count ? text[index + 1] : nil
      switch byte {
      case UInt8(ascii: "*"):
        if following == byte { throw .consecutive(at: index) }
        pieces.append([])
      case UInt8(ascii: "\\"):
        guard let following, following == UInt8(ascii: "*") || following == byte else { throw .escape(at: index) }
        pieces[pieces.count - 1].append(following)
        index += 1
      default:
        pieces[pieces.count - 1].append(byte)
      }
      index += 1
    }
    self.text = text
    self.pieces = pieces
  }
}
