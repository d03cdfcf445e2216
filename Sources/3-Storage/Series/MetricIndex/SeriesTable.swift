/// All series: what they are called, by number, and how they are found.
///
/// Texts are symbols; a series is a row of these: scope, namespace, name, unit, then names and values of its dimensions. Number 0 is none.
struct SeriesTable: Sendable {
  struct Entry: Sendable {
    /// Where its row begins.
    var start: UInt32 = 0
    var dimensions: UInt16 = 0
    var exists = false
    /// A frame on disk gives its number.
    var isDefined = false
    /// It is in the catalogue.
    var isFiled = false
    /// The series of the same key and another unit that came before it; 0 for none.
    var sibling: UInt32 = 0
    /// Sorts series of one name side by side, the same in every opening.
    var group: UInt32 = 0
  }
  struct Group: Hashable, Sendable {
    var scope: UInt32
    var namespace: UInt32
    var name: UInt32
  }
  static let any = UInt32.max
  private static let leastRaw = 1 << 18
  var symbols = SymbolTable()
  private(set) var entries: [Entry] = [Entry()]
  private(set) var rows: [UInt32] = []
  /// The series of a key seen first, by the row without the unit.
  private var keys = HashedNumbers()
  /// Series by bytes that senders name them with.
  private var raw = HashedNumbers()
  /// The bytes that a series was last named with, by number, and the series found last: senders name theirs in the same order again and
  /// again, so that the next one is mostly the one to come, whose entry the processor has read ahead.
  private var names: [SecretHash] = []
  private var found: UInt32 = 0
  private(set) var groups: [Group: [UInt32]] = [:]
  /// Series that have a dimension of some value, or `any`.
  private(set) var postings: [UInt64: [UInt32]] = [:]
  /// First series of each key in the order of keys, and those that are to be sorted in.
  var sorted: [UInt32] = []
  var unsorted: [UInt32] = []
  private(set) var unfiled: [UInt32] = []
  private(set) var count = 0

  var next: UInt32 { UInt32(entries.count) }

  func entry(_ number: UInt32) -> Entry? {
    let place = Int(number)
    return place < entries.count && entries[place].exists ? entries[place] : nil
  }

  /// Whether a frame on disk gives the number of a series; nil for what is none. `mutating`, as `number(raw:)` is, so that nobody copies
  /// the table for it.
  @inline(__always)
  mutating func isDefined(_ number: UInt32) -> Bool? {
    let place = Int(number)
    return place < entries.count && entries[place].exists ? entries[place].isDefined : nil
  }

  /// What files are sorted by.
  func sortKey(_ number: UInt32) -> UInt64 {
    let place = Int(number)
    return UInt64(place < entries.count ? entries[place].group : 0) << 32 | UInt64(number)
  }

  static func posting(_ name: UInt32, _ value: UInt32) -> UInt64 { UInt64(name) << 32 | UInt64(value) }

  // MARK: Finding

  @inline(__always)
  mutating func number(raw hash: SecretHash) -> UInt32? {
    let next = Int(found) &+ 1
    if next < names.count, names[next] == hash {
      found = UInt32(truncatingIfNeeded: next)
      return found
    }
    guard let number = raw[hash] else { return nil }
    found = number
    return number
  }

  /// The series of a key, one for each unit, in the order they came.
  func numbers(of key: MetricKey) -> [UInt32] {
    var row: [UInt32] = []
    row.reserveCapacity(3 + 2 * key.dimensions.count)
    for text in [key.scope, key.namespace, key.name] {
      guard let symbol = symbols.find(text) else { return [] }
      row.append(symbol)
    }
    for dimension in key.dimensions {
      guard let name = symbols.find(dimension.name), let value = symbols.find(dimension.value) else { return [] }
      row.append(name)
      row.append(value)
    }
    guard let first = row.withUnsafeBytes({ keys[SecretHash($0, space: 1)] }) else { return [] }
    return siblings(first)
  }

  func siblings(_ first: UInt32) -> [UInt32] {
    var (found, number) = ([first], entries[Int(first)].sibling)
    while number != 0 {
      found.append(number)
      number = entries[Int(number)].sibling
    }
    return found
  }

