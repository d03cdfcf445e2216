/// The members of a JSON object in the order in which they were first written.
///
/// Setting a present name keeps its position; setting nil removes it. Small objects are searched linearly,
/// large ones through an index of names.
public struct JSONObject: Sendable {
  @usableFromInline var members: [(key: String, value: JSONValue)] = []
  /// Position of each name, kept once there are more than `linear` members.
  @usableFromInline var positions: [String: Int]?
  @usableFromInline static let linear = 12

  public init() {}

  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }
  /// Names in order.
  public var keys: [String] { members.map(\.key) }
  /// Values in the order of their names.
  public var values: [JSONValue] { members.map(\.value) }

  public mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

  @usableFromInline func position(of name: String) -> Int? {
    if let positions { return positions[name] }
    return members.firstIndex { $0.key == name }
  }

  public subscript(_ name: String) -> JSONValue? {
    get {
      guard let position = position(of: name) else { return nil }
      return members[position].value
    }
    set {
      guard let newValue else {
        removeValue(forKey: name)
        return
      }
      if let position = position(of: name) {
        members[position].value = newValue
      } else {
        members.append((name, newValue))
        if positions != nil {
          positions?[name] = members.count - 1
        } else if members.count > Self.linear {
          index()
        }
      }
    }
  }

  /// Removes the member and answers its value, or nil when there was none. Later members move up.
  @discardableResult
  public mutating func removeValue(forKey name: String) -> JSONValue? {
    guard let position = position(of: name) else { return nil }
    let value = members.remove(at: position).value
    positions = nil
    if members.count > Self.linear { index() }
    return value
  }

  private mutating func index() {
    var built: [String: Int] = Dictionary(minimumCapacity: members.count)
    for (position, member) in members.enumerated() { built[member.key] = position }
    positions = built
  }
}

extension JSONObject: Sequence {
  public func makeIterator() -> Array<(key: String, value: JSONValue)>.Iterator { members.makeIterator() }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (name, value) in elements { self[name] = value }
  }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.count == right.count else { return false }
    return left.members.allSatisfy { right[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    // Order must not matter, so the members' hashes are combined by addition.
    var sum = 0
    for member in members {
      var one = Hasher()
      one.combine(member.key)
      one.combine(member.value)
      sum &+= one.finalize()
    }
    hasher.combine(sum)
  }
}
