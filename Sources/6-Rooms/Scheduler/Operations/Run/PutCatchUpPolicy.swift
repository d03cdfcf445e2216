import ServiceKit
import Store

/// Sets what becomes of instants that came due while the server did not run: of a schedule, of a scheduled rule, or, where neither is named,
/// of all that have no policy of their own. Source: none; beyond AWS.
struct PutCatchUpPolicy: Operation {
  struct Input: Shape {
    var name: String?
    var groupName: String?
    var ruleName: String?
    /// `SKIP`, `LATEST`, `ALL`, or `DEFAULT` to take the policy away.
    var mode: String
    /// The most instants that fire after one absence; for `ALL` only.
    var cap: Int?
    static var limits: [Limit<Self>] {
      [
        .oneOf("mode", \.mode, CatchUpPolicy.Mode.allCases.map(\.rawValue) + ["DEFAULT"]), .range("cap", \.cap, CatchUpPolicy.caps),
      ]
    }
  }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> GetCatchUpPolicy.Output {
    let key = try call.catchUpKey(input.name, input.groupName, input.ruleName)
    if input.cap != nil, input.mode != CatchUpPolicy.Mode.all.rawValue { throw Fault.validation("Cap can be given only with Mode ALL.") }
    if let mode = CatchUpPolicy.Mode(rawValue: input.mode) {
      try call.put(CatchUpSetting(key: key, policy: CatchUpPolicy(mode, cap: input.cap ?? CatchUpPolicy.standard.cap)))
    } else {
      try call.delete(CatchUpSetting.self, key)
    }
    return try GetCatchUpPolicy.output(key, call)
  }
}

/// Answers the policy that holds for a schedule, a scheduled rule, or by default. Source: none; beyond AWS.
struct GetCatchUpPolicy: Operation {
  struct Input: Shape {
    var name: String?
    var groupName: String?
    var ruleName: String?
  }
  struct Output: Shape {
    var mode: String
    /// For `ALL` only.
    var cap: Int?
    /// Whether it is the schedule's own rather than the default.
    var isOwn: Bool
  }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    try output(try call.catchUpKey(input.name, input.groupName, input.ruleName), call)
  }

  static func output(_ key: String, _ call: Call<Scheduler>) throws -> Output {
    let own = try call.get(CatchUpSetting.self, key)?.policy
    let policy = try own ?? call.get(CatchUpSetting.self, CatchUpSetting.standardKey)?.policy ?? .standard
    return Output(mode: policy.mode.rawValue, cap: policy.mode == .all ? policy.cap : nil, isOwn: own != nil)
  }
}

extension Call where Home == Scheduler {
  fileprivate func catchUpKey(_ name: String?, _ group: String?, _ rule: String?) throws -> String {
    if name == nil, group == nil, rule == nil { return CatchUpSetting.standardKey }
    return try owner(SubjectReference(name, group, rule)).resource
  }
}
