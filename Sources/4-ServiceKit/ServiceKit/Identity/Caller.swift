import JSON
import Store

/// Who makes a call, and for which account and region.
package struct Caller: Sendable, Hashable, Codable {
  package enum Kind: String, Sendable, Hashable, Codable {
    case root = "Root"
    case user = "IAMUser"
    case assumedRole = "AssumedRole"
    /// Martlet itself, in the name of one of its rooms.
    case service = "AWSService"
  }
  package var kind: Kind
  package var account: String
  package var region: String
  /// `arn:aws:iam::ACCOUNT:root`, `...:user/NAME`, `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
  package var arn: String
  /// As `GetCallerIdentity` answers it in UserId.
  package var userID: String
  package var accessKey: String?
  package var sourceIP: String
  package var userAgent: String

  package init(
    kind: Kind, account: String, region: String, arn: String, userID: String, accessKey: String? = nil, sourceIP: String = "127.0.0.1",
    userAgent: String = ""
  ) {
    self.kind = kind
    self.account = account
    self.region = region
    self.arn = arn
    self.userID = userID
    self.accessKey = accessKey
    self.sourceIP = sourceIP
    self.userAgent = userAgent
  }

  package static func root(account: String, region: String) -> Caller {
    Caller(kind: .root, account: account, region: region, arn: "arn:aws:iam::\(account):root", userID: account)
  }

  /// A room acting of itself: `events.amazonaws.com`.
  package static func service(_ principal: String, in partition: Partition) -> Caller {
    Caller(
      kind: .service, account: partition.account, region: partition.region, arn: principal, userID: principal, sourceIP: principal,
      userAgent: principal)
  }

  /// A room acting under a role that a user named in a rule, schedule, state machine or job.
  package static func role(_ role: String, session: String, service principal: String, in partition: Partition) -> Caller {
    let name = role.split(separator: "/").last.map(String.init) ?? role
    let account = ARN(role)?.account ?? partition.account
    return Caller(
      kind: .assumedRole, account: partition.account, region: partition.region,
      arn: "arn:aws:sts::\(account):assumed-role/\(name)/\(session)", userID: "\(name):\(session)", sourceIP: principal,
      userAgent: principal)
  }

  package var partition: Partition { Partition(account: account, region: region) }

  /// The ARN of a resource of this caller's account and region.
  package func arn(_ service: String, _ resource: String) -> ARN {
    ARN(service: service, region: region, account: account, resource: resource)
  }
}
