/// The members of a JSON object in the order in which they were first written.
///
/// Setting a present name keeps its position; setting nil removes it. Names are equal when their UTF-8 bytes are (Swift's
/// `==` would merge names that only look alike). Small objects are searched linearly, large ones through an index.
public struct JSONObject: Sendable {
  package struct Member: Sendable {
    package let key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }
  /// The members in order, for code that walks through many objects without copying anything.
  package private(set) var members: [Member] = []
  /// Position of each name, kept once there are more than `linear` members.
  private var index: NameIndex?
  /// Members up to which a search one by one is faster than hashing.
  static let linear = 12

  public init() {}

  /// An object of members with distinct names, and their index when there are more than `linear`.
  init(members: [Member], index: NameIndex?) {
    self.members = members
    self.index = index
  }

  /// An object of members with names known to be distinct.
  package init(distinct members: [Member]) {
    self.members = members
    if members.count > Self.linear { rebuildIndex() }
  }

  /// An object of members with names known to be distinct that is written rather than searched: names are looked for one by one.
  package init(written members: [Member]) { self.members = members }

  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }
  /// Names in order.
  public var keys: [String] { members.map(\.key) }
  /// Values in the order of their names.
  public var values: [JSONValue] { members.map(\.value) }

  public mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

  /// Where in `members` that name is.
  package func position(of name: String) -> Int? {
    if let index { return index.find(NameHash.of(name)) { sameBytes(members[$0].key, name) } }
    return members.firstIndex { sameBytes($0.key, name) }
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
        members.append(Member(key: name, value: newValue))
        indexLast()
      }
    }
  }

  /// Removes the member and answers its value, or nil when there was none. Later members move up.
  @discardableResult
  public mutating func removeValue(forKey name: String) -> JSONValue? {
    guard let position = position(of: name) else { return nil }
    let value = members.remove(at: position).value
    index = nil
    if members.count > Self.linear { rebuildIndex() }
    return value
  }

  private mutating func indexLast() {
    let count = members.count
    guard count > Self.linear else { return }
    if index?.isFull(with: count) ?? true {
      rebuildIndex()
    } else {
      index?.insert(NameHash.of(members[count - 1].key), count - 1)
    }
  }

  private mutating func rebuildIndex() {
    var built = NameIndex(capacity: members.count * 2)
    for (position, member) in members.enumerated() { built.insert(NameHash.of(member.key), position) }
    index = built
  }
}

extension JSONObject: Sequence {
  public struct Iterator: IteratorProtocol {
    fileprivate var members: Array<Member>.Iterator
    public mutating func next() -> (key: String, value: JSONValue)? { members.next().map { ($0.key, $0.value) } }
  }

  public func makeIterator() -> Iterator { Iterator(members: members.makeIterator()) }
  public var underestimatedCount: Int { members.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (name, value) in elements { self[name] = value }
  }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.count == right.count else { return false }
    for (one, other) in zip(left.members, right.members) {
      // Mostly the orders agree and nothing has to be searched for.
      let counterpart = sameBytes(one.key, other.key) ? other.value : right[one.key]
      guard counterpart == one.value else { return false }
    }
    return true
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
