import JSON
import ServiceKit
import Store
import Time

struct User: Resource {
  static let kind = "iam.user"
  var userName: String
  var userId: String
  var path: String
  var createDate: Timestamp
  var key: String { userName }
}

/// A user as the API shows it.
struct UserShape: Shape {
  var path: String
  var userName: String
  var userId: String
  var arn: String
  var createDate: Timestamp

  init(_ user: User, account: String) {
    path = user.path
    userName = user.userName
    userId = user.userId
    arn = "arn:aws:iam::\(account):user\(user.path)\(user.userName)"
    createDate = user.createDate
  }
}

struct AccessKey: Resource {
  static let kind = "iam.access-key"
  static let active = "Active"
  var accessKeyId: String
  var secret: String
  var userName: String
  var userID: String
  var userARN: String
  var status: String
  var createDate: Timestamp
  var key: String { accessKeyId }
  var indexes: [String: String] { ["user": userName] }
}

struct Role: Resource {
  static let kind = "iam.role"
  var roleName: String
  var roleId: String
  var path: String
  var trustPolicy: String
  var description: String?
  var maxSessionDuration: Int
  var createDate: Timestamp
  var key: String { roleName }

  func arn(_ account: String) -> String { "arn:aws:iam::\(account):role\(path)\(roleName)" }
}

/// A role as the API shows it.
struct RoleShape: Shape {
  var path: String
  var roleName: String
  var roleId: String
  var arn: String
  var createDate: Timestamp
  /// Percent-encoded, as IAM answers documents.
  var assumeRolePolicyDocument: String
  var description: String?
  var maxSessionDuration: Int

  init(_ role: Role, account: String) {
    path = role.path
    roleName = role.roleName
    roleId = role.roleId
    arn = role.arn(account)
    createDate = role.createDate
    assumeRolePolicyDocument = PercentEncoding.encode(role.trustPolicy)
    description = role.description
    maxSessionDuration = role.maxSessionDuration
  }
}

/// RFC 3986 percent-encoding of everything that is not unreserved.
enum PercentEncoding {
  static func encode(_ text: String) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126: encoded.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return encoded
  }
}

extension TextPattern {
  static let iamName = TextPattern(#"[\w+=,.@-]+"#, alphanumericsAnd: "_+=,.@-")
  static let iamPath = TextPattern(#"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"#) { text in
    text == "/" || (text.count > 2 && text.hasPrefix("/") && text.hasSuffix("/") && text.utf8.allSatisfy { $0 >= 0x21 && $0 <= 0x7E })
  }
}
