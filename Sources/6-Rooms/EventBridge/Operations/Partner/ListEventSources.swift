import ServiceKit

/// Lists the partner event sources of the account: there are none. Source: Amazon EventBridge API Reference, ListEventSources.
struct ListEventSources: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] { [.length("namePrefix", \.namePrefix, 1...256, .busName), .range("limit", \.limit, 1...100)] }
  }
  struct Output: Shape { var eventSources: [Empty] }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output { Output(eventSources: []) }
}
