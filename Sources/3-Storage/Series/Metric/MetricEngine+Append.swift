import Dispatch
import Synchronization
import Time

extension MetricEngine {
  /// Stores samples, old ones too; on disk when it returns. Throws when they could not be stored, or one is no finite number or of a time
  /// before 1970 or after 2105: then none is stored.
  package func append(_ samples: [MetricSample]) async throws(SeriesFault) {
    if samples.isEmpty { return }
    for sample in samples { try Self.check(sample) }
    let filled = table.withLock { table -> Result<MetricFrame, SeriesFault> in
      do throws(SeriesFault) { return .success(try frame(samples, &table)) } catch { return .failure(error) }
    }
    try await store(try filled.get())
  }

  private static func check(_ sample: MetricSample) throws(SeriesFault) {
    let isGood =
      switch sample.data {
      case .value(let value): value.isFinite
      case .values(let values): values.allSatisfy { $0.0.isFinite && $0.1.isFinite && $0.1 > 0 && ($0.0 * $0.1).isFinite }
      case .statisticSet(let count, let sum, let min, let max):
        count.isFinite && count > 0 && sum.isFinite && min.isFinite && max.isFinite && min <= max
      }
    if !isGood {
      throw SeriesFault("A sample of \(sample.key.namespace) \(sample.key.name) is no finite number or its count is not above 0.")
    }
    guard (0...MetricTime.last).contains(sample.at.seconds) else {
      throw SeriesFault("A sample of \(sample.key.namespace) \(sample.key.name) is of a time before 1970 or after 2105.")
    }
    if sample.key.dimensions.count > 1_000 { throw SeriesFault("A sample of \(sample.key.name) has more than 1,000 dimensions.") }
  }

  private func frame(_ samples: [MetricSample], _ table: inout SeriesTable) throws(SeriesFault) -> MetricFrame {
    var frame = MetricFrame()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    for sample in samples {
      bytes.removeAll(keepingCapacity: true)
      bytes.put(sample.key, unit: sample.unit)
      let hash = bytes.withUnsafeBytes { SecretHash($0, space: 2) }
      let number: UInt32
      if let known = table.number(raw: hash) {
        number = known
      } else {
        number = try define(sample.key, sample.unit, hash, &table)
      }
      if table.isDefined(number) == false { frame.define(number, table) }
      let second = UInt32(clamping: sample.resolution == 1 ? sample.at.seconds : MetricTime.floor(sample.at.seconds, 60))
      frame.add(number, second, sample.data)
    }
    return frame
  }

  func define(_ key: MetricKey, _ unit: String?, _ hash: SecretHash, _ table: inout SeriesTable) throws(SeriesFault) -> UInt32 {
    guard table.count < limits.series, table.symbols.size < SymbolTable.most else {
      throw SeriesFault("There are \(table.count) metric series: no more can be stored.")
    }
    let number = table.intern(key, unit: unit)
    table.remember(raw: hash, number)
    return number
  }

  /// Writes the samples to the journal and takes them to memory.
  func store(_ frame: MetricFrame) async throws(SeriesFault) {
    if frame.isEmpty { return }
    try checkBacklog()
    let buffer = frame.buffer()
    let result: Result<Journal.Place, SeriesFault> = await withCheckedContinuation { continuation in
      journal.append(buffer) { result in
        if case .success = result { self.stored(frame) }
        continuation.resume(returning: result)
      }
    }
    _ = try result.get()
  }

  /// Full journals that wait to be moved, at most: above it nothing more is taken, for memory is bounded.
  private static let backlog = 6

  /// Throws while what is stored can not be moved on; tries it again.
  private func checkBacklog() throws(SeriesFault) {
    let fault = state.withLock { state -> SeriesFault? in
      guard state.moving.count > Self.backlog, let fault = state.fault else { return nil }
      if !state.isRetrying {
        state.isRetrying = true
        journal.mover.async {
          self.attempt()
          self.state.withLock { $0.isRetrying = false }
        }
      }
      return fault
    }
    if let fault { throw SeriesFault("No samples are taken while those before can not be moved: \(fault.message)") }
  }

  /// On the writer, in the order of the journal.
  private func stored(_ frame: MetricFrame) {
    if !frame.defined.isEmpty {
      table.withLock { table in
        for (number, _) in frame.defined { table.setDefined(number) }
      }
    }
    state.withLock { state in
      do throws(SeriesFault) { try Self.add(frame, to: state.head, &state) } catch { state.damage = error }
    }
  }
}

extension MetricFrame {
  /// Until the first frame that tells its number is on disk every frame tells it.
  mutating func define(_ number: UInt32, _ table: borrowing SeriesTable) {
    if defined.contains(where: { $0.number == number }) { return }
    if let identity = table.identity(number) { defined.append((number, identity)) }
  }

  mutating func add(_ number: UInt32, _ second: UInt32, _ data: MetricSample.Data) {
    switch data {
    case .value(let value): add(number, second, value)
    case .values(let values):
      for (value, count) in values {
        if count == 1 {
          add(number, second, value)
        } else {
          rich.append((number, MetricPoint(second: second, value: value + 0, count: count)))
        }
      }
    case .statisticSet(let count, let sum, let min, let max):
      if count == 1, min == max, sum == min {
        add(number, second, sum)
      } else {
        rich.append((number, MetricPoint(second: second, count: count, sum: sum, min: min, max: max)))
      }
    }
  }
}
