import ServiceKit
import Store
import Time

/// Lists a user's access keys, without their secrets. Source: IAM API Reference, ListAccessKeys.
struct ListAccessKeys: Operation {
  struct Input: Shape {
    var userName: String?
    var marker: String?
    var maxItems: Int?
    static var limits: [Limit<Self>] { [.range("maxItems", \.maxItems, 1...1_000)] }
  }
  struct Output: Shape {
    var accessKeyMetadata: [Metadata]
    var isTruncated: Bool
    var marker: String?
  }
  struct Metadata: Shape {
    var userName: String
    var accessKeyId: String
    var status: String
    var createDate: Timestamp
  }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Output {
    let name = try call.userName(input.userName)
    guard try call.transaction.get(User.self, name, in: call.global) != nil else { throw Fault.userNotFound(name) }
    let page = try call.transaction.page(
      AccessKey.self, in: call.global, index: "user", equals: name, after: call.cursor(input.marker), limit: input.maxItems ?? 100)
    return Output(
      accessKeyMetadata: page.items.map {
        Metadata(userName: $0.userName, accessKeyId: $0.accessKeyId, status: $0.status, createDate: $0.createDate)
      }, isTruncated: page.next != nil, marker: call.token(page.next))
  }
}
