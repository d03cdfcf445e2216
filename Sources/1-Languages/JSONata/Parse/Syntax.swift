/// A node of the syntax tree, first as the grammar has it, then (see `Shaper`) with paths, predicates and ancestors resolved.
final class Syntax {
  enum Kind {
    case end, name, variable, string, number, value, regex, operatorToken
    case binary, unary, block, condition, elvis, coalesce, transform, lambda, function, partial
    case wildcard, descendant, parent
    case path, bind, apply, sort, filter, index
  }

  /// A term of an order-by clause.
  struct Term {
    var descending: Bool
    var expression: Syntax
  }

  /// What the reference calls a slot: the place where an ancestor is kept.
  final class Slot {
    var label: String
    var level = 1
    init(label: String) { self.label = label }
  }

  var kind: Kind
  /// The operator, name, variable or text.
  var text: String
  var literal: Value = .undefined
  var regex: Regex?
  var position: Int
  /// How many nodes are above each other in it.
  var height = 1

  var left: Syntax?
  var right: Syntax?
  /// The last part of a condition, or the deletions of a transform.
  var third: Syntax?
  /// Arguments, expressions of a block or an array, or steps of a path.
  var list: [Syntax] = []
  var pairs: [(key: Syntax, value: Syntax)] = []
  var terms: [Term] = []
  var signature: Signature?
  var isThunk = false

  var keepArray = false
  var keepSingletonArray = false
  var consarray = false
  var predicates: [Syntax] = []
  var stages: [Syntax] = []
  var group: Syntax?

  // Tuples
  var focus: String?
  var index: String?
  var tuple = false
  var slot: Slot?
  var ancestor: Slot?
  var seekingParent: [Slot] = []

  init(_ kind: Kind, _ text: String = "", _ position: Int) {
    self.kind = kind
    self.text = text
    self.position = position
  }

  /// What stands for the node in errors.
  var shown: String {
    switch literal {
    case .undefined, .unset: text
    default: Text.string(of: literal)
    }
  }
}
