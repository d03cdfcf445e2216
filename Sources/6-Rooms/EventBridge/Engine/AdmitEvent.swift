import JSON
import ServiceKit
import Store

extension EventBridge {
  enum Admission {
    case taken
    /// The bus is of the caller's own account and does not exist.
    case noBus
    /// The bus's policy keeps the event out, or a stranger asks for a bus that there is not: which of the two he does not learn.
    case refused(Fault)
  }

  /// Whether the bus takes the caller's event. Callers of the bus's own account need no permission, but a Deny holds for them too.
  ///
  /// - Parameter principal: the ARN of the user, role or root that puts the event.
  func admit(
    _ event: Event, to bus: ARN, by principal: String, of account: String, _ transaction: any Transaction
  ) throws -> Admission {
    let partition = Partition(account: bus.account, region: bus.region)
    let stored = try transaction.get(EventBus.self, bus.resourceName, in: partition)
    let isOwn = bus.account == account
    guard stored != nil || bus.resourceName == EventBus.standard else { return isOwn ? .noBus : .refused(refusal(principal, bus)) }
    let question = BusPolicy.Question(putting: event, on: bus, by: principal, of: account)
    let answer = try stored?.policy.map { try BusPolicy($0).answer(question) } ?? .silent
    return answer == .allowed || (isOwn && answer == .silent) ? .taken : .refused(refusal(principal, bus))
  }

  private func refusal(_ principal: String, _ bus: ARN) -> Fault {
    .accessDenied("User: \(principal) is not authorized to perform: events:PutEvents on resource: \(bus).")
  }
}
