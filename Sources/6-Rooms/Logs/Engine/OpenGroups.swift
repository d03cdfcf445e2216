import FilterPattern
import ServiceKit
import Store
import Synchronization

/// A group as appending and reading see it.
final class OpenGroup: Sendable {
  let group: LogGroup
  let filters: [CompiledFilter]
  let subscriptions: [CompiledSubscription]
  let detector: Detector?
  /// Streams known to be in the store.
  private let streams = Mutex<Set<String>>([])
  private static let streamsKept = 100_000

  init(_ group: LogGroup, filters: [CompiledFilter], subscriptions: [CompiledSubscription], detector: Detector?) {
    self.group = group
    self.filters = filters
    self.subscriptions = subscriptions
    self.detector = detector
  }

  var id: String { group.id }
  var name: String { group.name }

  func knows(_ stream: String) -> Bool { streams.withLock { $0.contains(stream) } }

  func remember(_ stream: String) {
    streams.withLock { streams in
      if streams.count < Self.streamsKept { streams.insert(stream) }
    }
  }
}

/// Groups in use, by partition and name.
final class OpenGroups: Sendable {
  private let open = Mutex<[String: OpenGroup]>([:])
  private static let most = 4_096

  private static func key(_ name: String, _ partition: Partition) -> String { "\(partition.text):\(name)" }

  func known(_ name: String, in partition: Partition) -> OpenGroup? { open.withLock { $0[Self.key(name, partition)] } }

  func keep(_ group: OpenGroup, in partition: Partition) {
    open.withLock { open in
      if open.count >= Self.most { open = [:] }
      open[Self.key(group.name, partition)] = group
    }
  }

  func forget(_ name: String, in partition: Partition) { open.withLock { _ = $0.removeValue(forKey: Self.key(name, partition)) } }
  func forgetAll() { open.withLock { $0 = [:] } }
}

extension Logs {
  /// The group, from memory or the store; nil when there is none.
  func open(_ name: String, in partition: Partition) async throws -> OpenGroup? {
    if let known = groups.known(name, in: partition) { return known }
    let found = try await context.store.read { transaction -> OpenGroup? in
      guard let group = try transaction.get(LogGroup.self, name, in: partition) else { return nil }
      var filters: [CompiledFilter] = []
      try transaction.forEach(MetricFilter.self, in: partition, prefix: "\(name):") { filter in
        filters.append(try CompiledFilter(filter))
        return true
      }
      var subscriptions: [CompiledSubscription] = []
      try transaction.forEach(SubscriptionFilter.self, in: partition, prefix: "\(name):") { filter in
        subscriptions.append(try CompiledSubscription(filter))
        return true
      }
      let account = try AccountPolicy.policies(.dataProtection, in: partition, transaction).map(\.document)
      let policies = try ([group.protection?.document].compactMap { $0 } + account).map { try ProtectionPolicy($0) }
      return OpenGroup(group, filters: filters, subscriptions: subscriptions, detector: try Detector(policies))
    }
    if let found { groups.keep(found, in: partition) }
    return found
  }

  /// The group has changed: it is read again when it is needed next.
  func forget(_ name: String, in partition: Partition, after transaction: any Transaction) {
    transaction.afterCommit { self.groups.forget(name, in: partition) }
  }
}

extension AsyncCall where Home == Logs {
  /// Throws ResourceNotFoundException.
  func open(_ name: String) async throws -> OpenGroup {
    guard let group = try await room.open(name, in: partition) else { throw Fault.groupNotFound }
    return group
  }

  /// Throws InvalidParameterException and ResourceNotFoundException.
  func open(_ name: String?, _ identifier: String?) async throws -> OpenGroup {
    try await open(LogName.group(name, identifier, in: partition))
  }

  /// Throws ResourceNotFoundException unless the group has such a stream.
  func check(stream name: String, of group: OpenGroup) async throws {
    if group.knows(name) { return }
    let key = LogStream.key(group.name, name)
    guard try await read({ try $0.get(LogStream.self, key) }) != nil else { throw Fault.streamNotFound }
    group.remember(name)
  }

  /// Throws AccessDeniedException unless the caller may see what is masked in the group.
  func authorizeUnmask(_ group: OpenGroup) throws {
    try room.context.invoker.authorize("logs:Unmask", on: group.group.arn(partition), by: context)
  }
}
