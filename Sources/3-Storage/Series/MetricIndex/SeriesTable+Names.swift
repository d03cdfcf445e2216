/// What series are called.
extension SeriesTable {
  private func row(_ entry: Entry) -> ArraySlice<UInt32> {
    rows[Int(entry.start)..<(Int(entry.start) + 4 + 2 * Int(entry.dimensions))]
  }

  func identity(_ number: UInt32) -> MetricSeries.Identity? {
    guard let entry = entry(number) else { return nil }
    let row = row(entry)
    let start = row.startIndex
    var dimensions: [Dimension] = []
    dimensions.reserveCapacity(Int(entry.dimensions))
    for place in stride(from: start + 4, to: row.endIndex, by: 2) {
      dimensions.append(Dimension(name: symbols.text(row[place]), value: symbols.text(row[place + 1])))
    }
    return MetricSeries.Identity(
      key: MetricKey(
        scope: symbols.text(row[start]), namespace: symbols.text(row[start + 1]), name: symbols.text(row[start + 2]), dimensions: dimensions
      ),
      unit: unit(number))
  }

  func unit(_ number: UInt32) -> String? {
    guard let entry = entry(number) else { return nil }
    let symbol = rows[Int(entry.start) + 3]
    return symbol == 0 ? nil : symbols.text(symbol)
  }

  /// The value's symbol of a dimension; nil when the series has none of that name.
  func value(_ number: UInt32, of name: UInt32) -> UInt32? {
    guard let entry = entry(number) else { return nil }
    var place = Int(entry.start) + 4
    for _ in 0..<entry.dimensions {
      if rows[place] == name { return rows[place + 1] }
      place += 2
    }
    return nil
  }

  /// Below, at or above 0, as keys are ordered; units do not count.
  func compare(_ left: UInt32, _ right: UInt32) -> Int {
    let (one, two) = (entries[Int(left)], entries[Int(right)])
    let (first, second) = (Int(one.start), Int(two.start))
    for place in 0..<3 {
      let order = symbols.compare(rows[first + place], rows[second + place])
      if order != 0 { return order }
    }
    let shared = 2 * min(Int(one.dimensions), Int(two.dimensions))
    for place in 4..<(4 + shared) {
      let order = symbols.compare(rows[first + place], rows[second + place])
      if order != 0 { return order }
    }
    return Int(one.dimensions) - Int(two.dimensions)
  }

  /// The same against a key that need not be one of a series.
  func compare(_ number: UInt32, _ key: MetricKey) -> Int {
    let entry = entries[Int(number)]
    var place = Int(entry.start)
    func order(_ text: String) -> Int {
      var text = text
      return text.withUTF8 { text in symbols.withBytes(rows[place]) { SymbolTable.compare($0, UnsafeRawBufferPointer(text)) } }
    }
    for text in [key.scope, key.namespace, key.name] {
      let found = order(text)
      if found != 0 { return found }
      place += 1
    }
    place += 1
    for dimension in key.dimensions.prefix(Int(entry.dimensions)) {
      for text in [dimension.name, dimension.value] {
        let found = order(text)
        if found != 0 { return found }
        place += 1
      }
    }
    return Int(entry.dimensions) - key.dimensions.count
  }

  /// Brings what came since the last call into the order of keys.
  mutating func sort() {
    if unsorted.isEmpty { return }
    let new = unsorted.sorted { compare($0, $1) < 0 }
    unsorted = []
    var merged: [UInt32] = []
    merged.reserveCapacity(sorted.count + new.count)
    var (left, right) = (0, 0)
    while left < sorted.count, right < new.count {
      if compare(new[right], sorted[left]) < 0 {
        merged.append(new[right])
        right += 1
      } else {
        merged.append(sorted[left])
        left += 1
      }
    }
    merged.append(contentsOf: sorted[left...])
    merged.append(contentsOf: new[right...])
    sorted = merged
  }
}

extension SeriesTable {
  func group(_ number: UInt32) -> Group {
    let start = Int(entries[Int(number)].start)
    return Group(scope: rows[start], namespace: rows[start + 1], name: rows[start + 2])
  }
}
