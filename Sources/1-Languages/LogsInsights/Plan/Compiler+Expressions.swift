import Time

extension Compiler {
  static func isAggregate(_ name: String) -> Bool {
    let name = name.lowercased()
    return Aggregate.names[name] != nil || name == "pct"
  }

  mutating func field(_ name: String, _ range: Range<Int> = 0..<0) throws(QueryError) -> Node {
    try compile(.field(FieldPath(parts: [name], text: name, range: range)))
  }

  mutating func compile(_ expression: Expression) throws(QueryError) -> Node {
    switch expression {
    case .field(let path): return try node(path)
    case .number(let number, _): return ConstantNode(.number(number))
    case .string(let bytes, _): return ConstantNode(.text(constants.keep(bytes)))
    case .bool(let bool, _): return ConstantNode(.bool(bool))
    case .period(_, let range): throw text.unexpected(range, expected: "an expression, periods are for bin, datefloor and dateceil")
    case .all(let range): throw text.unexpected(range)
    case .call(let name, let arguments, let range): return try call(name, arguments, range)
    case .unary(.not, let operand, _): return NotNode(try compile(operand))
    case .unary(.minus, let operand, _): return ArithmeticNode(.subtract, ConstantNode(.number(0)), try compile(operand))
    case .binary(let symbol, let left, let right, _): return try binary(symbol, left, right)
    case .like(let subject, let part, let negated, _): return LikeNode(try compile(subject), constants.keep(part), negated: negated)
    case .matches(let subject, let regex, let negated, _):
      return MatchNode(try compile(subject), add(regex), literal: constants.keep(regex.literal), negated: negated)
    case .within(let subject, let values, let negated, _):
      return WithinNode(try compile(subject), try values.map { value throws(QueryError) in try compile(value) }, negated: negated)
    }
  }

  private mutating func binary(_ symbol: BinaryOperator, _ left: Expression, _ right: Expression) throws(QueryError) -> Node {
    let first = try compile(left)
    let second = try compile(right)
    switch symbol {
    case .and, .or: return LogicNode(symbol == .and, first, second)
    case .add, .subtract, .multiply, .divide, .power, .remainder: return ArithmeticNode(symbol, first, second)
    default:
      if let constant = second as? ConstantNode, case .text(let text) = constant.constant, Numeric.parse(text) == nil {
        return CompareTextNode(symbol, first, text)
      }
      return CompareNode(symbol, first, second)
    }
  }

  // MARK: Fields

  private mutating func node(_ path: FieldPath) throws(QueryError) -> Node {
    if let builder = aggregates {
      // Beside aggregates only what is defined by the same command, and what it groups by.
      guard let slot = builder.names[path.text] else {
        throw text.error("the field '\(path.text)' is neither aggregated nor grouped by", path.range)
      }
      return SlotNode(slot)
    }
    if let slot = names[path.text] { return SlotNode(slot) }
    for count in stride(from: path.parts.count - 1, to: 0, by: -1) {
      if let slot = names[path.parts[..<count].joined(separator: ".")] {
        return PathNode(SlotNode(slot), Array(path.parts[count...]), constants)
      }
    }
    guard isFirstStage else {
      if statsCount > 0 || !isRaw { throw text.error("the field '\(path.text)' is not a result of the commands before", path.range) }
      return ConstantNode(.missing)
    }
    if path.text.hasPrefix("@@") { return json([String(path.parts[0].dropFirst())] + path.parts.dropFirst()) }
    return path.text.hasPrefix("@") ? system(path) : json(path.parts)
  }

  private mutating func system(_ path: FieldPath) -> Node {
    switch path.text {
    case "@message":
      needs.message = true
      return MessageNode()
    case "@timestamp":
      needs.timestamp = true
      return TimestampNode()
    case "@ingestionTime":
      needs.ingestionTime = true
      return SystemNode(.ingestionTime)
    case "@logStream":
      needs.logStream = true
      return SystemNode(.stream)
    case "@log":
      needs.log = true
      return SystemNode(.log)
    case "@ptr":
      needs.pointer = true
      return SystemNode(.ptr)
    default:
      needs.attributes.insert(String(path.text.dropFirst()))
      if let field = LambdaField(rawValue: path.text) {
        needs.message = true
        return LambdaNode(field)
      }
      return AttributeNode(String(path.text.dropFirst()))
    }
  }

