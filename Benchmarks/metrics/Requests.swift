import Foundation
import RemoteWrite
import Series

/// Remote-write requests of a file: a length and a body each.
struct Requests: Sequence, IteratorProtocol {
  private let data: Data
  private var place = 0

  init(_ path: String) throws { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) }

  mutating func next() -> [UInt8]? {
    guard place + 4 <= data.count else { return nil }
    let length = data.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: place, as: UInt32.self)) }
    defer { place += 4 + length }
    return [UInt8](data[(place + 4)..<(place + 4 + length)])
  }
}

/// The key of a series as remote write names it.
private func key(_ series: WriteRequest.Series) -> MetricKey {
  let labels = series.texts() ?? []
  return MetricKey(
    scope: scope, namespace: "Prometheus", name: labels.first { $0.name == "__name__" }?.value ?? "",
    dimensions: labels.filter { $0.name != "__name__" }.map { Series.Dimension(name: $0.name, value: $0.value) })
}

func collect(_ body: [UInt8], _ engine: MetricEngine) throws -> MetricBatch {
  let space = MetricCollector.space(scope)
  return try engine.collect(expected: body.count / 100) { collector in
    try body.withUnsafeBytes { bytes in
      _ = try WriteRequest.read(bytes) { series in
        let handle =
          try collector.find(series.labels, space: space) ?? collector.define(series.labels, space: space, key: key(series), unit: nil)
        series.samples { time, value in _ = collector.add(handle, second: time / 1_000, value: value) }
      }
    }
  }
}
