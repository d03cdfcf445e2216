/// Samples of one series that are put together: from several files, or more coarsely.
struct MetricMerge {
  /// So many values of one second are kept as they are: no more than a sketch keeps exactly.
  static let most = ValueSketch.exactMost
  var plain = PlainColumn()
  var rich: [(second: UInt32, value: MetricAggregate)] = []

  mutating func removeAll() {
    plain.removeAll()
    rich.removeAll(keepingCapacity: true)
  }

  /// Brings all into the order of time, seconds that have much to one aggregate each.
  mutating func settle(_ resolution: Int64) {
    if resolution > 1 {
      let length = UInt32(clamping: resolution)
      for place in plain.seconds.indices { plain.seconds[place] -= plain.seconds[place] % length }
      for place in rich.indices { rich[place].second -= rich[place].second % length }
    }
    plain.sort()
    if !rich.isEmpty { joinRich() }
    if !rich.isEmpty || hasCrowds { fold() }
  }

  private mutating func joinRich() {
    rich.sort { $0.second < $1.second }
    var joined: [(second: UInt32, value: MetricAggregate)] = []
    for entry in rich {
      if joined.last?.second == entry.second { joined[joined.count - 1].value.merge(entry.value) } else { joined.append(entry) }
    }
    rich = joined
  }

  private var hasCrowds: Bool {
    let seconds = plain.seconds
    guard seconds.count > Self.most else { return false }
    return seconds.withUnsafeBufferPointer { seconds in
      for place in Self.most..<seconds.count where seconds[place] == seconds[place &- Self.most] { return true }
      return false
    }
  }

  /// Plain samples of a second that has an aggregate, or many samples, go to the aggregate.
  private mutating func fold() {
    var (kept, folded) = (PlainColumn(), [(second: UInt32, value: MetricAggregate)]())
    var (place, next) = (0, 0)
    while place < plain.seconds.count {
      let second = plain.seconds[place]
      var end = place + 1
      while end < plain.seconds.count, plain.seconds[end] == second { end += 1 }
      while next < rich.count, rich[next].second < second {
        folded.append(rich[next])
        next += 1
      }
      let hasRich = next < rich.count && rich[next].second == second
      if hasRich || end - place > Self.most {
        var aggregate = hasRich ? rich[next].value : MetricAggregate()
        if hasRich { next += 1 }
        for value in plain.values[place..<end] { aggregate.add(value) }
        folded.append((second, aggregate))
      } else {
        kept.seconds.append(contentsOf: plain.seconds[place..<end])
        kept.values.append(contentsOf: plain.values[place..<end])
      }
      place = end
    }
    folded.append(contentsOf: rich[next...])
    (plain, rich) = (kept, folded)
  }
}
