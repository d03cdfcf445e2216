import ServiceKit
import Store
import Time

/// Lists the attempts to hand a metric stream's batches on, newest first: what was sent where, when, with what result. Beyond AWS.
struct ListStreamDeliveries: Operation {
  struct Input: DeliveryQuery {
    /// The stream's.
    var name: String
    var outcome: String?
    var id: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] { queryLimits + [.length("name", \.name, 1...255)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "metric-stream/\(input.name)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> DeliveryPage {
    guard let stream = try call.get(MetricStream.self, input.name) else {
      throw Fault("ResourceNotFoundException", "The metric stream \(input.name) does not exist.", status: 404)
    }
    return try call.deliveries(of: stream.arn(call.partition), input)
  }
}
