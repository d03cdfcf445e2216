import ServiceKit
import Store
import Synchronization
import Time

/// Whether the stores can be written to, tried when it is asked for and at most once a second.
package final class StoreHealth: Sendable {
  /// A store, and why it can not be written to at present.
  package struct Probe: Sendable {
    let store: String
    let fault: @Sendable () async -> String?

    package init(_ store: String, _ fault: @escaping @Sendable () async -> String?) { (self.store, self.fault) = (store, fault) }
  }
  package struct Fault: Sendable, Equatable {
    package let store: String
    package let reason: String
  }
  private static let kept = Duration.seconds(1)
  private let probes: [Probe]
  private let clock: any WallClock
  private let last = Mutex<(time: Timestamp, faults: Task<[Fault], Never>)?>(nil)

  package init(_ probes: [Probe] = [], clock: any WallClock) { (self.probes, self.clock) = (probes, clock) }

  /// The stores that can not be written to. Those who ask at once share one trial.
  package func faults() async -> [Fault] {
    let now = clock.now()
    let trial = last.withLock { last in
      if let last, now >= last.time, now < last.time + Self.kept { return last.faults }
      let trial = Task { await self.tried() }
      last = (now, trial)
      return trial
    }
    return await trial.value
  }

  private func tried() async -> [Fault] {
    var faults: [Fault] = []
    for probe in probes { if let reason = await probe.fault() { faults.append(Fault(store: probe.store, reason: reason)) } }
    return faults
  }
}

/// What is written to the catalogue to see whether it can be.
package struct HealthMark: Resource {
  package static let kind = "server.health"
  package var key: String
  package init() { key = "mark" }
}

extension StoreHealth.Probe {
  /// Of the catalogue, by a commit.
  package static func catalogue(_ store: any Store, _ partition: Partition) -> Self {
    Self("catalogue") {
      do {
        try await store.write { _ = try $0.put(HealthMark(), in: partition, when: .any) }
        return nil
      } catch StoreFault.diskFull {
        return "The data directory's disk is full."
      } catch StoreFault.closed {
        return "The server is stopping."
      } catch { return "\(error)" }
    }
  }
}
