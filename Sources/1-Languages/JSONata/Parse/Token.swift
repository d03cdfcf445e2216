/// A token of an expression.
struct Token {
  enum Kind {
    case end, name, variable, string, number, value, regex, symbol
  }

  var kind: Kind
  /// The text of names, variables, strings and symbols.
  var text = ""
  var literal: Value = .undefined
  var regex: Regex?
  /// The offset after it, in UTF-8 bytes.
  var position: Int
  /// How strongly it binds what is left of it; 0 when it is no infix operator.
  var power = 0

  /// Symbols, and how strongly they bind. Source: the reference implementation's grammar.
  static func power(_ symbol: String) -> Int {
    switch symbol {
    case "[", "(", "@", "#": 80
    case ".": 75
    case "{": 70
    case "*", "/", "%": 60
    case "+", "-", "&": 50
    case "=", "<", ">", "^", "!=", "<=", ">=", "~>", "in", "?:", "??": 40
    case "and": 30
    case "or": 25
    case "?": 20
    case ":=": 10
    default: 0
    }
  }
}
