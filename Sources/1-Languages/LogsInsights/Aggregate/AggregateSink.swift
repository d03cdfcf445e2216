/// `stats`: groups events and keeps for each group what its aggregates need.
final class AggregateSink: Sink {
  struct Plan {
    var keys: [Node]
    var aggregates: [Aggregate]
    /// Computes the results of a group, over slots that hold the keys and then the aggregates.
    var results: [(slot: Int, node: Node)]
    /// Slots of the columns of the rows.
    var columns: [Int]
    var slots: Int
  }

  private let plan: Plan
  private let limits: QueryLimits
  @exclusivity(unchecked) private var table = GroupTable()
  @exclusivity(unchecked) private var numbers: [Double] = []
  @exclusivity(unchecked) private var objects: [AnyObject] = []
  @exclusivity(unchecked) private var memory = 0
  @exclusivity(unchecked) private var scratch: [UInt8] = []
  private let numberCount: Int
  private let objectCount: Int
  private let regexes: [Regex]

  init(_ plan: Plan, _ limits: QueryLimits, _ regexes: [Regex]) {
    self.plan = plan
    self.limits = limits
    self.regexes = regexes
    numberCount = plan.aggregates.reduce(0) { $0 + $1.numbers }
    objectCount = plan.aggregates.reduce(0) { $0 + ($1.hasObject ? 1 : 0) }
    super.init()
    if plan.keys.isEmpty { _ = group() }
  }

  /// The number of the group that `scratch` is the key of.
  private func group() -> Int {
    let before = table.count
    let number = table.index(scratch)
    if number == before { makeGroup() }
    return number
  }

  private func makeGroup() {
    for aggregate in plan.aggregates {
      switch aggregate.function {
      case .minimum: numbers += [.infinity, 0]
      case .maximum: numbers += [-.infinity, 0]
      default: for _ in 0..<aggregate.numbers { numbers.append(0) }
      }
      if let object = aggregate.makeObject() { objects.append(object) }
    }
    memory += scratch.count + 48 + numberCount * 8 + objectCount * 160
    if table.count > limits.groups {
      failure = QueryLimitError("stats makes more than \(limits.groups) groups: group by fields with fewer values")
    } else if memory > limits.memory {
      failure = QueryLimitError("The groups of stats need more than \(limits.memory >> 20) MB: group by fields with fewer values")
    }
  }

  override func add(_ frame: Frame) {
    var number = 0
    if !plan.keys.isEmpty {
      scratch.removeAll(keepingCapacity: true)
      for key in plan.keys { ValueCoder.append(key.value(frame), to: &scratch) }
      number = group()
    }
    var place = number * numberCount
    var object = number * objectCount
    for aggregate in plan.aggregates {
      update(aggregate, frame, place, object)
      place += aggregate.numbers
      if aggregate.hasObject { object += 1 }
    }
  }

  @inline(__always)
  private func update(_ aggregate: Aggregate, _ frame: Frame, _ place: Int, _ object: Int) {
    if aggregate.function == .countAll {
      numbers[place] += frame.weight
      return
    }
    let value = aggregate.argument.value(frame)
    if value.isMissing { return }
    switch aggregate.function {
    case .countAll, .count: numbers[place] += frame.weight
    case .sum, .average:
      guard let number = value.number else { return }
      numbers[place] += number * frame.weight
      numbers[place + 1] += frame.weight
    case .deviation:
      guard let number = value.number else { return }
      // Welford's method.
      numbers[place] += 1
      let delta = number - numbers[place + 1]
      numbers[place + 1] += delta / numbers[place]
      numbers[place + 2] += delta * (number - numbers[place + 1])
    case .minimum, .maximum: extreme(aggregate.function == .minimum, value, frame, place, object)
    case .percentile:
      guard let number = value.number, let sketch = objects[object] as? QuantileSketch else { return }
      sketch.add(number)
    case .distinct: distinct(value, object)
    case .earliest, .latest, .sortsFirst, .sortsLast: keep(aggregate.function, value, frame.timestamp, object)
    }
  }

