import ServiceKit
import Store
import Time

/// Lists users by name. Source: IAM API Reference, ListUsers.
struct ListUsers: Operation {
  struct Input: Shape {
    var pathPrefix: String?
    var marker: String?
    var maxItems: Int?
    static var limits: [Limit<Self>] { [.range("maxItems", \.maxItems, 1...1_000)] }
  }
  struct Output: Shape {
    var users: [UserShape]
    var isTruncated: Bool
    var marker: String?
  }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Output {
    let page = try call.transaction.page(User.self, in: call.global, after: call.cursor(input.marker), limit: input.maxItems ?? 100)
    let users = page.items.filter { $0.path.hasPrefix(input.pathPrefix ?? "/") }
    return Output(
      users: users.map { UserShape($0, account: call.caller.account) }, isTruncated: page.next != nil, marker: call.token(page.next))
  }
}
