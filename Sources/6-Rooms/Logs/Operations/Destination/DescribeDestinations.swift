import ServiceKit
import Store

/// Describes destinations. Source: Amazon CloudWatch Logs API Reference, DescribeDestinations.
struct DescribeDestinations: Operation {
  struct Input: Shape {
    var destinationNamePrefix: String?
    var nextToken: String?
    var limit: Int?
    /// The one member of the service that is written with a capital.
    enum CodingKeys: String, CodingKey {
      case destinationNamePrefix = "DestinationNamePrefix"
      case nextToken, limit
    }
    static var limits: [Limit<Self>] {
      [.length("destinationNamePrefix", \.destinationNamePrefix, 1...512, LogName.stream), .range("limit", \.limit, 1...50)]
    }
  }
  struct Output: Shape {
    var destinations: [DestinationShape]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    let page = try call.listing(
      Destination.self, prefix: input.destinationNamePrefix ?? "", after: input.nextToken, limit: input.limit ?? 50)
    return Output(destinations: page.items.map { DestinationShape($0, call.partition) }, nextToken: page.next)
  }
}
