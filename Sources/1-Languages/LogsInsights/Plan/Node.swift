#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A compiled expression. Immutable once made, and so shared between threads; unchecked for the pointers to constants in it,
/// which live as long as the plan.
class Node: @unchecked Sendable {
  func value(_ frame: Frame) -> Value { .missing }
  func test(_ frame: Frame) -> Bool { value(frame).truth }
}

final class ConstantNode: Node, @unchecked Sendable {
  let constant: Value
  init(_ constant: Value) { self.constant = constant }
  override func value(_ frame: Frame) -> Value { constant }
}

/// A value made earlier: by `parse`, by `fields ... as`, or a column of the rows that come in.
final class SlotNode: Node, @unchecked Sendable {
  let slot: Int
  init(_ slot: Int) { self.slot = slot }
  override func value(_ frame: Frame) -> Value { frame.slots[slot] }
}

final class MessageNode: Node, @unchecked Sendable {
  override func value(_ frame: Frame) -> Value { .text(frame.message) }
}

final class TimestampNode: Node, @unchecked Sendable {
  override func value(_ frame: Frame) -> Value { .time(frame.timestamp) }
}

/// The fields beside message and time that AWS makes itself.
final class SystemNode: Node, @unchecked Sendable {
  enum Kind: Sendable { case ingestionTime, log, stream, ptr }
  let kind: Kind
  init(_ kind: Kind) { self.kind = kind }

  override func value(_ frame: Frame) -> Value {
    switch kind {
    case .ingestionTime: .time(frame.ingestionTime)
    case .log: .text(frame.origin.logText)
    case .stream: .text(frame.origin.streamText)
    case .ptr: .text(frame.arena.copy(EventPointer.text(frame.location)))
    }
  }
}

/// Other fields with `@`, which come with the origin.
final class AttributeNode: Node, @unchecked Sendable {
  let name: String
  init(_ name: String) { self.name = name }
  override func value(_ frame: Frame) -> Value { frame.origin.attributeTexts[name].map { .text($0) } ?? .missing }
}

final class LambdaNode: Node, @unchecked Sendable {
  let field: LambdaField
  init(_ field: LambdaField) { self.field = field }
  override func value(_ frame: Frame) -> Value {
    // Functions that log JSON bring the attributes with the origin.
    let value = field.value(frame.message)
    if !value.isMissing { return value }
    return frame.origin.attributeTexts[String(field.rawValue.dropFirst())].map { .text($0) } ?? .missing
  }
}

final class FieldNode: Node, @unchecked Sendable {
  let index: Int
  init(_ index: Int) { self.index = index }
  override func value(_ frame: Frame) -> Value { frame.field(index) }
}

/// A part of a structure: `json_message.a.0`.
final class PathNode: Node, @unchecked Sendable {
  let base: Node
  let path: [String]
  private let extractor: FieldExtractor

  init(_ base: Node, _ path: [String], _ constants: Constants) {
    self.base = base
    self.path = path
    // Under one name, so that lists at the top are found too.
    extractor = FieldExtractor([["v"] + path], constants)
  }

  override func value(_ frame: Frame) -> Value {
    guard case .json(let text) = base.value(frame) else { return .missing }
    return extractor.descend(text, frame.arena)
  }
}

final class LogicNode: Node, @unchecked Sendable {
  let isAnd: Bool
  let left: Node
  let right: Node

  init(_ isAnd: Bool, _ left: Node, _ right: Node) {
    self.isAnd = isAnd
    self.left = left
    self.right = right
  }

  override func value(_ frame: Frame) -> Value { .bool(test(frame)) }
  override func test(_ frame: Frame) -> Bool {
    isAnd ? left.test(frame) && right.test(frame) : left.test(frame) || right.test(frame)
  }
}

final class NotNode: Node, @unchecked Sendable {
  let operand: Node
  init(_ operand: Node) { self.operand = operand }
  override func value(_ frame: Frame) -> Value { .bool(!operand.test(frame)) }
  override func test(_ frame: Frame) -> Bool { !operand.test(frame) }
}

final class CompareNode: Node, @unchecked Sendable {
  let comparison: BinaryOperator
  let left: Node
  let right: Node

  init(_ comparison: BinaryOperator, _ left: Node, _ right: Node) {
    self.comparison = comparison
    self.left = left
    self.right = right
  }

  override func value(_ frame: Frame) -> Value { .bool(test(frame)) }

  /// With something missing only `!=` holds.
  override func test(_ frame: Frame) -> Bool {
    guard let order = Order.relation(left.value(frame), right.value(frame)) else { return comparison == .notEqual }
    return Self.holds(comparison, order)
  }