  private mutating func json(_ parts: [String]) -> Node {
    if let index = paths.firstIndex(of: parts) { return FieldNode(index) }
    paths.append(parts)
    return FieldNode(paths.count - 1)
  }

  // MARK: Functions

  private mutating func call(_ name: String, _ arguments: [Expression], _ range: Range<Int>) throws(QueryError) -> Node {
    let function = name.lowercased()
    if Self.isAggregate(function) { return try aggregate(function, name, arguments, range) }
    switch function {
    case "bin", "datefloor", "dateceil": return try bin(function, arguments, range)
    case "now":
      guard arguments.isEmpty else { throw text.error("now takes no arguments", range) }
      return ConstantNode(.number(Double(options.now.seconds)))
    case "ispresent":
      guard arguments.count == 1 else { throw text.error("\(name) takes 1 argument", range) }
      return PresentNode(try compile(arguments[0]))
    case "unmask":
      guard arguments.count == 1 else { throw text.error("\(name) takes 1 argument", range) }
      unmasks = true
      return try compile(arguments[0])
    default: break
    }
    guard let scalar = ScalarFunction.all[function] else { throw text.error("unknown function '\(name)'", range) }
    guard scalar.arguments.contains(arguments.count) else {
      let counts = scalar.arguments
      let wanted = counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
      throw text.error("\(name) takes \(wanted) arguments", range)
    }
    return CallNode(try arguments.map { argument throws(QueryError) in try compile(argument) }, scalar.body)
  }

  private mutating func bin(_ name: String, _ arguments: [Expression], _ range: Range<Int>) throws(QueryError) -> Node {
    var source: Expression?
    var rest = arguments[...]
    if rest.count == 2 { source = rest.removeFirst() }
    guard rest.count == 1, case .period(let period, _) = rest.first, source != nil || name == "bin" else {
      throw text.error(name == "bin" ? "bin takes a period such as 5m" : "\(name) takes a timestamp and a period such as 5m", range)
    }
    var node: Node?
    if let source {
      node = try compile(source)
    } else {
      if let builder = aggregates {
        // In a result it is the column that is grouped by.
        guard let slot = builder.names[text.text(range)] else { throw text.error("\(text.text(range)) is not grouped by", range) }
        return SlotNode(slot)
      }
      let time = try field("@timestamp", range)
      node = time is TimestampNode ? nil : time
    }
    return BinNode(period, of: node, up: name == "dateceil")
  }

  private mutating func aggregate(_ function: String, _ name: String, _ arguments: [Expression], _ range: Range<Int>) throws(QueryError)
    -> Node
  {
    // After stats a column can be named by what made it.
    if aggregates == nil, let slot = names[text.text(range)] { return SlotNode(slot) }
    guard var builder = aggregates else { throw text.error("the aggregation function '\(name)' is for stats only", range) }
    // The arguments are computed from events.
    aggregates = nil
    defer { aggregates = builder }
    let slot = builder.firstSlot + builder.list.count
    if function == "count", arguments.isEmpty {
      builder.list.append(Aggregate(.countAll, ConstantNode(.missing)))
    } else if function == "count", case .all = arguments.first, arguments.count == 1 {
      builder.list.append(Aggregate(.countAll, ConstantNode(.missing)))
    } else if function == "pct" {
      guard arguments.count == 2, case .number(let percent, _) = arguments[1], percent >= 0, percent <= 100 else {
        throw text.error("pct takes a field and a percentage from 0 to 100", range)
      }
      builder.list.append(Aggregate(.percentile(percent), try compile(arguments[0])))
    } else {
      guard arguments.count == 1, let known = Aggregate.names[function] else { throw text.error("\(name) takes 1 argument", range) }
      builder.list.append(Aggregate(known, try compile(arguments[0])))
    }
    return SlotNode(slot)
  }
}
