import JSON
import ServiceKit
import Wire

/// Who one is, and sessions of roles. Source: AWS STS API Reference.
///
/// A room of its own on the wire, kept in IAM's module because both speak of the same roles.
package final class STS: Room {
  package static let identity = ServiceIdentity(
    id: "sts", signingName: "sts", protocols: [.query], apiVersion: "2011-06-15", xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/")
  package static let memberCase = JSONMemberCase.pascal
  package static let validationCode = "ValidationError"
  package static let operations: [any OperationDescription<STS>.Type] = [GetCallerIdentity.self, AssumeRole.self]

  package let context: RoomContext
  package init(_ context: RoomContext) { self.context = context }
}
