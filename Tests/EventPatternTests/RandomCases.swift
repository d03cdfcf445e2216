import JSON

/// Patterns and events that repeat with the seed, from few names and values so that they often meet.
struct RandomCases {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
  }

  mutating func pick<Item>(_ items: [Item]) -> Item { items[next(items.count)] }

  private mutating func name() -> String { pick(["a", "b", "c", "b", "a", "a.b", "longer-name-than-eight"]) }
  private mutating func text() -> String {
    pick(["", "x", "X", "xy", "xYz", "y", "xyx", "yxy", "x*y", "10.0.0.1", "10.1.2.3", "é", "É", "a long text of many bytes", "1"])
  }
  private mutating func number() -> JSONValue { pick([0, 1, -1, 2, 2.5, -0.25, 1000, 0.5]) }

  private mutating func scalar() -> JSONValue {
    switch next(8) {
    case 0: .null
    case 1: .bool(next(2) == 0)
    case 2, 3: number()
    default: .string(text())
    }
  }

  mutating func event(depth: Int = 0) -> JSONValue {
    var object = JSONObject()
    for _ in 0..<(1 + next(6)) { object[name()] = value(depth) }
    return .object(object)
  }

  private mutating func value(_ depth: Int) -> JSONValue {
    switch next(depth > 2 ? 3 : 8) {
    case 3, 4: return event(depth: depth + 1)
    case 5, 6:
      var elements: [JSONValue] = []
      for _ in 0..<next(4) { elements.append(value(depth + 1)) }
      return .array(elements)
    default: return scalar()
    }
  }

  mutating func pattern(depth: Int = 0) -> JSONValue {
    var object = JSONObject()
    for _ in 0...next(2) {
      let name = name()
      object[name] = depth < 2 && next(3) == 0 ? pattern(depth: depth + 1) : tests()
    }
    if next(6) == 0 {
      var branches: [JSONValue] = []
      for _ in 0...(1 + next(2)) { branches.append(pattern(depth: depth + 2)) }
      object["$or"] = .array(branches)
    }
    return .object(object)
  }

  private mutating func tests() -> JSONValue {
    var tests: [JSONValue] = []
    for _ in 0...(next(3) == 0 ? next(3) : 0) { tests.append(test()) }
    return .array(tests)
  }

  private mutating func test() -> JSONValue {
    switch next(13) {
    case 0: ["exists": .bool(next(2) == 0)]
    case 1: ["prefix": .string(text())]
    case 2: ["suffix": .string(text())]
    case 3: ["equals-ignore-case": .string(text())]
    case 4: [pick(["prefix", "suffix"]): ["equals-ignore-case": .string(text())]]
    case 5: ["numeric": range()]
    case 6: ["anything-but": next(2) == 0 ? .string(text()) : .array([number(), number()])]
    case 7: ["anything-but": [pick(["prefix", "suffix"]): .array([.string("x"), .string(pick(["y", "xy", "10."]))])]]
    case 8: ["anything-but": ["equals-ignore-case": .array([.string(text()), .string("Xy")])]]
    case 9: [pick(["wildcard"]): .string(wildcard())]
    case 10: ["anything-but": ["wildcard": .array([.string(wildcard())])]]
    case 11: ["cidr": .string(pick(["10.0.0.0/24", "10.1.2.3/8", "0.0.0.0/0"]))]
    default: scalar()
    }
  }

  private mutating func wildcard() -> String { pick(["*", "x*", "*y", "x*x", "*y*", "x\\*y", "", "a long*bytes", "*many*", "10.*"]) }

  private mutating func range() -> JSONValue {
    switch next(4) {
    case 0: [.string(pick(["=", "<", "<=", ">", ">="])), number()]
    case 1: [">", -1, "<=", 2]
    case 2: [">=", 0, "<", 2.5]
    default: [">", 0.25, "<", 1000]
    }
  }
}
