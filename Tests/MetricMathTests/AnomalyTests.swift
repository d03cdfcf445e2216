import JSON
import MetricMath
import Testing
import Time

/// Numbers that look like chance and are the same each time. Source: SplitMix64.
private struct Noise {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) / 9_007_199_254_740_992
  }

  /// Nearly normally distributed, deviation 1.
  mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }
}

@Suite struct AnomalyTests {
  private static let monday: Int64 = 1_767_571_200  // 2026-01-05
  private let day: Int64 = 86_400

  /// Quiet nights, busy days, half as much at weekends.
  private func business(_ time: Int64) -> Double {
    let hour = Double((time % day)) / 3_600
    let weekday = (time / day + 3) % 7
    let busy = hour > 8 && hour < 18 ? 100.0 : 20.0
    return weekday >= 5 ? busy / 2 : busy
  }

  /// Up and down once a day.
  private func wave(_ time: Int64) -> Double {
    // A parabola for each half of the day is near enough to a sine.
    let share = Double(time % day) / Double(day)
    let half = share < 0.5 ? share * 2 : share * 2 - 1
    return 50 + (share < 0.5 ? 1 : -1) * 80 * half * (1 - half)
  }

  private func series(
    days: Int, from start: Int64 = monday, period: Int = 300, seed: UInt64 = 1, _ value: (Int64) -> Double, noise: Double = 3
  ) -> TimeSeries {
    var chance = Noise(seed)
    let times = stride(from: start, to: start + Int64(days) * day, by: period).map { $0 }
    return TimeSeries(period: period, times: times, values: times.map { value($0) + noise * chance.normal() })
  }

