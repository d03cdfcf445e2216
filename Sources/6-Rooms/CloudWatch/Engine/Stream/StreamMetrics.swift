import FoundationEssentials
import JSON
import MetricMath
import Series
import ServiceKit
import Store
import Synchronization
import Time

/// Hands the minutes that have passed to a stream's target, a minute after their end so that late samples are in.
///
/// How far it has come is stored with the batches it made, so that nothing is left out or made twice. While too many of them wait, it
/// waits as well: what was measured stays in the store.
struct StreamMetrics: Worker {
  static let queue = "cloudwatch.stream"
  static let concurrency = 4
  private static let delay: Int64 = 60
  /// Minutes handed on at once.
  private static let most: Int64 = 5
  /// Batches of one stream that wait at most.
  private static let waiting = 500

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let name = try work.payload(String.self)
    let lane = SendMetrics.lane(name, work.partition)
    let (found, isFull) = try await work.read { call in
      (try call.get(MetricStream.self, name), try call.transaction.count(lane) > waiting)
    }
    guard let stream = found, stream.state == .running else { return }
    let end = (work.now.seconds - delay) / 60 * 60
    let through = min(end, stream.through + most * 60)
    var batches: [StreamBatch] = []
    if !isFull, through > stream.through {
      batches = try MetricRecords(stream, work.room, work.partition).batches(from: stream.through, to: through, now: work.now)
    }
    let made = batches
    try await work.finish { call in
      guard var current = try call.get(MetricStream.self, name), current.state == .running else { return }
      // Changed or started anew while the records were read: they are read again.
      if !isFull, current.through == stream.through, current.updated == stream.updated, through > current.through {
        current.through = through
        try call.put(current)
        for batch in made {
          try call.transaction.schedule(
            AgendaEntry(queue: lane, partition: call.partition, due: call.now, payload: try JSONValue(encoding: batch).bytes))
        }
      }
      try call.streamAgain(current)
    }
  }
}

extension Call where Home == CloudWatch {
  /// Makes the stream's next minute due; at once while it is behind.
  func streamAgain(_ stream: MetricStream) throws {
    let ready = Timestamp(seconds: stream.through + 120) + .seconds(2)
    try schedule(stream.name, for: StreamMetrics.queue, key: stream.name, at: max(ready, now + .milliseconds(500)))
  }
}

/// Makes records of what was measured. Source: Amazon CloudWatch User Guide, "CloudWatch metric stream output in JSON format".
struct MetricRecords: Sendable {
  private let stream: MetricStream
  private let room: CloudWatch
  private let partition: Partition
  /// Bytes of one batch.
  private static let full = 200_000
  private static let atOnce = 2_000

  init(_ stream: MetricStream, _ room: CloudWatch, _ partition: Partition) {
    self.stream = stream
    self.room = room
    self.partition = partition
  }

  func batches(from start: Int64, to end: Int64, now: Timestamp) throws -> [StreamBatch] {
    let grid = MetricGrid(from: Timestamp(seconds: start), to: Timestamp(seconds: end), period: 60)
    let handles = room.engine.select(
      MetricSelection(scope: CloudWatch.scope(partition), activeSince: Timestamp(seconds: start)))
    var batches: [StreamBatch] = []
    var open = OpenBatch()
    func close() {
      if open.records > 0 { batches.append(batch(open, now)) }
      open = OpenBatch()
    }
    var at = 0
    while at < handles.count {
      let part = Array(handles[at..<min(at + Self.atOnce, handles.count)])
      at += Self.atOnce
      for (key, bucket) in try measured(part, grid) {
        add(key, bucket, to: &open)
        if open.size >= Self.full { close() }
      }
    }
    close()
    return batches
  }

  /// Records that are gathered: lines, or metrics of OpenTelemetry's.
  private struct OpenBatch {
    var lines = ""
    var metrics: [UInt8] = []
    var records = 0
    var size: Int { lines.utf8.count + metrics.count }
  }

  private func add(_ key: MetricKey, _ bucket: MetricBucket, to open: inout OpenBatch) {
    open.records += 1
    guard let form = stream.openTelemetry else {
      open.lines += record(key, bucket) + "\n"
      return
    }
    let quantiles = stream.additional(key.namespace, key.name).compactMap { name -> (quantile: Double, value: Double)? in
      guard case .percentile(let percent)? = MetricStatistic(name),
        let value = MetricStatistic.percentile(percent).compute(BucketDistribution(bucket: bucket)), value.isFinite
      else { return nil }
      return (percent / 100, value)
    }
    open.metrics += form.metric(key, bucket, period: 60, quantiles.sorted { $0.quantile < $1.quantile })
  }

  private func batch(_ open: OpenBatch, _ now: Timestamp) -> StreamBatch {
    var batch = StreamBatch(
      stream: stream.name, id: room.context.identifiers.uuid(), lines: open.lines, records: open.records, first: now.epochSeconds)
    if let form = stream.openTelemetry {
      batch.encoded = Data(form.request(open.metrics, partition, stream: stream.arn(partition))).base64EncodedString()
    }
    return batch
  }

  private func measured(_ handles: [MetricHandle], _ grid: MetricGrid) throws -> [(MetricKey, MetricBucket)] {
    let infos = handles.map { room.engine.info(of: $0) }
    let taken = handles.indices.filter { place in infos[place].map { stream.takes($0.key.namespace, $0.key.name) } ?? false }
    let need: MetricNeed = stream.statistics.isEmpty ? .summary : .all
    let found = Mutex<[MetricColumn]>([])
    do throws(SeriesFault) {
      try room.engine.read(taken.map { handles[$0] }, grid, need: need) { column in found.withLock { $0.append(column) } }
    } catch { throw Fault.unavailable(error.message) }
    return found.withLock { $0 }.sorted { $0.place < $1.place }.flatMap { column -> [(MetricKey, MetricBucket)] in
      guard let key = infos[taken[column.place]]?.key else { return [] }
      return column.count.indices.compactMap { step in column.bucket(step, grid).map { (key, $0) } }
    }
  }

  private func record(_ key: MetricKey, _ bucket: MetricBucket) -> String {
    var value: JSONObject = [
      "max": .double(bucket.max), "min": .double(bucket.min), "sum": .double(bucket.sum), "count": .double(bucket.count),
    ]
    for name in stream.additional(key.namespace, key.name) {
      if let number = MetricStatistic(name)?.compute(BucketDistribution(bucket: bucket)), number.isFinite { value[name] = .double(number) }
    }
    var dimensions = JSONObject()
    for dimension in key.dimensions { dimensions[dimension.name] = .string(dimension.value) }
    let record: JSONValue = [
      "metric_stream_name": .string(stream.name), "account_id": .string(partition.account), "region": .string(partition.region),
      "namespace": .string(key.namespace), "metric_name": .string(key.name), "dimensions": .object(dimensions),
      "timestamp": .int(bucket.start.milliseconds), "value": .object(value), "unit": .string(bucket.unit ?? "None"),
    ]
    return record.text
  }
}
