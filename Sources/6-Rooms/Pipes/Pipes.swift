import JSON
import ServiceKit
import Store
import Synchronization
import Time
import Wire

/// Pipes from a source through filter and enrichment to a target. Source: Amazon EventBridge Pipes API Reference.
package final class Pipes: Room {
  package static let identity = ServiceIdentity(
    id: "pipes", signingName: "pipes", protocols: [.restJson1], apiVersion: "2015-10-07",
    xmlNamespace: "http://pipes.amazonaws.com/doc/2015-10-07")
  package static let memberCase = JSONMemberCase.pascal
  package static let operations: [any OperationDescription<Pipes>.Type] = [
    CreatePipe.self, DescribePipe.self, UpdatePipe.self, DeletePipe.self, ListPipes.self, StartPipe.self, StopPipe.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self,
  ]
  package static let extensions: [any OperationDescription<Pipes>.Type] = [DeliverPipeEvent.self, ListDeliveries.self]
  package static let workers: [any Worker<Pipes>.Type] = [ChangePipe.self]

  struct Key: Hashable, Sendable {
    var partition: Partition
    var name: String
  }

  package let context: RoomContext
  /// The pipes that run, each with what moves its events. The store is the truth; this follows it after each commit.
  private let pumps = Mutex<[Key: Pump]>([:])
  let arrivals: Arrivals
  private let wake: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation

  package init(_ context: RoomContext) {
    self.context = context
    arrivals = Arrivals(context, prefix: Pipe.agendaPrefix)
    (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// A rule hands its events to the pipe that made it.
  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    guard delivery.target.resourceType == "pipe" else { return nil }
    return (
      "DeliverPipeEvent",
      ["Name": .string(delivery.target.resourceName), "Id": .string(delivery.id), "Event": .string(delivery.text)]
    )
  }

  package func start() async throws {
    let pipes = try await context.store.read { transaction in
      try transaction.partitions(holding: Pipe.kind).flatMap { partition in
        var pipes: [(Partition, Pipe)] = []
        try transaction.forEach(Pipe.self, in: partition) { pipe in
          pipes.append((partition, pipe))
          return true
        }
        return pipes
      }
    }
    for (partition, pipe) in pipes { follow(pipe, in: partition) }
  }

  package var loops: [@Sendable () async throws -> Void] { [{ await self.run() }] }

  package func stop() async { arrivals.wakeAll() }

  /// Makes what moves the pipe's events what the stored pipe says.
  func follow(_ pipe: Pipe, in partition: Partition) {
    let key = Key(partition: partition, name: pipe.name)
    pumps.withLock { pumps in
      if pumps[key]?.pipe.version == pipe.version, pipe.currentState == "RUNNING" { return }
      pumps[key] = pipe.currentState == "RUNNING" ? Pump(pipe, partition, self) : nil
    }
    waker.yield()
  }

  func unfollow(_ name: String, in partition: Partition) {
    pumps.withLock { $0[Key(partition: partition, name: name)] = nil }
    waker.yield()
  }

  /// Lets each pipe that is to run do so by itself, until cancelled; then waits for what they have begun.
  private func run() async {
    await withDiscardingTaskGroup { group in
      var active: [Key: Pump] = [:]
      var iterator = wake.makeAsyncIterator()
      while !Task.isCancelled {
        let wanted = pumps.withLock { $0 }
        for (key, pump) in active where wanted[key] !== pump {
          pump.stop()
          active[key] = nil
        }
        for (key, pump) in wanted where active[key] == nil {
          active[key] = pump
          group.addTask { await pump.run() }
        }
        guard await iterator.next() != nil else { break }
      }
    }
  }

  /// Moves everything that is there now, one pipe after the other: for tests and simulations, instead of the loops.
  ///
  /// - Returns: how many executions there were.
  @discardableResult
  package func drain() async -> Int {
    let all = pumps.withLock { $0.sorted { ($0.key.partition.text, $0.key.name) < ($1.key.partition.text, $1.key.name) } }
    var executions = 0
    for (_, pump) in all { executions += await pump.drain() }
    return executions
  }

  /// A context for what a pipe calls under its role.
  func callContext(_ pipe: Pipe, _ partition: Partition) -> CallContext {
    let principal = Self.identity.principal
    return CallContext(
      caller: .role(pipe.roleArn, session: pipe.name, service: principal, in: partition), requestID: context.identifiers.uuid(),
      now: context.clock.now(), invokedBy: principal)
  }
}
