import JSON
import ServiceKit
import Store
import Time
import Wire

/// Metrics and logs that come by other protocols than AWS's, and metrics that leave by Prometheus's: OTLP, StatsD, the CloudWatch agent's
/// endpoint for the embedded metric format, text for scrapers, remote write. It has no operations of AWS's.
package final class Inlets: Room {
  package static let identity = ServiceIdentity(id: "inlets", signingName: "inlets", protocols: [.awsJson11], apiVersion: "2026-01-01")
  package static let operations: [any OperationDescription<Inlets>.Type] = []
  package static let extensions: [any OperationDescription<Inlets>.Type] = [DescribeInlets.self]

  package let context: RoomContext
  package let counts: InletCounts
  let configuration: InletConfiguration
  let otlp: OTLPReceiver
  package let statsD: StatsDInlet
  package let agent: AgentInlet
  let stored: StoredMetrics
  let writer: RemoteWriter?

  package init(_ context: RoomContext, _ configuration: InletConfiguration = InletConfiguration()) {
    self.context = context
    self.configuration = configuration
    let counts = InletCounts(context)
    self.counts = counts
    otlp = OTLPReceiver(context, counts, namespace: configuration.otlpNamespace)
    statsD = StatsDInlet(context, counts, configuration)
    agent = AgentInlet(context, counts)
    stored = StoredMetrics(context)
    writer = configuration.remoteWrite.map { RemoteWriter(context, counts, $0) }
  }

  package var loops: [@Sendable () async throws -> Void] {
    var loops: [@Sendable () async throws -> Void] = []
    if configuration.listensForStatsD { loops.append { [statsD] in try await statsD.run() } }
    if let writer { loops.append { try await writer.run() } }
    return loops
  }

  /// Writes whole periods to the other store that have not been written; nothing without one. For tests, which have no loops.
  package func writeDue() async throws { try await writer?.writeDue() }

  package func start() async throws { try await otlp.start() }

  package func stop() async {
    await statsD.flush()
    await otlp.stop()
  }
}

/// The paths it serves.
extension Inlets: HTTPInlet {
  package func serves(_ request: WireRequest) -> Bool {
    request.path.hasPrefix(OTLPReceiver.base) || (request.path == StoredMetrics.path && !request.query.isEmpty)
  }

  package func answer(_ request: WireRequest, _ context: CallContext) async -> WireResponse {
    request.path == StoredMetrics.path ? await stored.answer(request, context) : await otlp.answer(request, context)
  }

  package func refuse(_ request: WireRequest, status: Int, message: String) -> WireResponse {
    request.path == StoredMetrics.path ? StoredMetrics.refuse(status, message) : OTLPReceiver.refuse(request, status, message)
  }
}
