import ServiceKit
import Store
import Time

/// Opens a session of a role. Source: AWS STS API Reference, AssumeRole.
///
/// Differs: session policies, tags, external ids and MFA are refused, because nothing would enforce them yet.
struct AssumeRole: Operation {
  struct Input: Shape {
    var roleArn: String
    var roleSessionName: String
    var durationSeconds: Int?
    var policy: String?
    var policyArns: [PolicyARN]?
    var externalId: String?
    var serialNumber: String?
    static var limits: [Limit<Self>] {
      [
        .length("roleArn", \.roleArn, 20...2_048), .length("roleSessionName", \.roleSessionName, 2...64, .iamName),
        .range("durationSeconds", \.durationSeconds, 900...43_200),
      ]
    }
  }
  struct PolicyARN: Shape { var arn: String? }
  struct Output: Shape {
    var credentials: Credentials
    var assumedRoleUser: AssumedRoleUser
  }
  struct Credentials: Shape {
    var accessKeyId: String
    var secretAccessKey: String
    var sessionToken: String
    var expiration: Timestamp
  }
  struct AssumedRoleUser: Shape {
    var assumedRoleId: String
    var arn: String
  }
  /// The answer holds a secret.
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<STS>) throws -> Output {
    for (member, given) in [
      ("Policy", input.policy != nil), ("PolicyArns", input.policyArns?.isEmpty == false), ("SerialNumber", input.serialNumber != nil),
    ]
    where given {
      throw Fault("ValidationError", "\(member) is not served by Martlet: it would not be enforced.")
    }
    guard let arn = ARN(input.roleArn), arn.service == "iam", arn.resourceType == "role" else {
      throw Fault("ValidationError", "\(input.roleArn) is invalid")
    }
    let name = input.roleArn.split(separator: "/").last.map(String.init) ?? ""
    guard arn.account == call.caller.account, let role = try call.transaction.get(Role.self, name, in: IAM.home(call.caller.account)) else {
      throw Fault(
        "AccessDenied", "User: \(call.caller.arn) is not authorized to perform: sts:AssumeRole on resource: \(input.roleArn)", status: 403)
    }
    let seconds = input.durationSeconds ?? 3_600
    guard seconds <= role.maxSessionDuration else {
      throw Fault("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    }
    let context = call.room.context
    let session = Session.open(
      role: input.roleArn, roleID: role.roleId, name: input.roleSessionName, until: call.now + .seconds(seconds), context)
    let credentials = session.credentials(context.tokens)
    return Output(
      credentials: Credentials(
        accessKeyId: credentials.accessKey, secretAccessKey: credentials.secret, sessionToken: credentials.token,
        expiration: credentials.expiration),
      assumedRoleUser: AssumedRoleUser(assumedRoleId: "\(role.roleId):\(input.roleSessionName)", arn: session.assumedRoleARN))
  }
}
