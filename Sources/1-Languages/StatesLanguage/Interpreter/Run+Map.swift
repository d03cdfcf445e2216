import JSON
import JSONPath
import Time

/// Map states.
extension Run {
  mutating func startMap(
    _ strand: inout Strand, _ state: State, _ fields: MapFields, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    let effective = try effectiveInput(strand, state, around)
    let isDistributed = fields.mode != .inline
    let found = isDistributed && fields.itemReader != nil ? MapItems([]) : try self.items(fields, effective, strand, state, around)
    var items = found.values
    if !isDistributed || fields.itemReader == nil, state.queryLanguage == .jsonPath, interpreter.inspect != nil,
      let changed = seen(.afterItemsPath, Payload(.array(items)), strand, state).value.array
    {
      items = changed
    }
    let width = try concurrency(fields, effective, strand, state, around)
    strand.last = record(.mapStateStarted, strand.last, .mapStarted(length: items.count))
    let count = try toleratedCount(fields, effective, strand, state, around)
    let percentage = try toleratedPercentage(fields, effective, strand, state, around)
    seen(.maxConcurrency, number: Double(width), strand, state)
    seen(.toleratedFailureCount, number: count.map(Double.init), strand, state)
    seen(.toleratedFailurePercentage, number: percentage, strand, state)
    if interpreter.trial != nil { return try tryMap(found.with(items), &strand, state, fields, effective, around) }
    if case .distributed(let type) = fields.mode {
      return try startMapRun(
        type, found.with(items), (width, count, percentage), &strand, state, fields, effective, around)
    }
    strand.step?.wait = .children
    let ceiling = interpreter.environment.limits.inlineConcurrency
    var children = Children(outputs: Array(repeating: nil, count: items.count), lastDone: strand.last)
    children.map = MapProgress(
      items: items, width: width == 0 ? ceiling : Int(clamping: min(width, Int64(ceiling))), toleratedCount: count,
      toleratedPercentage: percentage, arePairs: found.arePairs ? true : nil)
    return iterate(&children, &strand, state, fields, around) ?? wait(for: &children, &strand, state, around)
  }

