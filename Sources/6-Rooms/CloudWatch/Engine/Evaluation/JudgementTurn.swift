import Logging
import MetricMath
import Series
import ServiceKit
import Store
import Synchronization
import Time

/// One turn: judges many alarms, those on one metric by batches that are read together.
struct JudgementTurn: Sendable {
  typealias Watch = AlarmBoard.Watch
  let room: CloudWatch
  let now: Timestamp
  /// Alarms in one batch at most, so that work is shared evenly.
  private static let batch = 4_096

  /// Alarms that are read alike.
  private struct Shape: Hashable {
    var period: Int
    var range: Int
    /// Of the last period, in seconds.
    var end: Int64
    var need: MetricNeed
  }
  /// An alarm whose data is one series.
  private struct Plain: Sendable {
    var watch: Watch
    var handle: MetricHandle
    var statistic: MetricMath.Statistic
  }

  init(_ room: CloudWatch, _ now: Timestamp) {
    self.room = room
    self.now = now
  }

  /// - Parameter found: called, on any thread, for each alarm that something is to be stored of.
  func judge(_ watches: [Watch], _ found: @escaping @Sendable (Watch, AlarmJudgement) -> Void) async {
    var plain: [Shape: [Plain]] = [:]
    var others: [Watch] = []
    for watch in watches {
      guard case .metric(let metric) = watch.definition.source else {
        others.append(watch)
        continue
      }
      let handles = room.engine.handles(of: metric.key)
      // A metric of several units, or of another than is wanted, is read by itself.
      guard handles.count == 1, metric.unit == nil, !watch.definition.isUneven else {
        others.append(watch)
        continue
      }
      let shape = Shape(
        period: watch.definition.period, range: watch.definition.range, end: watch.definition.end(now), need: metric.statistic.need)
      plain[shape, default: []].append(Plain(watch: watch, handle: handles[0], statistic: metric.statistic))
    }
    let singles = others
    await withDiscardingTaskGroup { group in
      for (shape, all) in plain {
        for start in stride(from: 0, to: all.count, by: Self.batch) {
          let part = Array(all[start..<min(start + Self.batch, all.count)])
          group.addTask { self.judge(part, shape, found) }
        }
      }
      for start in stride(from: 0, to: singles.count, by: 64) {
        let part = singles[start..<min(start + 64, singles.count)]
        group.addTask { self.judge(part, found) }
      }
    }
  }

  private func judge(_ part: [Plain], _ shape: Shape, _ found: @escaping @Sendable (Watch, AlarmJudgement) -> Void) {
    let length = Int64(shape.period)
    let grid = MetricGrid(start: shape.end - Int64(shape.range) * length, period: length, steps: shape.range)
    let seen = Mutex<Set<Int>>([])
    do {
      try room.engine.read(part.map(\.handle), grid, need: shape.need) { column in
        seen.withLock { _ = $0.insert(column.place) }
        let one = part[column.place]
        let points = (0..<grid.steps).reversed().map { step in
          AlarmEvaluation.Point(
            start: grid.time(step), value: one.statistic.value(of: column, step, grid), count: column.count[step])
        }
        let judgement = AlarmJudgement(AlarmEvaluation(points, one.watch.definition.condition), end: shape.end)
        tell(one.watch, one.watch.definition.warmUp?.hold(judgement, now: now) ?? judgement, found)
      }
    } catch {
      // Something is damaged: each by itself, so that only those are not judged whose data it is.
      return judge(part.map(\.watch)[...], found)
    }
    let touched = seen.withLock { $0 }
    guard touched.count < part.count else { return }
    for (place, one) in part.enumerated() where !touched.contains(place) {
      tell(one.watch, one.watch.definition.judgement(AlarmPoints([], [], []), end: shape.end, now: now), found)
    }
  }

  private func judge(_ watches: ArraySlice<Watch>, _ found: @escaping @Sendable (Watch, AlarmJudgement) -> Void) {
    var (broken, reason): ([Watch], (any Error)?) = ([], nil)
    for watch in watches {
      do { tell(watch, try watch.definition.judge(AlarmReading(room, watch.name.partition), now: now), found) } catch {
        broken.append(watch)
        reason = error
      }
    }
    if let reason { failed(broken, reason) }
  }

  private func tell(_ watch: Watch, _ judgement: AlarmJudgement, _ found: @Sendable (Watch, AlarmJudgement) -> Void) {
    room.board.evaluated(watch.name)
    if !judgement.hasData, !hasData(watch, from: judgement.end) { room.board.rest(watch.name) }
    switch judgement.verdict {
    case .state(let state) where state != watch.state || judgement.contributors != nil: found(watch, judgement)
    case .keep where judgement.contributors != nil: found(watch, judgement)
    default: break
    }
  }

  /// Whether there are samples of later periods, the one that runs among them.
  private func hasData(_ watch: Watch, from end: Int64) -> Bool {
    watch.definition.keys.contains { key in
      room.engine.handles(of: key).contains { (room.engine.info(of: $0)?.last.seconds ?? .min) >= end }
    }
  }

  private func failed(_ watches: [Watch], _ error: any Error) {
    for watch in watches { room.board.failed(watch.name) }
    room.context.log.error(
      "alarms were not evaluated",
      metadata: ["alarm": "\(watches.first?.name.name ?? "")", "count": "\(watches.count)", "error": "\(error)"])
  }
}
