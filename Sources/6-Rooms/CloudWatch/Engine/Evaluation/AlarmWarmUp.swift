import ServiceKit
import Time

/// The time in which a new alarm is not judged, or only once its data is complete.
///
/// Source: Amazon CloudWatch User Guide, "Alarm warm-up periods".
struct AlarmWarmUp: Hashable, Sendable {
  var until: Timestamp
  let length: Duration
  /// Whether it lasts to its end, whatever data comes.
  let isWhole: Bool

  /// Nil for an alarm that has none, or whose is over.
  init?(_ alarm: Alarm) {
    guard let configuration = alarm.warmUp, let began = alarm.warmUpBegan, alarm.warmUpEnded != true else { return nil }
    length = .seconds(configuration.warmUpPeriodDurationInMinutes * 60)
    isWhole = configuration.onlyStartEvaluatingAfterWarmUpPeriodEnds ?? false
    until = began + length
  }

  /// The judgement while it lasts.
  func hold(_ judgement: AlarmJudgement, now: Timestamp) -> AlarmJudgement {
    guard now < until, isWhole || !judgement.isFilled else { return judgement }
    var held = judgement
    held.verdict = .keep
    held.contributors = nil
    // What is silent is judged at the end all the same.
    held.hasData = true
    return held
  }
}

extension AlarmJudgement {
  /// Whether the evaluation periods all have data.
  fileprivate var isFilled: Bool {
    let evaluations = contributors?.map(\.evaluation) ?? [evaluation]
    return evaluations.contains { $0.filled == 0 && !$0.evaluated.isEmpty }
  }
}

extension Alarm {
  /// Carries the warm-up over from the alarm as it was: what is over does not begin again.
  mutating func continueWarmUp(of known: Alarm?, now: Timestamp) {
    guard let known, let began = known.warmUpBegan else {
      warmUpBegan = warmUp == nil ? nil : now
      return
    }
    let isOver = AlarmWarmUp(known).map { now >= $0.until } ?? true
    (warmUpBegan, warmUpEnded) = (began, isOver ? true : known.warmUpEnded)
  }
}
