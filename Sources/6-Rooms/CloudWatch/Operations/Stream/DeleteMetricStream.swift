import ServiceKit
import Store

/// Deletes a metric stream; what it has not handed on is dropped. Source: Amazon CloudWatch API Reference, DeleteMetricStream.
struct DeleteMetricStream: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...255)] }
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    guard let stream = try call.get(MetricStream.self, input.name) else { return Empty() }
    try call.delete(MetricStream.self, stream.name)
    try call.transaction.cancel(StreamMetrics.queue, key: stream.name, in: call.partition)
    try call.transaction.empty(SendMetrics.lane(stream.name, call.partition))
    try DeliveryLog.forget(stream.arn(call.partition), in: call.partition, call.transaction)
    return Empty()
  }
}
