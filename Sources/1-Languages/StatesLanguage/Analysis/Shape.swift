import JSON
import JSONPath

/// What is known of data before anything runs.
indirect enum Shape: Hashable, Sendable {
  case unknown
  /// No object: it has no members.
  case plain
  /// Members that are there. Others may be there too when it is open.
  case object([String: Shape], isOpen: Bool)

  /// Members in members that are looked at.
  static let deepest = 12

  init(_ json: JSONValue, depth: Int = 0) {
    guard depth < Self.deepest else {
      self = .unknown
      return
    }
    switch json {
    case .object(let object):
      self = .object(object.reduce(into: [:]) { $0[$1.key] = Shape($1.value, depth: depth + 1) }, isOpen: false)
    case .array: self = .unknown
    default: self = .plain
    }
  }

  /// What is known where either may have come.
  func joined(_ other: Shape) -> Shape {
    if self == other { return self }
    guard case .object(let mine, let open) = self, case .object(let others, let otherOpen) = other else { return .unknown }
    var members: [String: Shape] = [:]
    for name in Set(mine.keys).union(others.keys) {
      // A member of one only may be there or not.
      if let one = mine[name], let two = others[name] { members[name] = one.joined(two) } else { members[name] = .unknown }
    }
    return .object(members, isOpen: open || otherOpen)
  }

  /// The first member of the path that cannot be there, or nil.
  func missing(_ path: [String]) -> String? {
    var shape = self
    for name in path {
      switch shape {
      case .unknown: return nil
      case .plain: return name
      case .object(let members, let isOpen):
        guard let member = members[name] else { return isOpen ? nil : name }
        shape = member
      }
    }
    return nil
  }

  func member(_ path: some Collection<String>) -> Shape {
    guard let name = path.first else { return self }
    guard case .object(let members, _) = self, let member = members[name] else { return .unknown }
    return member.member(path.dropFirst())
  }

  /// The shape with another one at a place.
  func writing(_ value: Shape, at path: some Collection<String>, depth: Int = 0) -> Shape {
    guard let name = path.first else { return value }
    guard depth < Self.deepest else { return .unknown }
    switch self {
    case .object(var members, let isOpen):
      members[name] = (members[name] ?? .object([:], isOpen: isOpen)).writing(value, at: path.dropFirst(), depth: depth + 1)
      return .object(members, isOpen: isOpen)
    case .unknown: return .object([name: Shape.unknown.writing(value, at: path.dropFirst(), depth: depth + 1)], isOpen: true)
    case .plain: return .unknown
    }
  }

  /// Cut off where it becomes deep or large, so that a loop cannot make it grow for ever.
  func bounded() -> Shape {
    var left = Self.most
    return bounded(0, &left)
  }

  /// Members altogether.
  private static let most = 2_000

  private func bounded(_ depth: Int, _ left: inout Int) -> Shape {
    guard case .object(let members, let isOpen) = self else { return self }
    left -= members.count
    guard depth < Self.deepest, left > 0 else { return .unknown }
    var kept: [String: Shape] = [:]
    // In a fixed order, so that the same shape is always cut the same way.
    for (name, member) in members.sorted(by: { $0.key < $1.key }) { kept[name] = member.bounded(depth + 1, &left) }
    return .object(kept, isOpen: isOpen)
  }
}
