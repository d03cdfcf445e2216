import ServiceKit
import Store

/// Lists API destinations by name. Source: Amazon EventBridge API Reference, ListApiDestinations.
struct ListApiDestinations: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var connectionArn: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("namePrefix", \.namePrefix, 1...64, .resourceName),
        .length("connectionArn", \.connectionArn, 1...1_600, .connectionARN), .range("limit", \.limit, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var apiDestinations: [DescribeApiDestination.Output]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let page = try call.filtered(ApiDestination.self, prefix: input.namePrefix, token: input.nextToken, limit: input.limit) { item in
      input.connectionArn.map { $0 == item.connectionArn } ?? true
    }
    let entries = try page.items.map { destination in
      var entry = try DescribeApiDestination.Output(destination, call)
      // AWS tells the description of one destination only.
      entry.description = nil
      return entry
    }
    return Output(apiDestinations: entries, nextToken: call.token(page.next))
  }
}
