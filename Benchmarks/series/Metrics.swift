import Series
import Time

func metrics(_ path: String) async throws {
  let opened = ContinuousClock().now
  var engine = try MetricEngine(directory: "\(path)/metrics", clock: SystemClock())
  line("metrics: open an empty directory", (ContinuousClock().now - opened).secondsAsDouble * 1e3, "ms")
  let keys = (0..<1_000).map { number in
    MetricKey(
      scope: "123456789012/eu-central-1", namespace: "Martlet/Jobs", name: "Duration",
      dimensions: [Dimension(name: "Job", value: "job-\(number)")])
  }
  let now = SystemClock().now().seconds
  for (callers, batch, rounds) in [(16, 1, 1_000), (16, 20, 1_000), (4, 1_000, 500)] {
    let target = engine
    let took = try await seconds {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for caller in 0..<callers {
          group.addTask {
            for round in 0..<rounds {
              try await target.append(
                (0..<batch).map { place in
                  MetricSample(
                    key: keys[(caller * 61 + round * batch + place) % keys.count], at: Timestamp(seconds: now - Int64(round)),
                    unit: "Seconds",
                    data: .value(Double(place) * 0.37 + 1), resolution: 1)
                })
            }
          }
        }
        try await group.waitForAll()
      }
    }
    line("metrics: durable appends of \(batch), \(callers) callers", Double(callers * batch * rounds) / took, "samples/s")
  }
  line("metrics: resident", resident(), "MB")
  await engine.close()
  let start = ContinuousClock().now
  engine = try MetricEngine(directory: "\(path)/metrics", clock: SystemClock())
  line("metrics: open what was written", (ContinuousClock().now - start).secondsAsDouble * 1e3, "ms", engine.backgroundFault?.message ?? "")
  let reading = ContinuousClock().now
  var count = 0
  for key in keys.prefix(100) {
    count += try engine.buckets(key, from: Timestamp(seconds: now - 3_600), to: Timestamp(seconds: now + 60), period: 60, unit: nil).count
  }
  line(
    "metrics: buckets of an hour, one series", (ContinuousClock().now - reading).secondsAsDouble / 100 * 1e6, "us", "\(count / 100) buckets"
  )
  await engine.close()
}
