import JSON

extension Value {
  /// The member of an object, undefined when it has none.
  @inline(__always)
  func member(_ name: String) -> Value {
    switch self {
    case .inputObject(let place): Self.member(name, of: place)
    case .object(let record): record[name]
    default: .undefined
    }
  }

  @inline(__always)
  static func member(_ name: String, of place: UnsafePointer<JSONValue>) -> Value {
    find(name, of: place).map { Value(at: $0) } ?? .undefined
  }

  /// Where the member of an object of the input is.
  @inline(__always)
  private static func find(_ name: String, of place: UnsafePointer<JSONValue>) -> UnsafePointer<JSONValue>? {
    let members = members(place)
    guard let base = members.baseAddress else { return nil }
    if members.count > 12 { return indexed(name, of: place, base) }
    for position in 0..<members.count where Text.same(base[position].key, name) { return value(base + position) }
    return nil
  }

  /// The same for a name that was last found at that position of another object, which objects of one kind often share.
  @inline(__always)
  static func find(_ name: borrowing FieldName, in members: InputMembers, of place: UnsafePointer<JSONValue>, hint: inout Int)
    -> UnsafePointer<JSONValue>?
  {
    guard let base = members.baseAddress else { return nil }
    if hint < members.count, name.isWordForWord(base + hint) { return value(base + hint) }
    if members.count > 12 { return indexed(name.text, of: place, base) }
    for position in 0..<members.count where name.isWordForWord(base + position) {
      hint = position
      return value(base + position)
    }
    return find(name.text, of: place)
  }

  @inline(never)
  private static func indexed(_ name: String, of place: UnsafePointer<JSONValue>, _ base: UnsafePointer<JSONObject.Member>)
    -> UnsafePointer<JSONValue>?
  {
    guard case .object(let object) = place.pointee, let position = object.position(of: name) else { return nil }
    return value(base + position)
  }

  @inline(__always)
  static func value(_ member: UnsafePointer<JSONObject.Member>) -> UnsafePointer<JSONValue> {
    let offset = MemoryLayout<JSONObject.Member>.offset(of: \.value).unsafelyUnwrapped
    return (UnsafeRawPointer(member) + offset).assumingMemoryBound(to: JSONValue.self)
  }

  var memberCount: Int {
    switch self {
    case .inputObject(let place): Self.members(place).count
    case .object(let record): record.count
    default: 0
    }
  }

  /// The members in JavaScript's order: names that are array indexes first, ascending, then the others as they were made.
  func forEachMember(_ body: (String, Value) throws -> Void) rethrows {
    let count = memberCount
    var indexes: [(UInt32, Int)] = []
    for position in 0..<count {
      if let index = Self.arrayIndex(memberName(position)) { indexes.append((index, position)) }
    }
    guard !indexes.isEmpty else {
      for position in 0..<count { try body(memberName(position), memberValue(position)) }
      return
    }
    indexes.sort { $0.0 < $1.0 }
    for (_, position) in indexes { try body(memberName(position), memberValue(position)) }
    for position in 0..<count where Self.arrayIndex(memberName(position)) == nil {
      try body(memberName(position), memberValue(position))
    }
  }

  private func memberName(_ position: Int) -> String {
    switch self {
    case .inputObject(let place): Self.members(place)[position].key
    case .object(let record): record.names.list[position]
    default: ""
    }
  }

  private func memberValue(_ position: Int) -> Value {
    switch self {
    case .inputObject(let place):
      Self.members(place).baseAddress.map { Value(at: Self.value($0 + position)) } ?? .undefined
    case .object(let record): record.values[position]
    default: .undefined
    }
  }

  /// The number, when the name is one that an array could have.
  private static func arrayIndex(_ name: String) -> UInt32? {
    guard let first = name.utf8.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9"), name.utf8.count <= 10,
      let index = UInt32(name), index != .max, first != UInt8(ascii: "0") || name.utf8.count == 1
    else { return nil }
    return index
  }
}
