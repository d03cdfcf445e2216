import ServiceKit
import Store
import Time

/// Lets metric streams run, from now on. Source: Amazon CloudWatch API Reference, StartMetricStreams.
struct StartMetricStreams: Operation {
  struct Input: Shape { var names: [String] }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    for var stream in try call.streams(input.names) where stream.state == .stopped {
      stream.state = .running
      stream.updated = call.now
      // What was measured meanwhile is not sent.
      stream.through = max(stream.through, call.now.seconds / 60 * 60)
      try call.put(stream)
      try call.streamAgain(stream)
    }
    return Empty()
  }
}

/// Stops metric streams. Source: Amazon CloudWatch API Reference, StopMetricStreams.
struct StopMetricStreams: Operation {
  struct Input: Shape { var names: [String] }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    for var stream in try call.streams(input.names) where stream.state == .running {
      stream.state = .stopped
      stream.updated = call.now
      try call.put(stream)
      try call.transaction.cancel(StreamMetrics.queue, key: stream.name, in: call.partition)
    }
    return Empty()
  }
}

extension Call where Home == CloudWatch {
  /// Throws MissingParameter and InvalidParameterValue.
  func streams(_ names: [String]) throws -> [MetricStream] {
    guard !names.isEmpty else { throw Fault.missingParameter("The parameter Names is required.") }
    guard names.count <= 1_000 else { throw Fault.invalidValue("The collection Names must not have a size greater than 1000.") }
    return try Set(names).sorted().map { name in
      guard let stream = try get(MetricStream.self, name) else { throw Fault.invalidValue("The metric stream \(name) does not exist.") }
      return stream
    }
  }
}
