import JSON

/// The rules of matching, written as plainly as can be: no index, no bytes, every possibility tried.
struct Reference {
  struct Leaf {
    var path: String
    var value: JSONValue
    /// For each array around it the element it is in.
    var elements: [Int: Int]
  }

  static func matches(_ pattern: JSONValue, _ event: JSONValue) -> Bool {
    var leaves: [Leaf] = []
    var arrays = 0
    collect(event, "", [:], &arrays, &leaves)
    return alternatives(pattern, "", [[]]).contains { conditions in
      let sorted = conditions.sorted { Array($0.path.utf8).lexicographicallyPrecedes(Array($1.path.utf8)) }
      return search(sorted[...], leaves, [:])
    }
  }

  typealias Condition = (path: String, tests: [JSONValue])

  private static func collect(
    _ value: JSONValue, _ path: String, _ elements: [Int: Int], _ arrays: inout Int, _ leaves: inout [Leaf]
  ) {
    if let object = value.object {
      for (name, member) in object { collect(member, path.isEmpty ? name : "\(path).\(name)", elements, &arrays, &leaves) }
    } else if let array = value.array {
      let number = arrays
      arrays += 1
      for (index, element) in array.enumerated() {
        var inner = elements
        if element.object != nil || element.array != nil { inner[number] = index }
        collect(element, path, inner, &arrays, &leaves)
      }
    } else {
      leaves.append(Leaf(path: path, value: value, elements: elements))
    }
  }

  private static func alternatives(_ object: JSONValue, _ path: String, _ before: [[Condition]]) -> [[Condition]] {
    var all = before
    for (name, value) in object.object ?? JSONObject() {
      if name == "$or" {
        all = (value.array ?? []).flatMap { alternatives($0, path, all) }
      } else if let tests = value.array {
        let path = path.isEmpty ? name : "\(path).\(name)"
        all = all.map { $0.filter { $0.path != path } + [(path, tests)] }
      } else {
        all = alternatives(value, path.isEmpty ? name : "\(path).\(name)", all)
      }
    }
    return all
  }

  private static func search(_ conditions: ArraySlice<Condition>, _ leaves: [Leaf], _ chosen: [Int: Int]) -> Bool {
    guard let condition = conditions.first else { return true }
    let rest = conditions.dropFirst()
    let open = leaves.filter { leaf in
      leaf.path == condition.path && leaf.elements.allSatisfy { chosen[$0.key] == nil || chosen[$0.key] == $0.value }
    }
    for leaf in open where condition.tests.contains(where: { meets($0, leaf.value) }) {
      if search(rest, leaves, chosen.merging(leaf.elements) { $1 }) { return true }
    }
    let acceptsAbsence = condition.tests.contains { $0["exists"]?.bool == false }
    return acceptsAbsence && open.isEmpty && search(rest, leaves, chosen)
  }

  static func meets(_ test: JSONValue, _ value: JSONValue) -> Bool {
    guard let (name, operand) = test.object?.first(where: { _ in true }) else { return test == value || sameNumber(test, value) }
    switch name {
    case "exists": return operand.bool == true
    case "numeric": return value.double.map { isIn(operand.array ?? [], $0) } ?? false
    case "anything-but": return !forbids(operand, value)
    default: return value.string.map { meets(name, operand, $0) } ?? false
    }
  }

  private static func sameNumber(_ left: JSONValue, _ right: JSONValue) -> Bool {
    guard let left = left.double, let right = right.double else { return false }
    return left == right
  }

  private static func isIn(_ range: [JSONValue], _ value: Double) -> Bool {
    stride(from: 0, to: range.count - 1, by: 2).allSatisfy { index in
      guard let bound = range[index + 1].double else { return false }
      return switch range[index].string {
      case "=": value == bound
      case "<": value < bound
      case "<=": value <= bound
      case ">": value > bound
      default: value >= bound
      }
    }
  }

  private static func forbids(_ operand: JSONValue, _ value: JSONValue) -> Bool {
    if let (name, inner) = operand.object?.first(where: { _ in true }) {
      return (inner.array ?? [inner]).contains { test in value.string.map { meets(name, test, $0) } ?? false }
    }
    return (operand.array ?? [operand]).contains { $0 == value || sameNumber($0, value) }
  }

  private static func meets(_ name: String, _ operand: JSONValue, _ text: String) -> Bool {
    let bytes = Array(text.utf8)
    if let folded = operand["equals-ignore-case"]?.string {
      let wanted = folded.lowercased(), given = text.lowercased()
      return name == "prefix" ? given.hasPrefix(wanted) || wanted.isEmpty : given.hasSuffix(wanted) || wanted.isEmpty
    }
    let wanted = Array((operand.string ?? "").utf8)
    switch name {
    case "prefix": return bytes.starts(with: wanted)
    case "suffix": return bytes.reversed().starts(with: wanted.reversed())
    case "equals-ignore-case": return text.lowercased() == (operand.string ?? "").lowercased()
    case "wildcard": return glob(wanted[...], bytes[...])
    case "cidr": return isWithin(operand.string ?? "", text)
    default: return false
    }
  }

  private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == UInt8(ascii: "*") {
      return glob(pattern.dropFirst(), text) || (!text.isEmpty && glob(pattern, text.dropFirst()))
    }
    let isEscaped = first == UInt8(ascii: "\\")
    guard let wanted = isEscaped ? pattern.dropFirst().first : first, wanted == text.first else { return false }
    return glob(pattern.dropFirst(isEscaped ? 2 : 1), text.dropFirst())
  }

  private static func isWithin(_ network: String, _ text: String) -> Bool {
    func number(_ text: Substring) -> UInt64? {
      let groups = text.split(separator: ".").map { UInt64($0) }
      guard groups.count == 4 else { return nil }
      return groups.reduce(0) { total, group in total.flatMap { total in group.map { total << 8 | $0 } } }
    }
    let parts = network.split(separator: "/")
    guard parts.count == 2, let base = number(parts[0]), let bits = UInt64(parts[1]), let address = number(text[...]) else { return false }
    return address >> (32 - bits) == base >> (32 - bits)
  }
}
