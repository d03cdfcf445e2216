import JSON
import ServiceKit
import Time

/// Temporary credentials of a role. Nothing of them is stored: the token carries what they stand for under the server's seal, and
/// the secret is computed from the key.
struct Session: Sendable {
  private static let scope = "sts.session"
  var accessKey: String
  var role: String
  var roleID: String
  var name: String
  var expiration: Timestamp

  static func open(role: String, roleID: String, name: String, until expiration: Timestamp, _ context: RoomContext) -> Session {
    Session(accessKey: "ASIA" + context.identifiers.upper(16), role: role, roleID: roleID, name: name, expiration: expiration)
  }

  init(accessKey: String, role: String, roleID: String, name: String, expiration: Timestamp) {
    self.accessKey = accessKey
    self.role = role
    self.roleID = roleID
    self.name = name
    self.expiration = expiration
  }

  /// Nil for a token this server did not make.
  init?(token: String, _ seal: TokenSeal) {
    guard let parts = try? seal.open(parts: token, for: Self.scope), parts.count == 5, let microseconds = Int64(parts[4]) else {
      return nil
    }
    self.init(
      accessKey: parts[0], role: parts[1], roleID: parts[2], name: parts[3], expiration: Timestamp(microseconds: microseconds))
  }

  func credentials(_ seal: TokenSeal) -> SessionCredentials {
    SessionCredentials(
      accessKey: accessKey, secret: seal.secret(for: accessKey),
      token: seal.seal([accessKey, role, roleID, name, String(expiration.microseconds)], for: Self.scope), expiration: expiration)
  }

  var assumedRoleARN: String {
    let arn = ARN(role)
    let roleName = role.split(separator: "/").last.map(String.init) ?? role
    return "arn:aws:sts::\(arn?.account ?? ""):assumed-role/\(roleName)/\(name)"
  }

  func caller(region: String) -> Caller {
    Caller(
      kind: .assumedRole, account: ARN(role)?.account ?? "", region: region, arn: assumedRoleARN, userID: "\(roleID):\(name)",
      accessKey: accessKey)
  }
}
