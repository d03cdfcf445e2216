import CSnappy
import Protobuf

/// Samples on their way to a store that speaks Prometheus's remote write 1.0. Source: Prometheus Remote-Write 1.0 specification.
package struct RemoteWriteRequest: Sendable {
  package struct Sample: Sendable, Hashable {
    package var value: Double
    /// Since 1970.
    package var milliseconds: Int64

    package init(value: Double, milliseconds: Int64) {
      self.value = value
      self.milliseconds = milliseconds
    }
  }
  private var writer = ProtobufWriter()
  package private(set) var samples = 0

  package init() {}

  /// Adds a series. The samples are in the order of time.
  package mutating func add(_ name: String, _ labels: PrometheusLabels, _ samples: [Sample]) {
    self.samples += samples.count
    writer.message(1) { series in
      // All names in order: nothing that labels may be called comes before `__name__`, but capital letters, which they have none of.
      for (name, value) in [("__name__", name)] + labels.labels.map({ ($0.name, $0.value) }) {
        series.message(1) { label in
          label.text(1, name)
          label.text(2, value)
        }
      }
      for sample in samples {
        series.message(2) { entry in
          entry.double(1, sample.value)
          entry.signed(2, sample.milliseconds)
        }
      }
    }
  }

  package static let headers = [
    ("content-encoding", "snappy"), ("content-type", "application/x-protobuf"), ("x-prometheus-remote-write-version", "0.1.0"),
  ]

  /// The body, compressed.
  package func body() -> [UInt8] {
    let plain = writer.bytes
    var length = snappy_max_compressed_length(plain.count)
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      let status = plain.withUnsafeBytes { input in
        snappy_compress(
          input.baseAddress?.assumingMemoryBound(to: CChar.self), input.count,
          UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self), &length)
      }
      count = status == SNAPPY_OK ? length : 0
    }
  }
}
