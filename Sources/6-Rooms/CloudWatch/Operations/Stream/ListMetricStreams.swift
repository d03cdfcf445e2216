import ServiceKit
import Store
import Time

/// Lists metric streams by name. Source: Amazon CloudWatch API Reference, ListMetricStreams.
struct ListMetricStreams: Operation {
  struct Input: Shape {
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] { [.range("maxResults", \.maxResults, 1...500)] }
  }
  struct Output: Shape {
    var entries: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var arn: String
    var creationDate: Timestamp
    var lastUpdateDate: Timestamp
    var name: String
    var firehoseArn: String
    var state: String
    var outputFormat: String
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    let after = try call.place(input.nextToken)
    let page = try call.transaction.page(MetricStream.self, in: call.partition, after: after, limit: input.maxResults ?? 500)
    return Output(
      entries: page.items.map { stream in
        Entry(
          arn: stream.arn(call.partition).description, creationDate: stream.created, lastUpdateDate: stream.updated, name: stream.name,
          firehoseArn: stream.target, state: stream.state.rawValue, outputFormat: stream.outputFormat)
      }, nextToken: call.token(page.next))
  }
}