  // MARK: Adding

  /// The number of a series, a new one when it is not known.
  mutating func intern(_ key: MetricKey, unit: String?) -> UInt32 {
    var row: [UInt32] = [symbols.intern(key.scope), symbols.intern(key.namespace), symbols.intern(key.name)]
    for dimension in key.dimensions {
      row.append(symbols.intern(dimension.name))
      row.append(symbols.intern(dimension.value))
    }
    return intern(row, unit: symbols.intern(unit ?? ""), number: nil) ?? 0
  }

  /// Gives a series the number that a file tells. No effect when it has one.
  mutating func define(_ number: UInt32, _ identity: MetricSeries.Identity) {
    guard entry(number) == nil, number > 0 else { return }
    var row: [UInt32] = [symbols.intern(identity.key.scope), symbols.intern(identity.key.namespace), symbols.intern(identity.key.name)]
    for dimension in identity.key.dimensions {
      row.append(symbols.intern(dimension.name))
      row.append(symbols.intern(dimension.value))
    }
    _ = intern(row, unit: symbols.intern(identity.unit ?? ""), number: number)
  }

  /// Numbers below were given to series once.
  mutating func raise(next: UInt32) {
    while entries.count < Int(next) { entries.append(Entry()) }
  }

  private mutating func intern(_ row: [UInt32], unit: UInt32, number wanted: UInt32?) -> UInt32? {
    let hash = row.withUnsafeBytes { SecretHash($0, space: 1) }
    let first = keys[hash]
    var last = first
    while let known = last {
      if rows[Int(entries[Int(known)].start) + 3] == unit { return known }
      if entries[Int(known)].sibling == 0 { break }
      last = entries[Int(known)].sibling
    }
    let number = wanted ?? next
    raise(next: number + 1)
    let group = Group(scope: row[0], namespace: row[1], name: row[2])
    entries[Int(number)] = Entry(
      start: UInt32(rows.count), dimensions: UInt16(clamping: (row.count - 3) / 2), exists: true, group: groupSum(group))
    rows.append(contentsOf: [row[0], row[1], row[2], unit])
    rows.append(contentsOf: row[3...])
    count += 1
    unfiled.append(number)
    if let last { entries[Int(last)].sibling = number } else { add(key: row, hash, group, number) }
    return number
  }

  private mutating func add(key row: [UInt32], _ hash: SecretHash, _ group: Group, _ number: UInt32) {
    keys.insert(hash, number)
    unsorted.append(number)
    groups[group, default: []].append(number)
    for place in stride(from: 3, to: row.count - 1, by: 2) {
      postings[Self.posting(row[place], row[place + 1]), default: []].append(number)
      postings[Self.posting(row[place], Self.any), default: []].append(number)
    }
  }

  private func groupSum(_ group: Group) -> UInt32 {
    var bytes: [UInt8] = []
    for symbol in [group.scope, group.namespace, group.name] {
      symbols.withBytes(symbol) { bytes.append(contentsOf: $0) }
      bytes.append(0)
    }
    return bytes.withUnsafeBytes { Checksum.crc32c($0) }
  }

  /// Remembers what a sender calls a series. Bounded: forgotten when there are far more names than series.
  mutating func remember(raw hash: SecretHash, _ number: UInt32) {
    if raw.count > max(Self.leastRaw, 4 * count) { raw.removeAll() }
    if raw[hash] == nil { raw.insert(hash, number) }
    if Int(number) >= names.count {
      names.append(contentsOf: repeatElement(.none, count: Int(number) + 1 - names.count + names.count / 4))
    }
    names[Int(number)] = hash
  }

  mutating func setDefined(_ number: UInt32) { entries[Int(number)].isDefined = true }

  /// The file has all series up to now that were not in it.
  mutating func setFiled(_ numbers: [UInt32]) {
    for number in numbers { entries[Int(number)].isFiled = true }
    unfiled.removeAll { entries[Int($0)].isFiled }
  }
}
