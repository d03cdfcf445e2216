import JSON
import JSONPath
import Time

/// What only Choice states have.
public struct ChoiceFields: Sendable {
  public let rules: [Rule]
  /// Position of the state taken when no rule holds.
  public let defaultState: Int?

  public struct Rule: Sendable {
    public let condition: Condition
    /// Position of the next state in the same flow.
    public let next: Int
    public let assign: State.Assignment?
    /// JSONata's `Output`.
    public let output: JSONataTemplate?
  }

  public indirect enum Condition: Sendable {
    case and([Condition])
    case or([Condition])
    case not(Condition)
    case test(QueryExpression, Comparison)
    /// JSONata's `Condition`.
    case jsonata(JSONataExpression)
    /// A `Condition` that is written down.
    case constant(Bool)
  }

  public enum Comparison: Sendable {
    case string(Order, Operand<String>)
    case stringMatches(StringPattern)
    case numeric(Order, Operand<JSONValue>)
    case boolean(Operand<Bool>)
    case timestamp(Order, Operand<Timestamp>)
    case isNull(Bool)
    case isPresent(Bool)
    case isNumeric(Bool)
    case isString(Bool)
    case isBoolean(Bool)
    case isTimestamp(Bool)
  }

  public enum Order: String, Sendable, CaseIterable {
    case equals = "Equals"
    case lessThan = "LessThan"
    case greaterThan = "GreaterThan"
    case lessThanEquals = "LessThanEquals"
    case greaterThanEquals = "GreaterThanEquals"
  }

  /// What the variable is compared with.
  public enum Operand<Value: Sendable>: Sendable {
    case literal(Value)
    /// The `...Path` form.
    case path(QueryExpression)
  }
}

/// The pattern of `StringMatches`: `*` stands for any run of characters, `\*` and `\\` for the character itself.
public struct StringPattern: Sendable, Hashable {
  /// The pattern as written.
  public let text: String
  /// The literal pieces between the stars.
  let pieces: [[UInt8]]

  /// Reads a pattern; nil when a backslash stands before anything else.
  public init?(_ text: String) {
    var pieces: [[UInt8]] = [[]]
    var bytes = text.utf8.makeIterator()
    while let byte = bytes.next() {
      switch byte {
      case UInt8(ascii: "*"): pieces.append([])
      case UInt8(ascii: "\\"):
        guard let escaped = bytes.next(), escaped == UInt8(ascii: "*") || escaped == UInt8(ascii: "\\") else { return nil }
        pieces[pieces.count - 1].append(escaped)
      default: pieces[pieces.count - 1].append(byte)
      }
    }
    self.text = text
    self.pieces = pieces
  }

  /// True when the whole text fits the pattern.
  public func matches(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard pieces.count > 1 else { return bytes == pieces[0] }
    guard let last = pieces.last, bytes.count >= pieces[0].count + last.count,
      bytes.starts(with: pieces[0]), bytes.suffix(last.count).elementsEqual(last)
    else { return false }
    var position = pieces[0].count
    let end = bytes.count - last.count
    for piece in pieces.dropFirst().dropLast() {
      guard let found = Self.find(piece, in: bytes, from: position, to: end) else { return false }
      position = found + piece.count
    }
    return true
  }

  private static func find(_ piece: [UInt8], in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
    guard end - start >= piece.count else { return nil }
    return (start...(end - piece.count)).first { bytes[$0..<$0 + piece.count].elementsEqual(piece) }
  }
}