  static func holds(_ comparison: BinaryOperator, _ order: Int) -> Bool {
    switch comparison {
    case .equal: order == 0
    case .notEqual: order != 0
    case .less: order < 0
    case .lessOrEqual: order <= 0
    case .greater: order > 0
    case .greaterOrEqual: order >= 0
    default: false
    }
  }
}

/// A comparison with a text that is no number.
final class CompareTextNode: Node, @unchecked Sendable {
  let comparison: BinaryOperator
  let left: Node
  let constant: Text

  init(_ comparison: BinaryOperator, _ left: Node, _ constant: Text) {
    self.comparison = comparison
    self.left = left
    self.constant = constant
  }

  override func value(_ frame: Frame) -> Value { .bool(test(frame)) }
  override func test(_ frame: Frame) -> Bool {
    switch left.value(frame) {
    case .missing: comparison == .notEqual
    case .text(let text):
      switch comparison {
      case .equal: text.equals(constant)
      case .notEqual: !text.equals(constant)
      default: CompareNode.holds(comparison, text.compare(constant))
      }
    case let other: Order.relation(other, .text(constant)).map { CompareNode.holds(comparison, $0) } ?? false
    }
  }
}

final class LikeNode: Node, @unchecked Sendable {
  let subject: Node
  let part: Text
  let negated: Bool

  init(_ subject: Node, _ part: Text, negated: Bool) {
    self.subject = subject
    self.part = part
    self.negated = negated
  }

  override func value(_ frame: Frame) -> Value { .bool(test(frame)) }
  override func test(_ frame: Frame) -> Bool {
    guard let text = Formatter.text(subject.value(frame), frame.arena) else { return negated }
    return (text.find(part) != nil) != negated
  }
}

final class MatchNode: Node, @unchecked Sendable {
  let subject: Node
  let regex: Int
  let literal: Text
  let negated: Bool

  init(_ subject: Node, _ regex: Int, literal: Text, negated: Bool) {
    self.subject = subject
    self.regex = regex
    self.literal = literal
    self.negated = negated
  }

  override func value(_ frame: Frame) -> Value { .bool(test(frame)) }
  override func test(_ frame: Frame) -> Bool {
    guard let text = Formatter.text(subject.value(frame), frame.arena) else { return negated }
    if literal.count > 0, text.find(literal) == nil { return negated }
    return frame.scanners[regex].matches(text.start, text.count) != negated
  }
}

final class WithinNode: Node, @unchecked Sendable {
  let subject: Node
  let values: [Node]
  let negated: Bool

  init(_ subject: Node, _ values: [Node], negated: Bool) {
    self.subject = subject
    self.values = values
    self.negated = negated
  }

  override func value(_ frame: Frame) -> Value { .bool(test(frame)) }
  override func test(_ frame: Frame) -> Bool {
    let subject = subject.value(frame)
    if subject.isMissing { return negated }
    return values.contains { Order.relation(subject, $0.value(frame)) == 0 } != negated
  }
}

final class ArithmeticNode: Node, @unchecked Sendable {
  let symbol: BinaryOperator
  let left: Node
  let right: Node

  init(_ symbol: BinaryOperator, _ left: Node, _ right: Node) {
    self.symbol = symbol
    self.left = left
    self.right = right
  }

  /// Missing when an operand is no number, and for a division by zero.
  override func value(_ frame: Frame) -> Value {
    guard let a = left.value(frame).number, let b = right.value(frame).number else { return .missing }
    let result =
      switch symbol {
      case .add: a + b
      case .subtract: a - b
      case .multiply: a * b
      case .divide: b == 0 ? .nan : a / b
      case .remainder: b == 0 ? .nan : fmod(a, b)
      default: pow(a, b)
      }
    return result.isFinite ? .number(result) : .missing
  }
}

/// A function with what computes it.
final class CallNode: Node, @unchecked Sendable {
  let arguments: [Node]
  let body: @Sendable (CallNode, Frame) -> Value

  init(_ arguments: [Node], _ body: @escaping @Sendable (CallNode, Frame) -> Value) {
    self.arguments = arguments
    self.body = body
  }

  override func value(_ frame: Frame) -> Value { body(self, frame) }
}

/// `ispresent`, which most filters ask.
final class PresentNode: Node, @unchecked Sendable {
  let operand: Node
  init(_ operand: Node) { self.operand = operand }
  override func value(_ frame: Frame) -> Value { .bool(test(frame)) }
  override func test(_ frame: Frame) -> Bool { !operand.value(frame).isMissing }
}
