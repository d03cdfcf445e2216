import ServiceKit
import Store

/// Lists roles by name. Source: IAM API Reference, ListRoles.
struct ListRoles: Operation {
  struct Input: Shape {
    var pathPrefix: String?
    var marker: String?
    var maxItems: Int?
    static var limits: [Limit<Self>] { [.range("maxItems", \.maxItems, 1...1_000)] }
  }
  struct Output: Shape {
    var roles: [RoleShape]
    var isTruncated: Bool
    var marker: String?
  }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Output {
    let page = try call.transaction.page(Role.self, in: call.global, after: call.cursor(input.marker), limit: input.maxItems ?? 100)
    let roles = page.items.filter { $0.path.hasPrefix(input.pathPrefix ?? "/") }
    return Output(
      roles: roles.map { RoleShape($0, account: call.caller.account) }, isTruncated: page.next != nil, marker: call.token(page.next))
  }
}
