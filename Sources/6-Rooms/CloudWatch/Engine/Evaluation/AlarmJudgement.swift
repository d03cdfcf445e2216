import JSON
import MetricMath
import Series
import ServiceKit
import Store
import Time

/// What an evaluation found.
struct AlarmJudgement: Sendable {
  struct Contributor: Sendable {
    var identity: ContributorIdentity
    var evaluation: AlarmEvaluation
  }
  var verdict: AlarmEvaluation.Verdict
  /// Of the one series; of an alarm that judges many, of none.
  var evaluation: AlarmEvaluation
  /// Nil for an alarm that judges one series.
  var contributors: [Contributor]? = nil
  /// Whether any period had data: without, nothing can change before data comes.
  var hasData: Bool
  /// The end of the last period that was judged, in seconds.
  var end: Int64

  /// Of one series.
  init(_ evaluation: AlarmEvaluation, end: Int64) {
    (verdict, self.evaluation, self.end) = (evaluation.verdict, evaluation, end)
    hasData = !evaluation.evaluated.isEmpty
  }

  init(many contributors: [Contributor], first: AlarmEvaluation, isAlarm: Bool, end: Int64) {
    (verdict, evaluation, self.contributors, self.end) = (.state(isAlarm ? .alarm : .ok), first, contributors, end)
    hasData = true
  }

  func reason(_ definition: AlarmDefinition, from old: AlarmState, to new: AlarmState) -> String {
    guard let contributors, !contributors.isEmpty else { return evaluation.reason(definition.condition, from: old, to: new) }
    let alike = contributors.count { $0.evaluation.verdict == .state(.alarm) }
    return new == .alarm
      ? "\(alike) out of \(contributors.count) time series evaluated to ALARM"
      : "\(contributors.count - alike) out of \(contributors.count) time series evaluated to OK"
  }

  func reasonData(_ definition: AlarmDefinition, now: Timestamp) -> JSONValue? {
    contributors?.isEmpty == false ? nil : evaluation.reasonData(definition, now: now)
  }
}

extension AlarmDefinition {
  /// Judges the periods that have ended by now.
  func judge(_ reading: AlarmReading, now: Timestamp) throws -> AlarmJudgement {
    try judge(reading, end: end(now), now: now)
  }

  func judge(_ reading: AlarmReading, end: Int64, now: Timestamp) throws -> AlarmJudgement {
    switch source {
    case .metric(let metric): return judgement(try reading.points(metric, self, end: end), end: end, now: now)
    case .math(let math):
      let results = try reading.results(math, from: end - Int64(range) * Int64(period), to: end)
      return try judgement(math, results, reading, end: end, now: now)
    }
  }

  func judgement(_ points: AlarmPoints, end: Int64, now: Timestamp) -> AlarmJudgement {
    let judgement = AlarmJudgement(AlarmEvaluation(points.range(starts(end: end)), condition), end: end)
    return warmUp?.hold(judgement, now: now) ?? judgement
  }

  func judgement(
    _ math: AlarmMath, _ results: [String: [TimeSeries]], _ reading: AlarmReading, end: Int64, now: Timestamp
  ) throws -> AlarmJudgement {
    let judgement = try judgement(math, results, reading, end: end)
    return warmUp?.hold(judgement, now: now) ?? judgement
  }

  private func judgement(_ points: AlarmPoints, end: Int64) -> AlarmJudgement {
    AlarmJudgement(AlarmEvaluation(points.range(starts(end: end)), condition), end: end)
  }

  private func judgement(_ math: AlarmMath, _ results: [String: [TimeSeries]], _ reading: AlarmReading, end: Int64) throws -> AlarmJudgement
  {
    let all = results[math.returning] ?? []
    if let query = math.contributing {
      return judgement(many: all, try attributes(query, reading, end: end), end: end)
    }
    let series = all.first ?? TimeSeries(period: period)
    var points = AlarmPoints(series.times, series.values, [])
    if let band = math.band {
      // A band is two series, the upper first.
      let limits = results[band] ?? []
      guard limits.count == 2 else { return judgement(AlarmPoints([], [], []), end: end) }
      points.limit(upper: limits[0], lower: limits[1])
    }
    return judgement(points, end: end)
  }

  /// Each series by itself: the alarm is in ALARM while one of them is.
  private func judgement(many all: [TimeSeries], _ attributes: [String: [String: String]], end: Int64) -> AlarmJudgement {
    let contributors = all.map { series in
      let points = AlarmPoints(series.times, series.values, [])
      return AlarmJudgement.Contributor(
        identity: ContributorIdentity(attributes: attributes[series.label] ?? ["Label": series.label]),
        evaluation: AlarmEvaluation(points.range(starts(end: end)), condition))
    }
    guard !contributors.isEmpty else {
      // However missing data is treated.
      var none = judgement(AlarmPoints([], [], []), end: end)
      (none.verdict, none.contributors) = (.state(.insufficientData), [])
      return none
    }
    let isAlarm = contributors.contains { $0.evaluation.verdict == .state(.alarm) }
    return AlarmJudgement(many: contributors, first: contributors[0].evaluation, isAlarm: isAlarm, end: end)
  }

  /// The attributes of each label that the query can yield.
  private func attributes(_ query: InsightsQuery, _ reading: AlarmReading, end: Int64) throws -> [String: [String: String]] {
    var found: [String: [String: String]] = [:]
    let engine = reading.room.engine
    let selected = engine.select(
      MetricSelection(
        scope: CloudWatch.scope(reading.partition), namespace: query.namespace, name: query.metricName,
        dimensions: (query.schema ?? []).map { DimensionFilter(name: $0, value: nil) } + (query.condition?.certain ?? []),
        activeSince: Timestamp(seconds: start(end: end))))
    for handle in selected {
      guard let identity = engine.info(of: handle)?.key.identity,
        query.matches(identity, localAccount: reading.partition.account)
      else { continue }
      let group = query.group(of: identity)
      found[group.map(\.value).joined(separator: " ")] = Dictionary(
        group.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
    return found
  }
}

extension ContributorIdentity {
  init(attributes: [String: String]) {
    // FNV-1a over the attributes in the order of their names.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      for byte in "\(name)\u{1}\(value)\u{2}".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    let digits = String(hash, radix: 16)
    self.init(id: String(repeating: "0", count: 16 - digits.utf8.count) + digits, attributes: attributes)
  }
}
