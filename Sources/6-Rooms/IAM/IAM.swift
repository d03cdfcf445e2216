import JSON
import ServiceKit
import Store
import Synchronization
import Time
import Wire

/// Users, their access keys, and roles. Source: IAM API Reference.
///
/// What is kept here is not of a region: it lives in the account's `aws-global` partition, whatever region a call names.
package final class IAM: Room {
  package static let identity = ServiceIdentity(
    id: "iam", signingName: "iam", protocols: [.query], apiVersion: "2010-05-08", xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/")
  package static let memberCase = JSONMemberCase.pascal
  package static let validationCode = "ValidationError"
  package static let operations: [any OperationDescription<IAM>.Type] = [
    CreateUser.self, GetUser.self, ListUsers.self, DeleteUser.self,
    CreateAccessKey.self, ListAccessKeys.self, UpdateAccessKey.self, DeleteAccessKey.self,
    CreateRole.self, GetRole.self, ListRoles.self, DeleteRole.self,
  ]

  package let context: RoomContext
  /// Keys read lately, so that a request costs no read of the store. Emptied by every change of a key.
  private let known = Mutex<[String: AccessKey]>([:])
  private static let mostKnown = 10_000

  package init(_ context: RoomContext) { self.context = context }

  static func home(_ account: String) -> Partition { Partition(account: account, region: "aws-global") }

  func forgetKeys() { known.withLock { $0 = [:] } }
}

extension Call where Home == IAM {
  /// Where the caller's account keeps its users and roles.
  var global: Partition { IAM.home(caller.account) }

  func globalARN(_ resource: String) -> ARN { ARN(service: "iam", region: "", account: caller.account, resource: resource) }
}

extension IAM: CredentialSource {
  package func credential(_ accessKey: String, token: String?, region: String) async throws -> (secret: String, caller: Caller)? {
    if let token { return try session(accessKey, token, region) }
    let key: AccessKey
    if let held = known.withLock({ $0[accessKey] }) {
      key = held
    } else {
      let home = Self.home(context.home.account)
      guard let stored = try await context.store.read({ try $0.get(AccessKey.self, accessKey, in: home) }) else { return nil }
      key = stored
      known.withLock { known in
        if known.count >= Self.mostKnown { known = [:] }
        known[accessKey] = stored
      }
    }
    guard key.status == AccessKey.active else { return nil }
    let caller = Caller(
      kind: .user, account: context.home.account, region: region, arn: key.userARN, userID: key.userID, accessKey: accessKey)
    return (key.secret, caller)
  }

  private func session(_ accessKey: String, _ token: String, _ region: String) throws -> (secret: String, caller: Caller)? {
    guard let session = Session(token: token, context.tokens), session.accessKey == accessKey else {
      throw Fault("InvalidClientTokenId", "The security token included in the request is invalid.", status: 403)
    }
    guard session.expiration > context.clock.now() else {
      throw Fault("ExpiredTokenException", "The security token included in the request is expired", status: 403, queryCode: "ExpiredToken")
    }
    return (context.tokens.secret(for: accessKey), session.caller(region: region))
  }

  package func session(role: String, name: String, duration: Duration, in partition: Partition) async throws -> SessionCredentials {
    Session.open(
      role: role, roleID: role.split(separator: "/").last.map(String.init) ?? role, name: name, until: context.clock.now() + duration,
      context
    ).credentials(context.tokens)
  }
}