  private func distinct(_ value: Value, _ object: Int) {
    guard let counter = objects[object] as? DistinctCounter else { return }
    if case .text(let text) = value {
      counter.add(ValueCoder.hash(text.start, text.count))
    } else {
      var bytes: [UInt8] = []
      Formatter.append(value, to: &bytes)
      bytes.withUnsafeBufferPointer { counter.add(ValueCoder.hash($0.baseAddress ?? Text.empty.start, $0.count)) }
    }
  }

  /// Numbers, if there are any, beat texts, which are compared as such.
  private func extreme(_ isMinimum: Bool, _ value: Value, _ frame: Frame, _ place: Int, _ object: Int) {
    if let number = value.number {
      numbers[place] = isMinimum ? min(numbers[place], number) : max(numbers[place], number)
      if case .time = value { numbers[place + 1] = 2 } else { numbers[place + 1] = 1 }
    } else if numbers[place + 1] == 0, let kept = objects[object] as? KeptValue {
      let order = kept.isSet ? kept.with { Order.natural(value, $0) } : 0
      if !kept.isSet || (isMinimum ? order < 0 : order > 0) { kept.set(value, 0) }
    }
  }

  private func keep(_ function: Aggregate.Function, _ value: Value, _ time: Int64, _ object: Int) {
    guard let kept = objects[object] as? KeptValue else { return }
    let isBetter =
      !kept.isSet
      || {
        switch function {
        case .earliest: time < kept.time
        case .latest: time >= kept.time
        case .sortsFirst: kept.with { Order.compare(value, $0) } < 0
        default: kept.with { Order.compare(value, $0) } > 0
        }
      }()
    if isBetter { kept.set(value, time) }
  }

  /// Whether only times decide: events are counted, in periods of one length or in all.
  private(set) lazy var countsRuns: Bool =
    plan.aggregates.allSatisfy { $0.function == .countAll } && plan.keys.count <= 1
    && plan.keys.allSatisfy { ($0 as? BinNode).map { $0.fixed > 0 && $0.source == nil } ?? false }

  /// Counts events by their times alone; those of one period that follow each other at once.
  func count(_ times: UnsafeBufferPointer<Int64>, _ range: Range<Int>, _ frame: Frame) {
    let length = plan.keys.isEmpty ? 0 : (plan.keys[0] as? BinNode)?.fixed ?? 0
    var start = range.lowerBound
    while start < range.upperBound, failure == nil {
      frame.timestamp = times[start]
      let low = length == 0 ? Int64.min : times[start] < 0 ? times[start] : times[start] - times[start] % length
      let high = length == 0 ? Int64.max : times[start] < 0 ? times[start] : low &+ (length - 1)
      var end = start + 1
      while end < range.upperBound, times[end] >= low, times[end] <= high { end &+= 1 }
      add(frame)
      let place = (plan.keys.isEmpty ? 0 : group()) * numberCount
      for offset in 0..<numberCount { numbers[place + offset] += Double(end - start - 1) }
      start = end
    }
  }

  override func merge(_ other: Sink) {
    guard let other = other as? AggregateSink else { return }
    if let failure = other.failure { self.failure = failure }
    other.table.forEach { number, key, length in
      scratch = Array(UnsafeBufferPointer(start: key, count: length))
      let mine = group()
      var offset = 0
      var objectOffset = 0
      for aggregate in plan.aggregates {
        let from = number * numberCount + offset
        let to = mine * numberCount + offset
        let object = aggregate.hasObject ? other.objects[number * objectCount + objectOffset] : nil
        merge(aggregate.function, other.numbers, from, to, object, mine * objectCount + objectOffset)
        offset += aggregate.numbers
        if aggregate.hasObject { objectOffset += 1 }
      }
    }
  }

