import JSON

/// The order in which a Java hash map or set walks its entries. AWS's output shows it in computed payloads, in
/// `States.JsonMerge` and in `States.ArrayUnique`, and texts of whole documents are compared by people and tests.
enum JavaOrder {
  /// Positions of the names in the order of a `HashMap` they were put into one by one.
  static func order(_ names: [String]) -> [Int] {
    names.count < 2 ? Array(names.indices) : order(names.map(hash), table: 16)
  }

  /// Positions of the hashes in the order of a table that had the given size when empty.
  static func order(_ hashes: [Int32], table: Int) -> [Int] {
    var size = table
    while hashes.count * 4 > size * 3 { size *= 2 }
    let mask = UInt32(truncatingIfNeeded: size - 1)
    func bucket(_ position: Int) -> UInt32 {
      let hash = UInt32(bitPattern: hashes[position])
      return (hash ^ (hash >> 16)) & mask
    }
    let buckets = hashes.indices.map(bucket)
    // Ties keep the order of insertion.
    return hashes.indices.sorted { (buckets[$0], $0) < (buckets[$1], $1) }
  }

  /// The table a map or set gets that is made for that many entries.
  static func table(holding count: Int) -> Int {
    let wanted = Int(Double(count) / 0.75 + 1)
    var size = 1
    while size < wanted { size *= 2 }
    return size
  }

  static func hash(_ text: String) -> Int32 {
    var hash: Int32 = 0
    for unit in text.utf16 { hash = hash &* 31 &+ Int32(unit) }
    return hash
  }

  static func hash(_ value: JSONValue) -> Int32 {
    switch value {
    case .null: return 0
    case .bool(let flag): return flag ? 1231 : 1237
    case .int(let number):
      return Int32(exactly: number) ?? Int32(truncatingIfNeeded: number ^ (number >> 32))
    case .double(let number):
      let bits = Int64(bitPattern: number.bitPattern)
      return Int32(truncatingIfNeeded: bits ^ Int64(bitPattern: UInt64(bitPattern: bits) >> 32))
    case .bigInteger(let digits): return hash(digits)
    case .string(let text): return hash(text)
    case .array(let elements): return elements.reduce(1) { $0 &* 31 &+ hash($1) }
    case .object(let object): return object.reduce(0) { $0 &+ (hash($1.key) ^ hash($1.value)) }
    }
  }
}
