import Synchronization

/// Plain samples of series by number, to be stored together: the way for many.
package struct MetricBatch: Sendable {
  var frame = MetricFrame()
  package var count: Int { frame.numbers.count }
  package var isEmpty: Bool { frame.isEmpty }
}

/// Puts a batch together. Senders name a series by bytes of their own, which are read once only; afterwards the same bytes lead to it.
package struct MetricCollector {
  private let engine: MetricEngine
  private let table: UnsafeMutablePointer<SeriesTable>
  private(set) var frame = MetricFrame()
  /// Places of `defined`, for batches with many new series.
  private var told: Set<UInt32> = []

  fileprivate init(_ engine: MetricEngine, _ table: UnsafeMutablePointer<SeriesTable>, _ count: Int) {
    (self.engine, self.table) = (engine, table)
    frame.numbers.reserveCapacity(count)
    frame.seconds.reserveCapacity(count)
    frame.values.reserveCapacity(count)
  }

  /// Keeps apart what senders of different scopes call their series.
  package static func space(_ scope: String) -> UInt64 {
    var scope = scope
    return scope.withUTF8 { SecretHash(UnsafeRawBufferPointer($0), space: 3).low | 16 }
  }

  /// The series that the bytes were said to name.
  ///
  /// - Parameter space: keeps apart senders that give the same bytes another meaning. Must not be below 16.
  @inline(__always)
  package func find(_ bytes: UnsafeRawBufferPointer, space: UInt64) -> MetricHandle? {
    table.pointee.number(raw: SecretHash(bytes, space: space)).map { MetricHandle(number: $0) }
  }

  /// Says which series the bytes name. Throws when there are too many series.
  package mutating func define(
    _ bytes: UnsafeRawBufferPointer, space: UInt64, key: MetricKey, unit: String?
  ) throws(SeriesFault) -> MetricHandle {
    if key.dimensions.count > 1_000 { throw SeriesFault("A series of \(key.name) has more than 1,000 dimensions.") }
    return MetricHandle(number: try engine.define(key, unit, SecretHash(bytes, space: space), &table.pointee))
  }

  /// Adds a sample. Answers false, and adds none, when the value is no finite number, or the time before 1970 or after 2105.
  ///
  /// - Parameter second: since 1970.
  @inline(__always)
  package mutating func add(_ handle: MetricHandle, second: Int64, value: Double) -> Bool {
    guard value.isFinite, second >= 0, second <= MetricTime.last, let isDefined = table.pointee.isDefined(handle.number) else {
      return false
    }
    if !isDefined { tell(handle.number) }
    frame.add(handle.number, UInt32(truncatingIfNeeded: second), value)
    return true
  }

  private mutating func tell(_ number: UInt32) {
    guard told.insert(number).inserted, let identity = table.pointee.identity(number) else { return }
    frame.defined.append((number, identity))
  }
}

extension MetricEngine {
  /// Puts samples together, under the lock of the series' names: what is done inside should be short. Nothing is stored yet.
  ///
  /// - Parameter expected: about how many samples will come.
  package func collect<Failure: Error>(
    expected: Int, _ body: (inout MetricCollector) throws(Failure) -> Void
  ) throws(Failure) -> MetricBatch {
    let result = table.withLock { table -> Result<MetricBatch, Failure> in
      withUnsafeMutablePointer(to: &table) { table in
        var collector = MetricCollector(self, table, min(max(expected, 0), 1 << 20))
        do throws(Failure) { try body(&collector) } catch { return .failure(error) }
        return .success(MetricBatch(frame: collector.frame))
      }
    }
    return try result.get()
  }

  /// Stores a batch; on disk when it returns.
  ///
  /// - Parameter unique: leaves out what was just stored, for senders that repeat requests: same series, second and value.
  package func append(_ batch: MetricBatch, unique: Bool = false) async throws(SeriesFault) {
    try await store(unique ? fresh(batch.frame) : batch.frame)
  }

  /// Without what is repeated. Only samples that are not later than all before them are looked into.
  private func fresh(_ frame: MetricFrame) -> MetricFrame {
    state.withLock { state in
      var repeated: Set<Int> = []
      for place in frame.numbers.indices {
        let (number, second) = (frame.numbers[place], frame.seconds[place])
        guard Int(number) < state.seen.count, second <= state.seen[Int(number)].last else { continue }
        let heads = [state.head, state.moving.last?.head].compactMap { $0 }
        if heads.contains(where: { $0.has(number, second, frame.values[place]) }) { repeated.insert(place) }
      }
      if repeated.isEmpty { return frame }
      var kept = frame
      let places = frame.numbers.indices.filter { !repeated.contains($0) }
      (kept.numbers, kept.seconds, kept.values) = (
        places.map { frame.numbers[$0] }, places.map { frame.seconds[$0] }, places.map { frame.values[$0] }
      )
      return kept
    }
  }
}