  private func merge(_ function: Aggregate.Function, _ theirs: [Double], _ from: Int, _ to: Int, _ object: AnyObject?, _ mine: Int) {
    switch function {
    case .countAll, .count: numbers[to] += theirs[from]
    case .sum, .average:
      numbers[to] += theirs[from]
      numbers[to + 1] += theirs[from + 1]
    case .deviation:
      let count = numbers[to] + theirs[from]
      guard count > 0 else { return }
      let delta = theirs[from + 1] - numbers[to + 1]
      numbers[to + 2] += theirs[from + 2] + delta * delta * numbers[to] * theirs[from] / count
      numbers[to + 1] += delta * theirs[from] / count
      numbers[to] = count
    case .minimum, .maximum:
      let isMinimum = function == .minimum
      numbers[to] = isMinimum ? min(numbers[to], theirs[from]) : max(numbers[to], theirs[from])
      numbers[to + 1] = max(numbers[to + 1], theirs[from + 1])
      guard let theirs = object as? KeptValue, theirs.isSet, let kept = objects[mine] as? KeptValue else { return }
      let order = kept.isSet ? theirs.with { value in kept.with { Order.natural(value, $0) } } : 0
      if !kept.isSet || (isMinimum ? order < 0 : order > 0) { kept.set(theirs) }
    case .percentile: if let object = object as? QuantileSketch { (objects[mine] as? QuantileSketch)?.merge(object) }
    case .distinct: if let object = object as? DistinctCounter { (objects[mine] as? DistinctCounter)?.merge(object) }
    case .earliest, .latest, .sortsFirst, .sortsLast:
      guard let object = object as? KeptValue, object.isSet else { return }
      object.with { keep(function, $0, object.time, mine) }
    }
  }

  override func rows() -> RowSet {
    var rows = RowSet()
    let frame = Frame(slots: plan.slots, extractor: nil, regexes: regexes)
    table.forEach { number, key, _ in
      frame.begin()
      var place = key
      for slot in plan.keys.indices { frame.slots[slot] = ValueCoder.read(&place) }
      var offset = number * numberCount
      var object = number * objectCount
      for (position, aggregate) in plan.aggregates.enumerated() {
        frame.slots[plan.keys.count + position] = result(aggregate, offset, object, frame)
        offset += aggregate.numbers
        if aggregate.hasObject { object += 1 }
      }
      for result in plan.results { frame.slots[result.slot] = result.node.value(frame) }
      let start = rows.bytes.count
      for column in plan.columns { ValueCoder.append(frame.slots[column], to: &rows.bytes) }
      rows.entries.append(RowSet.Entry(offset: start, length: rows.bytes.count - start, time: 0, location: 0))
    }
    return rows
  }

  private func result(_ aggregate: Aggregate, _ place: Int, _ object: Int, _ frame: Frame) -> Value {
    switch aggregate.function {
    case .countAll, .count: return .number(numbers[place])
    case .sum: return numbers[place + 1] > 0 ? .number(numbers[place]) : .missing
    case .average: return numbers[place + 1] > 0 ? .number(numbers[place] / numbers[place + 1]) : .missing
    case .deviation: return numbers[place] > 0 ? .number((numbers[place + 2] / numbers[place]).squareRoot()) : .missing
    case .minimum, .maximum:
      if numbers[place + 1] == 2, let time = Int64(exactly: numbers[place]) { return .time(time) }
      return numbers[place + 1] > 0 ? .number(numbers[place]) : kept(object, frame)
    case .percentile(let percent): return (objects[object] as? QuantileSketch)?.percentile(percent).map { .number($0) } ?? .missing
    case .distinct: return .number(Double((objects[object] as? DistinctCounter)?.count ?? 0))
    case .earliest, .latest, .sortsFirst, .sortsLast: return kept(object, frame)
    }
  }

  private func kept(_ object: Int, _ frame: Frame) -> Value {
    guard let kept = objects[object] as? KeptValue, kept.isSet else { return .missing }
    let text = frame.arena.copy(kept.bytes)
    var place = text.start
    return ValueCoder.read(&place)
  }
}
