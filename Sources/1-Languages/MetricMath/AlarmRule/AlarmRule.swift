/// The rule of a composite alarm: which states of other alarms make it go into ALARM.
///
/// Source: CloudWatch User Guide, "Composite alarms"; API Reference, PutCompositeAlarm. From strong to weak: NOT, AND, OR.
/// Differs: more than 128 parentheses within each other and an AT_LEAST of more alarms than it lists, which never holds, are refused as AWS does not
/// say it does.
public struct AlarmRule: Hashable, Sendable {
  public enum State: String, CaseIterable, Hashable, Sendable {
    case alarm = "ALARM"
    case ok = "OK"
    case insufficientData = "INSUFFICIENT_DATA"
  }

  /// An alarm as the rule names it.
  public struct Reference: Hashable, Sendable {
    /// A name or an ARN.
    public let text: String

    /// Whether it is the ARN of an alarm.
    public var isARN: Bool { name != text }

    /// The name, also out of an ARN: `arn:aws:cloudwatch:region:account:alarm:name`.
    public var name: String {
      let parts = text.split(separator: ":", maxSplits: 6, omittingEmptySubsequences: false)
      guard parts.count == 7, parts[0] == "arn", parts[2] == "cloudwatch", parts[5] == "alarm" else { return text }
      return String(parts[6])
    }
  }

  /// How many alarms AT_LEAST needs.
  public enum Threshold: Hashable, Sendable {
    case count(Int)
    /// 1...100
    case percent(Int)

    /// Of that many alarms; a part of an alarm counts as one.
    public func needed(of total: Int) -> Int {
      switch self {
      case .count(let count): count
      case .percent(let percent): (total * percent + 99) / 100
      }
    }
  }

  indirect enum Node: Hashable, Sendable {
    case constant(Bool)
    case isIn(State, Reference)
    case atLeast(Threshold, State, isNegated: Bool, [Reference])
    case not(Node)
    case all([Node])
    case any([Node])
  }

  /// Characters of a rule at most.
  public static let longest = 10_240
  /// Alarms, TRUE, FALSE and parentheses at most.
  public static let mostElements = 500
  /// Parentheses within each other at most.
  public static let deepest = 128
  /// Different alarms at most.
  public static let mostAlarms = 100

  public let text: String
  /// The alarms it names, each once, in the order of their appearance.
  public let references: [Reference]
  let root: Node

  public init(_ text: String) throws(AlarmRuleError) {
    self.text = text
    guard text.unicodeScalars.count <= Self.longest else {
      throw AlarmRuleError(sentence: "AlarmRule must not be longer than \(Self.longest) characters", offset: Self.longest)
    }
    var parser = AlarmRuleParser(text)
    root = try parser.parse()
    references = parser.references
  }

  /// Whether the rule holds. An alarm whose state is nil does not exist: it is in no state.
  public func evaluate(_ state: (Reference) -> State?) -> Bool { root.evaluate(state) }

  /// The alarms whose states make the rule hold, or not hold: why a composite alarm is in its state. In the order of the rule.
  public func decisive(_ state: (Reference) -> State?) -> [Reference] {
    var found: Set<Reference> = []
    root.collectDecisive(state, &found)
    return references.filter(found.contains)
  }
}

extension AlarmRule.Node {
  func evaluate(_ state: (AlarmRule.Reference) -> AlarmRule.State?) -> Bool {
    switch self {
    case .constant(let value): return value
    case .isIn(let wanted, let alarm): return state(alarm) == wanted
    case .not(let node): return !node.evaluate(state)
    case .all(let nodes): return nodes.allSatisfy { $0.evaluate(state) }
    case .any(let nodes): return nodes.contains { $0.evaluate(state) }
    case .atLeast(let threshold, let wanted, let isNegated, let alarms):
      let met = alarms.count { alarm in state(alarm).map { ($0 == wanted) != isNegated } ?? false }
      return met >= threshold.needed(of: alarms.count)
    }
  }
}

extension AlarmRule.Node {
  fileprivate func collectDecisive(_ state: (AlarmRule.Reference) -> AlarmRule.State?, _ found: inout Set<AlarmRule.Reference>) {
    switch self {
    case .constant: break
    case .isIn(_, let alarm): found.insert(alarm)
    case .not(let node): node.collectDecisive(state, &found)
    case .all(let nodes), .any(let nodes):
      // Parts that agree with the whole decide; a part that does not has been outvoted.
      let result = evaluate(state)
      for node in nodes where node.evaluate(state) == result { node.collectDecisive(state, &found) }
    case .atLeast(_, let wanted, let isNegated, let alarms):
      let result = evaluate(state)
      for alarm in alarms where (state(alarm).map { ($0 == wanted) != isNegated } ?? false) == result { found.insert(alarm) }
    }
  }
}

/// Why a rule is refused.
public struct AlarmRuleError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, as AWS puts it between brackets.
  public let sentence: String
  /// Where, in characters from the beginning, which is 0.
  public let offset: Int

  /// The sentence of the ValidationError.
  public var message: String { "Error in AlarmRule [\(sentence)]" }
  public var description: String { message }
}
