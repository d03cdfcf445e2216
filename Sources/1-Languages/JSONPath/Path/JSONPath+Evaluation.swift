import JSON

extension JSONPath {
  /// What the path names in the document: the value of a definite path, an array of every match of any other.
  ///
  /// Throws only for a definite path that names nothing; an indefinite one answers an empty array, also where a member on the
  /// way is missing.
  public func read(_ root: JSONValue) throws(PathMiss) -> JSONValue {
    if isDefinite { return try follow(root) }
    var matches: [JSONValue] = []
    collect(root, from: 0, root: root, into: &matches)
    if case .function(let function)? = segments.last {
      return try apply(function, to: .array(matches), step: segments.count - 1)
    }
    return .array(matches)
  }

  /// True when the path names something; an indefinite path always does.
  public func exists(in root: JSONValue) -> Bool {
    do {
      _ = try read(root)
      return true
    } catch {
      return false
    }
  }

  private func follow(_ root: JSONValue) throws(PathMiss) -> JSONValue {
    var current = root
    for (step, segment) in segments.enumerated() {
      switch segment {
      case .member(let name):
        guard case .object(let object) = current else { throw miss(step, .notAnObject(current)) }
        guard let value = object[name] else { throw miss(step, .missingMember) }
        current = value
      case .index(let position):
        guard case .array(let elements) = current else { throw miss(step, .notAnArray(current)) }
        let place = position < 0 ? elements.count + position : position
        guard elements.indices.contains(place) else { throw miss(step, .outOfRange) }
        current = elements[place]
      case .function(let function):
        current = try apply(function, to: current, step: step)
      case .members, .indexes, .slice, .wildcard, .filter, .scan:
        return .array([])
      }
    }
    return current
  }

  private func miss(_ step: Int, _ reason: PathMiss.Reason) -> PathMiss { PathMiss(path: self, step: step, reason: reason) }

  private func apply(_ function: PathFunction, to value: JSONValue, step: Int) throws(PathMiss) -> JSONValue {
    do throws(PathFunction.Refusal) {
      return try function.apply(to: value)
    } catch {
      throw miss(step, .function(error.message))
    }
  }

  private func collect(_ value: JSONValue, from step: Int, root: JSONValue, into matches: inout [JSONValue]) {
    guard step < segments.count else {
      matches.append(value)
      return
    }
    if case .function = segments[step] {
      matches.append(value)
      return
    }
    apply(segments[step], to: value, root: root) { collect($0, from: step + 1, root: root, into: &matches) }
  }

  /// Hands every value that one step selects to the closure, in document order.
  private func apply(_ segment: Segment, to value: JSONValue, root: JSONValue, _ visit: (JSONValue) -> Void) {
    switch (segment, value) {
    case (.member(let name), .object(let object)):
      if let member = object[name] { visit(member) }
    case (.members(let names), .object(let object)):
      // The members found, as one object: that is what a union of names answers.
      var part = JSONObject()
      for name in names { if let member = object[name] { part[name] = member } }
      if !part.isEmpty { visit(.object(part)) }
    case (.index(let position), .array(let elements)):
      let place = position < 0 ? elements.count + position : position
      if elements.indices.contains(place) { visit(elements[place]) }
    case (.indexes(let positions), .array(let elements)):
      for position in positions {
        let place = position < 0 ? elements.count + position : position
        if elements.indices.contains(place) { visit(elements[place]) }
      }
    case (.slice(let from, let to), .array(let elements)):
      func clamp(_ position: Int) -> Int {
        let place = position < 0 ? (elements.count &+ position) : position
        return min(max(place, 0), elements.count)
      }
      let start = from.map(clamp) ?? 0
      let end = to.map(clamp) ?? elements.count
      if start < end { for element in elements[start..<end] { visit(element) } }
    case (.wildcard, .array(let elements)): elements.forEach(visit)
    case (.wildcard, .object(let object)): for (_, member) in object { visit(member) }
    case (.filter(let predicate, _), .array(let elements)):
      for element in elements where predicate.holds(for: element, root: root) { visit(element) }
    case (.filter(let predicate, _), .object):
      if predicate.holds(for: value, root: root) { visit(value) }
    case (.scan(let next), _): scan(value, for: next, root: root, visit)
    default: break
    }
  }

  /// Pre-order, with a stack of its own so that deep documents cannot exhaust the thread's.
  private func scan(_ value: JSONValue, for segment: Segment, root: JSONValue, _ visit: (JSONValue) -> Void) {
    var open = [value]
    while let next = open.popLast() {
      switch next {
      case .array(let elements):
        apply(segment, to: next, root: root, visit)
        open.append(contentsOf: elements.reversed())
      case .object(let object):
        if case .filter = segment {} else { apply(segment, to: next, root: root, visit) }
        open.append(contentsOf: object.values.reversed())
      default: break
      }
    }
  }
}
