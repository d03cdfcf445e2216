/// A math expression as a tree.
indirect enum MathNode: Hashable, Sendable {
  case number(Double)
  case string(String)
  /// The id of a metric or of another expression.
  case id(String)
  /// REPEAT, LINEAR, AVG, DESC ...: words that some functions take as arguments.
  case word(String)
  case array([MathNode])
  case negated(MathNode)
  /// Operators of one precedence, from left to right. A list and no tree, so that long sums are not deep.
  case chain(MathNode, [Link])
  case power(MathNode, MathNode)
  case call(MathFunction, [MathNode])

  struct Link: Hashable, Sendable {
    var symbol: MathOperator
    var operand: MathNode
  }
}

/// An operator between two values. Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
enum MathOperator: String, Hashable, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case power = "^"
  case equal = "=="
  case unequal = "!="
  case atMost = "<="
  case atLeast = ">="
  case less = "<"
  case greater = ">"
  case and = "AND"
  case or = "OR"

  /// Nil where there is no result, as of a division by zero: such a data point is dropped.
  func apply(_ left: Double, _ right: Double) -> Double? {
    let result: Double =
      switch self {
      case .add: left + right
      case .subtract: left - right
      case .multiply: left * right
      case .divide: right == 0 ? .nan : left / right
      case .power: mathPower(left, right)
      case .equal: left == right ? 1 : 0
      case .unequal: left != right ? 1 : 0
      case .atMost: left <= right ? 1 : 0
      case .atLeast: left >= right ? 1 : 0
      case .less: left < right ? 1 : 0
      case .greater: left > right ? 1 : 0
      case .and: left != 0 && right != 0 ? 1 : 0
      case .or: left != 0 || right != 0 ? 1 : 0
      }
    return result.isFinite ? result : nil
  }
}
