import Foundation
import Series
import Time

/// Fills a small file system (`mount -t tmpfs -o size=24m tmpfs DIRECTORY`) until samples are refused, makes room, goes on, and looks
/// whether all that was answered is there.
func full(_ directory: String) async throws {
  let ballast = "\(directory)/ballast"
  try Data(count: 8 << 20).write(to: URL(fileURLWithPath: ballast))
  var limits = MetricEngine.Limits()
  limits.journalBytes = 1 << 20
  limits.ladder = try RetentionLadder("1s:3650d")
  var engine = try MetricEngine(directory: "\(directory)/metrics", clock: SystemClock(), limits: limits)
  var random = Seeded(1)
  let begin: Int64 = 1_790_000_000
  var (stored, refused, reasons): (Int, Int, Set<String>) = (0, 0, [])
  func append(_ rounds: Int, until most: Int) async {
    for _ in 0..<rounds where refused < most {
      let samples = (0..<1_000).map { place in
        MetricSample(
          key: MetricKey(scope: "s", namespace: "N", name: "m\(place % 100)", dimensions: []),
          at: Timestamp(seconds: begin + Int64((stored + place) / 100)), unit: nil, data: .value(.random(in: 0...1, using: &random)),
          resolution: 1)
      }
      do throws(SeriesFault) {
        try await engine.append(samples)
        stored += samples.count
      } catch {
        refused += 1
        reasons.insert(error.message)
      }
    }
  }
  await append(100_000, until: 200)
  print("stored \(stored), then refused: \(reasons.sorted())")
  print("background: \(engine.backgroundFault?.message ?? "nothing")")
  try FileManager.default.removeItem(atPath: ballast)
  try await Task.sleep(for: .milliseconds(500))
  let before = stored
  refused = 0
  await append(500, until: 400)
  print("with room again: \(stored - before) stored, \(refused) refused first")
  for round in 0..<2 {
    let count = try (0..<100).reduce(0.0) { sum, number in
      try engine.buckets(
        MetricKey(scope: "s", namespace: "N", name: "m\(number)", dimensions: []), from: Timestamp(seconds: begin),
        to: Timestamp(seconds: begin + 1 << 24), period: 3_600, unit: nil
      ).reduce(sum) { $0 + $1.count }
    }
    print("\(round == 0 ? "open" : "opened again"): \(Int(count)) of \(stored) found")
    guard count == Double(stored) else { exit(1) }
    await engine.close()
    if round == 0 { engine = try MetricEngine(directory: "\(directory)/metrics", clock: SystemClock(), limits: limits) }
  }
}
