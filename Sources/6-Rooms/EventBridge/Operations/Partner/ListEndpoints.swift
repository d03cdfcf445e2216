import ServiceKit

/// Lists the global endpoints of the account: there are none. Source: Amazon EventBridge API Reference, ListEndpoints.
struct ListEndpoints: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var homeRegion: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [.length("namePrefix", \.namePrefix, 1...64, .resourceName), .range("maxResults", \.maxResults, 1...100)]
    }
  }
  struct Output: Shape { var endpoints: [Empty] }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output { Output(endpoints: []) }
}
