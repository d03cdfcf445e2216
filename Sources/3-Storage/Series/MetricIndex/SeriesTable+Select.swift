/// Finding series by what they have, starting from the shortest list that holds all of them.
extension SeriesTable {
  /// A selection with its texts as symbols.
  struct Wanted {
    var scope: UInt32
    var namespace: UInt32?
    var name: UInt32?
    var dimensions: [(name: UInt32, value: UInt32?)]
    var isExact: Bool
  }

  /// Nil when a text of it is in no series, so that nothing fits.
  func wanted(_ selection: MetricSelection) -> Wanted? {
    guard let scope = symbols.find(selection.scope) else { return nil }
    var wanted = Wanted(scope: scope, dimensions: [], isExact: selection.isExact)
    if let namespace = selection.namespace {
      guard let symbol = symbols.find(namespace) else { return nil }
      wanted.namespace = symbol
    }
    if let name = selection.name {
      guard let symbol = symbols.find(name) else { return nil }
      wanted.name = symbol
    }
    for filter in selection.dimensions {
      guard let name = symbols.find(filter.name) else { return nil }
      var value: UInt32?
      if let text = filter.value {
        guard let symbol = symbols.find(text) else { return nil }
        value = symbol
      }
      wanted.dimensions.append((name, value))
    }
    return wanted
  }

  /// The shortest list that holds all that can fit: the first series of each key.
  func candidates(_ wanted: Wanted) -> [UInt32] {
    var best: [UInt32]?
    func consider(_ list: [UInt32]) { if best.map({ list.count < $0.count }) ?? true { best = list } }
    for filter in wanted.dimensions { consider(postings[Self.posting(filter.name, filter.value ?? Self.any)] ?? []) }
    if let namespace = wanted.namespace, let name = wanted.name {
      consider(groups[Group(scope: wanted.scope, namespace: namespace, name: name)] ?? [])
    } else if wanted.namespace != nil || wanted.name != nil, (best?.count ?? .max) > groups.count {
      let fitting = groups.filter { group, _ in
        group.scope == wanted.scope && (wanted.namespace ?? group.namespace) == group.namespace && (wanted.name ?? group.name) == group.name
      }
      if fitting.values.reduce(0, { $0 + $1.count }) < best?.count ?? .max { best = fitting.values.flatMap { $0 } }
    }
    return best ?? groups.filter { $0.key.scope == wanted.scope }.values.flatMap { $0 }
  }

  func fits(_ number: UInt32, _ wanted: Wanted) -> Bool {
    let entry = entries[Int(number)]
    let start = Int(entry.start)
    guard entry.exists, rows[start] == wanted.scope, !wanted.isExact || Int(entry.dimensions) == wanted.dimensions.count else {
      return false
    }
    if let namespace = wanted.namespace, rows[start + 1] != namespace { return false }
    if let name = wanted.name, rows[start + 2] != name { return false }
    return wanted.dimensions.allSatisfy { filter in
      guard let value = value(number, of: filter.name) else { return false }
      return filter.value == nil || filter.value == value
    }
  }
}
