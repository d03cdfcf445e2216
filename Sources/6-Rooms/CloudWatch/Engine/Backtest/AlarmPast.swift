import ServiceKit
import Time

/// What an alarm looks at over a long time, read once for each place in which its periods can lie: a window that slides by minutes has as
/// many as its period has minutes.
final class AlarmPast {
  private let definition: AlarmDefinition
  private let reading: AlarmReading
  private let (from, to): (Int64, Int64)
  private var points: [Int64: AlarmPoints] = [:]
  private var maths: [Int64: MathPast] = [:]

  /// - Parameter from: the end of the first range that will be asked for.
  init(_ definition: AlarmDefinition, _ reading: AlarmReading, from: Int64, to: Int64) throws {
    (self.definition, self.reading, self.to) = (definition, reading, to)
    self.from = definition.start(end: from)
  }

  func judge(end: Int64) throws -> AlarmJudgement {
    let now = Timestamp(seconds: end)
    if definition.isUneven { return try definition.judge(reading, end: end, now: now) }
    let length = Int64(definition.period)
    let place = ((end - from) % length + length) % length
    switch definition.source {
    case .metric(let metric):
      if points[place] == nil {
        let found = try reading.values(metric, from: from + place - length, to: to)
        points[place] = AlarmPoints(found.times, found.values, found.counts)
      }
      return definition.judgement(points[place] ?? AlarmPoints([], [], []), end: end, now: now)
    case .math(let math):
      let past = try maths[place] ?? MathPast(math, reading, from: from + place - length, to: to)
      maths[place] = past
      let results = try past.results(from: end - Int64(definition.range) * length, to: end)
      return try definition.judgement(math, results, reading, end: end, now: now)
    }
  }
}