  /// `ItemsPath`; without it the input itself.
  private func items(
    _ fields: MapFields, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> MapItems {
    if state.queryLanguage == .jsonata { return MapItems(try jsonataItems(fields, strand, state, around)) }
    guard let path = fields.itemsPath else { return try elements(effective.value, "$", strand, state) }
    let scope = scope(strand, state, effective, context: path.usesContext, around)
    guard case .value(let value)? = try? path.resolve(scope, interpreter.environment.intrinsics) else {
      var step = path.text
      if let inputPath = path.inputPath {
        do throws(ReferencePath.Conflict) {
          _ = try ReferencePath(reading: inputPath).read(effective.value)
        } catch {
          step = error.step
        }
      }
      throw .named(ErrorName.referencePathConflict, "Unable to apply step \"\(step)\" to input \(effective.text)")
    }
    guard !value.isNested(deeperThan: Nesting.deepest) else { throw tooDeep(strand, state) }
    return try elements(value, path.text, strand, state)
  }

  /// `Items`; without it the input itself.
  private func jsonataItems(
    _ fields: MapFields, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> [JSONValue] {
    guard let items = fields.items else {
      let input = step(strand).input
      guard case .array(let elements) = input.value else {
        throw evaluationFailure(JSONataFailure("Map state input must be an array but was: \(input.text)", at: nil), strand, state)
      }
      return elements
    }
    let value = try evaluate(items, "Items", .none, strand, state, around).value
    if case .array(let elements) = value { return elements }
    guard let expression = items.expression else { return [] }
    throw evaluationFailure(.type(expression, "array", value, at: "Items"), strand, state)
  }

  /// The elements of an array, or the members of an object. Source: Step Functions Developer Guide, "ItemsPath".
  private func elements(_ value: JSONValue, _ path: String, _ strand: Strand, _ state: State) throws(Failure) -> MapItems {
    switch value {
    case .array(let elements): return MapItems(elements)
    case .object(let members): return MapItems(members.map { ["Key": .string($0.0), "Value": $0.1] }, arePairs: true)
    default: throw runtime(strand, state, "Reference path \"\(path)\" must point to array.")
    }
  }

  /// Begins iterations while there is room; answers the state's end when one of them ended it.
  mutating func iterate(
    _ children: inout Children, _ strand: inout Strand, _ state: State, _ fields: MapFields, _ around: Surroundings
  ) -> StateOutcome? {
    guard let map = children.map, map.next < map.items.count, children.running.count < map.width else { return nil }
    let started = strand.last
    do throws(Failure) {
      let effective = fields.itemSelector == nil ? step(strand).input : try effectiveInput(strand, state, around)
      while let map = children.map, map.next < map.items.count, children.running.count < map.width {
        if isFull { return nil }
        let index = map.next
        let item = MapItems(map.items, arePairs: map.arePairs ?? false)[index]
        let input = try childInput(item, fields, effective, strand, state, around)
        children.map?.next = index + 1
        let chain = children.map?.chains.popLast() ?? started
        let begun = record(.mapIterationStarted, chain, .iteration(name: state.name, index: index))
        var child = Strand(flow: fields.processor, last: begun, item: item)
        var inner = inside(strand, around)
        inner.item = item
        let outcome = begin(&child, index, input, inner)
        if let ended = note(outcome, of: child, index, &children, &strand, state, around) { return ended }
      }
      return nil
    } catch {
      abandon(&children, of: state.name, recording: error.isFatal ? nil : strand.last)
      return handle(error, &strand, state, around)
    }
  }

  /// `ItemSelector`
  func childInput(
    _ item: MapItem, _ fields: MapFields, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Payload {
    if let selector = fields.itemSelectorJsonata {
      return try evaluate(selector, "ItemSelector", Answer(item: item), strand, state, around)
    }
    guard let selector = fields.itemSelector else { return Payload(item.input) }
    var scope = scope(strand, state, effective, context: false, around)
    if selector.usesContext { scope.context = context(strand, state, item: item) }
    return try fill(selector, scope, strand, state)
  }

  private func concurrency(
    _ fields: MapFields, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Int64 {
    guard let quantity = fields.maxConcurrency else { return 0 }
    let width = try whole(quantity, "MaxConcurrency", effective, strand, state, around)
    guard width >= 0 else {
      throw unsuitable(
        "MaxConcurrency", "Expected non-negative integer for MaxConcurrency, got '\(width)' instead.", strand, state)
    }
    return width
  }

  private func toleratedCount(
    _ fields: MapFields, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Int64? {
    guard let quantity = fields.toleratedFailureCount else { return nil }
    let count = try whole(quantity, "ToleratedFailureCount", effective, strand, state, around)
    guard count >= 0 else { throw unsuitable("ToleratedFailureCount", "ToleratedFailureCount cannot be negative.", strand, state) }
    return count
  }

  func whole(
    _ quantity: State.Quantity<Int64>, _ field: String, _ effective: Payload, _ strand: Strand, _ state: State,
    _ around: Surroundings
  ) throws(Failure) -> Int64 {
    switch quantity {
    case .literal(let number): return number
    case .jsonata(let expression): return try integer(expression, field, strand, state, around)
    case .path(let expression):
      let value = try self.value(expression, "\(field)Path", strand, state, input: effective, around)
      guard let number = Self.long(value) else {
        throw runtime(
          strand, state,
          "The \(field)Path field refers to value \"\(Self.shown(value))\" which is not a valid integer: \(expression.text)")
      }
      return number
    }
  }

  private func toleratedPercentage(
    _ fields: MapFields, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> Double? {
    let field = "ToleratedFailurePercentage"
    switch fields.toleratedFailurePercentage {
    case nil: return nil
    case .literal(let number): return number
    case .jsonata(let expression):
      let number = try evaluate(expression, field, as: "number", \.double, strand, state, around)
      guard (0...100).contains(number) else { throw unsuitable(field, "\(field) must be between 0 and 100.", strand, state) }
      return number
    case .path(let expression):
      let value = try self.value(expression, "\(field)Path", strand, state, input: effective, around)
      guard let number = value.double ?? value.string.flatMap(Double.init) else {
        throw runtime(
          strand, state,
          "The \(field)Path field refers to value \"\(Self.shown(value))\" which is not a valid float: \(expression.text)")
      }
      guard (0...100).contains(number) else { throw runtime(strand, state, "\(field) must be between 0 and 100.") }
      return number
    }
  }
}
