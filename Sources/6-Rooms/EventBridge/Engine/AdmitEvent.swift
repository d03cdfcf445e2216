import JSON
import ServiceKit
import Store

extension EventBridge {
  /// Throws when the bus does not exist, or its policy keeps the caller's event out. Callers of the bus's own account need no permission, but a
  /// Deny holds for them too.
  ///
  /// - Parameter principal: the ARN of the user, role or root that puts the event.
  func admit(_ event: Event, to bus: ARN, by principal: String, of account: String, _ transaction: any Transaction) throws {
    let partition = Partition(account: bus.account, region: bus.region)
    let stored = try transaction.get(EventBus.self, bus.resourceName, in: partition)
    let isOwn = bus.account == account
    guard stored != nil || bus.resourceName == EventBus.standard else {
      // A stranger does not learn which buses there are.
      if isOwn { throw Fault.busNotFound(bus.resourceName) }
      throw refusal(principal, bus)
    }
    let question = BusPolicy.Question(putting: event, on: bus, by: principal, of: account)
    let answer = try stored?.policy.map { try BusPolicy($0).answer(question) } ?? .silent
    guard answer == .allowed || (isOwn && answer == .silent) else { throw refusal(principal, bus) }
  }

  private func refusal(_ principal: String, _ bus: ARN) -> Fault {
    .accessDenied("User: \(principal) is not authorized to perform: events:PutEvents on resource: \(bus).")
  }
}
