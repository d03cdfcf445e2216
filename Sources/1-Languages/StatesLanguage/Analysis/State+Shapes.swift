import JSON
import JSONPath

/// What a state makes of what it gets.
extension State {
  /// States that may follow, with what they get.
  func exits(_ input: Shape) -> [(next: Int, input: Shape)] {
    var exits: [(next: Int, input: Shape)] = []
    let output = output(input)
    if case .next(let next) = transition { exits.append((next, output)) }
    if case .choice(let fields) = kind {
      for rule in fields.rules { exits.append((rule.next, rule.output.map(\.shape) ?? passed(input))) }
      if let next = fields.defaultState { exits.append((next, output)) }
    }
    for catcher in handlers?.catchers ?? [] {
      let error = Shape.object(["Error": .plain], isOpen: true)
      let caught = queryLanguage == .jsonata ? catcher.output?.shape ?? error : Self.write(error, catcher.resultPath, input)
      exits.append((catcher.next, caught))
    }
    return exits
  }

  /// What goes through a state that has no result of its own.
  private func passed(_ input: Shape) -> Shape {
    queryLanguage == .jsonata ? input : Self.select(self.output.path, Self.select(self.input.path, input))
  }

  private func output(_ input: Shape) -> Shape {
    guard queryLanguage == .jsonPath else {
      if let template = output.output { return template.shape }
      return hasResult ? .unknown : input
    }
    switch kind {
    case .pass(let result):
      return Self.select(output.path, Self.write(result.map { Shape($0) } ?? worked(input), output.resultPath, input))
    case .task, .parallel, .map:
      let result = output.selector?.shape(.unknown) ?? .unknown
      return Self.select(output.path, Self.write(result, output.resultPath, input))
    case .choice, .wait, .succeed, .fail: return passed(input)
    }
  }

  private var hasResult: Bool {
    switch kind {
    case .task, .parallel, .map: true
    default: false
    }
  }

  /// What the state works with: its input through `InputPath` and `Parameters`, or `Arguments`.
  func worked(_ input: Shape) -> Shape {
    if queryLanguage == .jsonata { return self.input.arguments?.shape ?? input }
    let effective = Self.select(self.input.path, input)
    return self.input.parameters?.shape(effective) ?? effective
  }

  static func select(_ field: PathField, _ shape: Shape) -> Shape {
    switch field {
    case .whole: shape
    case .nothing: .object([:], isOpen: false)
    case .expression(let expression): expression.shape(shape)
    }
  }

  private static func write(_ result: Shape, _ field: ResultPathField, _ input: Shape) -> Shape {
    switch field {
    case .replace: return result
    case .discard: return input
    case .path(let path):
      guard let members = try? JSONPath(path.text), members.isReference else { return .unknown }
      // A place in an array: what is in arrays is not followed.
      guard members.canonical.filter({ $0 == "[" }).count == members.leadingMembers.count else { return .unknown }
      return input.writing(result, at: members.leadingMembers)
    }
  }
}

extension QueryExpression {
  func shape(_ input: Shape) -> Shape {
    guard let path = inputPath, path.isDefinite else { return .unknown }
    let members = path.leadingMembers
    // Only a path of nothing but members is followed to its end.
    guard (try? JSONPath("$" + members.map { "['\($0)']" }.joined()))?.canonical == path.canonical else { return .unknown }
    return input.member(members)
  }
}

extension PayloadTemplate {
  func shape(_ input: Shape) -> Shape {
    fold(
      constant: { Shape($0) }, expression: { expression, _ in expression.shape(input) }, array: { _ in .unknown },
      object: { members in .object(Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }), isOpen: false) })
  }

  /// The expressions with the names of their fields.
  var expressions: [(expression: QueryExpression, field: String)] {
    fold(
      constant: { _ in [] }, expression: { [($0, $1)] }, array: { $0.flatMap(\.self) }, object: { $0.flatMap(\.value) })
  }
}

extension JSONataTemplate {
  var shape: Shape { root.shape(0) }
}

extension JSONataTemplate.Node {
  func shape(_ depth: Int) -> Shape {
    guard depth < Shape.deepest else { return .unknown }
    switch self {
    case .constant(let value): return Shape(value, depth: depth)
    case .array, .expression: return .unknown
    case .object(let members):
      return .object(Dictionary(members.map { ($0.name, $0.value.shape(depth + 1)) }, uniquingKeysWith: { $1 }), isOpen: false)
    }
  }
}