  /// How many points of 100 lie within the band.
  private func inside(_ series: TimeSeries, _ model: AnomalyModel, width: Double = 2) -> Double {
    guard let first = series.times.first, let last = series.times.last,
      let band = model.band(width: width, in: TimeWindow(start: first, end: last + 1), period: series.period)
    else { return 0 }
    let count = zip(series.times, series.values).count { time, value in
      guard let upper = band.upper.value(at: time), let lower = band.lower.value(at: time) else { return false }
      return lower <= value && value <= upper
    }
    return 100 * Double(count) / Double(series.count)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func normalPointsAreWithin(seed: UInt64) {
    for (name, shape) in [("business", business), ("wave", wave)] {
      let model = AnomalyModel.train(series(days: 21, seed: seed, shape))
      #expect(model.state == .trained)
      let later = series(days: 7, from: Self.monday + 21 * day, seed: seed + 100, shape)
      #expect(inside(later, model) > 95, "\(name)")
      #expect(inside(later, model, width: 4) > 99, "\(name)")
    }
  }

  @Test func hourlyPointsOfTwoWeeksAreEnough() {
    for shape in [business, wave] {
      let model = AnomalyModel.train(series(days: 14, period: 3_600, shape))
      #expect(inside(series(days: 7, from: Self.monday + 14 * day, period: 3_600, seed: 9, shape), model) > 95)
    }
  }

  @Test func aShiftedDayIsFound() {
    let model = AnomalyModel.train(series(days: 21, business))
    let normal = series(days: 1, from: Self.monday + 21 * day, seed: 7, business)
    let shifted = series(days: 1, from: Self.monday + 21 * day, seed: 7, { business($0 - 6 * 3_600) })
    let raised = series(days: 1, from: Self.monday + 21 * day, seed: 7, { business($0) + 40 })
    #expect(inside(normal, model) > 95)
    #expect(abs((model.expected(at: Self.monday + 21 * day + 12 * 3_600)?.value ?? 0) - 100) < 3)
    #expect(inside(shifted, model) < 65)
    #expect(inside(raised, model) < 10)
  }

  @Test func weekendsAreNoAnomalies() {
    let model = AnomalyModel.train(series(days: 28, business))
    let weekend = series(days: 2, from: Self.monday + 33 * day, seed: 3, business)
    #expect(inside(weekend, model) > 95)
    let busyWeekend = series(days: 2, from: Self.monday + 33 * day, seed: 3, { business($0 - 2 * day) })
    #expect(inside(busyWeekend, model) < 20)
  }

  @Test func trendsGoOn() {
    let start = Self.monday
    func rising(_ time: Int64) -> Double { wave(time) + Double(time - start) / Double(day) * 5 }
    for days in [6, 21] {
      let model = AnomalyModel.train(series(days: days, rising))
      #expect(inside(series(days: 2, from: start + Int64(days) * day, seed: 5, rising), model) > 95, "\(days) days")
    }
  }

  @Test func outliersInTrainingDoNotMatter() {
    var values = series(days: 21, business)
    var wild = values.values
    for position in stride(from: 0, to: wild.count, by: 50) { wild[position] = 10_000 }
    values = TimeSeries(period: 300, times: values.times, values: wild)
    let model = AnomalyModel.train(values)
    let later = series(days: 7, from: Self.monday + 21 * day, seed: 2, business)
    #expect(inside(later, model) > 95)
    #expect(inside(series(days: 1, from: Self.monday + 21 * day, seed: 2, { business($0) + 60 }), model) < 20)
  }

  @Test func excludedTimesDoNotTeach() {
    let broken = TimeWindow(start: Self.monday + 2 * day, end: Self.monday + 12 * day)
    func shape(_ time: Int64) -> Double { broken.contains(time) ? 900 : business(time) }
    let history = series(days: 21, shape)
    let later = series(days: 7, from: Self.monday + 21 * day, seed: 2, business)
    let model = AnomalyModel.train(history, .init(excluded: [broken, TimeWindow(start: 0, end: 1)]))
    #expect(inside(later, model) > 95)
    #expect(inside(series(days: 1, from: Self.monday + 21 * day, { _ in 900 }), model) == 0)
    #expect(AnomalyModel.train(history) != model)
  }

  @Test func clocksOfAZone() throws {
    // The same hours in Berlin, over the change to summer time on 2026-03-29.
    let zone = try Zone(identifier: "Europe/Berlin")
    let start: Int64 = 1_772_409_600  // 2026-03-02
    func local(_ time: Int64) -> Double { business(time + Int64(zone.offset(at: Timestamp(seconds: time)))) }
    let history = series(days: 26, from: start, local)
    let later = series(days: 5, from: start + 28 * day, seed: 4, local)
    let there = AnomalyModel.train(history, .init(zone: zone))
    let here = AnomalyModel.train(history)
    #expect(inside(later, there) > 95)
    #expect(inside(later, here) < inside(later, there) - 3)
  }

  @Test func gapsAndLittleData() {
    #expect(AnomalyModel.train(TimeSeries(period: 60)).state == .pendingTraining)
    #expect(AnomalyModel.train(TimeSeries(period: 60)).band(width: 2, in: TimeWindow(start: 0, end: 60), period: 60) == nil)
    let few = AnomalyModel.train(series(days: 1, { _ in 10 }).first(20))
    #expect(few.state == .trainedInsufficientData)
    #expect(inside(series(days: 1, { _ in 10 }), few) > 80)
    let one = AnomalyModel.train(TimeSeries(period: 60, times: [0], values: [5]))
    #expect(one.state == .trainedInsufficientData)
    // No nights at all: what lies between the hours that are known is expected.
    let days = series(days: 21, wave)
    let kept = days.times.indices.filter { (days.times[$0] % day) / 3_600 >= 6 }
    let holes = TimeSeries(period: 300, times: kept.map { days.times[$0] }, values: kept.map { days.values[$0] })
    let model = AnomalyModel.train(holes)
    let later = series(days: 2, from: Self.monday + 21 * day, seed: 6, wave)
    #expect(model.state == .trained)
    let known = later.times.indices.filter { (later.times[$0] % day) / 3_600 >= 7 }
    #expect(inside(TimeSeries(period: 300, times: known.map { later.times[$0] }, values: known.map { later.values[$0] }), model) > 95)
  }

  @Test func constantSeries() throws {
    for level in [0.0, 42, -7] {
      let model = AnomalyModel.train(series(days: 14, { _ in level }, noise: 0))
      #expect(model.state == .trained)
      let band = try #require(model.band(width: 2, in: TimeWindow(start: Self.monday, end: Self.monday + 60), period: 60))
      let upper = try #require(band.upper.values.first)
      let lower = try #require(band.lower.values.first)
      #expect(lower < level && level < upper)
      #expect(upper - lower <= abs(level) * 0.1 + 1e-6)
    }
  }

  @Test func spikesThatComeRegularly() {
    // Each night at two, a backup of five minutes.
    func shape(_ time: Int64) -> Double { time % day == 2 * 3_600 ? 500 : 10 }
    let history = series(days: 21, shape, noise: 1)
    let later = series(days: 7, from: Self.monday + 21 * day, seed: 8, shape, noise: 1)
    let spikes = zip(later.times, later.values).filter { $0.0 % day == 2 * 3_600 }
    let only = TimeSeries(period: 300, times: spikes.map(\.0), values: spikes.map(\.1))
    #expect(inside(only, AnomalyModel.train(history)) == 0)
    #expect(inside(only, AnomalyModel.train(history, .init(periodicSpikes: true))) > 80)
  }

  @Test func keepsAsJSON() throws {
    let zone = try Zone(identifier: "Europe/Berlin")
    for model in [
      AnomalyModel.train(series(days: 21, business), .init(zone: zone, periodicSpikes: true)), AnomalyModel.train(TimeSeries(period: 60)),
    ] {
      #expect(try AnomalyModel(json: .init(parsing: model.json.text)) == model)
    }
    var json = AnomalyModel.train(series(days: 3, wave)).json
    guard case .object(var object) = json else { return }
    for (name, value) in [("version", 2), ("pattern", [1, 2]), ("state", "NEW"), ("zone", "Nowhere/At_All"), ("until", -1)]
      as [(String, JSONValue)]
    {
      var broken = object
      broken[name] = value
      #expect(throws: AnomalyModelError.self, "\(name)") { try AnomalyModel(json: .object(broken)) }
    }
    object["slope"] = nil
    json = .object(object)
    #expect(throws: AnomalyModelError.self) { try AnomalyModel(json: json) }
  }

  /// Three days of a point each four seconds: more than are trained with.
  @Test func manyPointsAreThinned() {
    let model = AnomalyModel.train(series(days: 3, period: 4, wave))
    #expect(model.state == .trained)
    #expect(model.trainedUntil - model.trainedFrom > 2 * day)
    #expect(inside(series(days: 1, from: Self.monday + 3 * day, seed: 2, wave), model) > 95)
  }

  @Test func isTheSameForTheSame() {
    #expect(AnomalyModel.train(series(days: 21, business)) == AnomalyModel.train(series(days: 21, business)))
  }
}

extension TimeSeries {
  fileprivate func first(_ count: Int) -> TimeSeries {
    TimeSeries(period: period, times: Array(times.prefix(count)), values: Array(values.prefix(count)))
  }
}
