import InputTemplate
import JSON
import Logging
import ServiceKit
import Store
import Time

/// One batch on its way through enrichment and target.
///
/// Source: EventBridge User Guide, "EventBridge Pipes execution steps" and "Partial batch failure".
struct PipeExecution: Sendable {
  let pump: Pump
  let batch: [PipeRecord]
  let id: String
  private var pipe: Pipe { pump.pipe }
  private var context: RoomContext { pump.room.context }
  /// Source: EventBridge User Guide, "Throughput and concurrency behavior".
  private static let longest = Duration.seconds(300)

  init(_ pump: Pump, _ batch: [PipeRecord]) {
    self.pump = pump
    self.batch = batch
    id = pump.room.context.identifiers.uuid()
  }

  /// Runs to its end. Answers why it failed, in whole or in part; nil when it did not.
  func run() async -> Fault? {
    var log = ExecutionLog(pump, id: id)
    let metrics = PipeMetrics(pump)
    let began = context.clock.now()
    metrics.count("Invocations")
    metrics.count("EventCount", Double(batch.count))
    metrics.bytes("EventSize", batch.reduce(0) { $0 + $1.size })
    log.add("ExecutionStarted", .info, payload: Self.text(batch.map(\.event)))
    var failures: [String: Fault] = [:]
    do {
      let events = try await enriched(&log, metrics)
      let stage = TargetStage(execution: self, events: events, deadline: began + Self.longest)
      failures = try await stage.run(&log, metrics)
    } catch {
      let fault = Self.fault(error)
      failures = Dictionary(batch.map { ($0.id, fault) }, uniquingKeysWith: { first, _ in first })
    }
    let failed = batch.filter { failures[$0.id] != nil }
    let fault = failed.first.flatMap { failures[$0.id] }
    if let fault {
      do { try await pump.source.failed(failed, fault) } catch {
        context.log.error("failed events not given back", metadata: ["pipe": "\(pipe.name)", "error": "\(error)"])
      }
    }
    finish(fault, failed.count, &log, metrics)
    metrics.duration("Duration", context.clock.now() - began)
    await log.write()
    return fault
  }

  private func finish(_ fault: Fault?, _ failed: Int, _ log: inout ExecutionLog, _ metrics: PipeMetrics) {
    guard let fault else { return log.add("ExecutionSucceeded", .info) }
    if fault.code == PipeTimeout.code {
      metrics.count("ExecutionTimeout")
      log.add("ExecutionTimeout", .error, fault: fault)
    } else if fault.isThrottling {
      metrics.count("ExecutionThrottled")
      log.add("ExecutionThrottled", .error, fault: fault)
    } else if failed < batch.count {
      metrics.count("ExecutionPartiallyFailed")
      log.add("ExecutionPartiallyFailed", .error, fault: fault)
    } else {
      metrics.count("ExecutionFailed")
      log.add("ExecutionFailed", .error, fault: fault)
    }
  }

  private func enriched(_ log: inout ExecutionLog, _ metrics: PipeMetrics) async throws -> [PipeEvent] {
    let events = batch.map(\.event)
    guard let enrichment = pipe.enrichment, let arn = ARN(enrichment) else { return events }
    let began = context.clock.now()
    log.add("EnrichmentStageEntered", .info, payload: Self.text(events))
    do {
      let texts = try transformed(events, pipe.enrichmentParameters?.inputTemplate, "Enrichment", &log)
      let payloads = texts.map(Self.value)
      log.add("EnrichmentInvocationStarted", .trace, request: JSONValue.array(payloads).text)
      let made: [PipeEvent]
      do {
        made = try await PipeTimeout.run(context.clock, until: began + Self.longest) { [pump] in
          try await Enrichment(pump: pump, arn: arn, payloads: payloads).events()
        }
      } catch {
        log.add("EnrichmentInvocationFailed", .error, fault: Self.fault(error), service: arn.service)
        throw error
      }
      log.add("EnrichmentInvocationSucceeded", .trace, response: Self.text(made))
      log.add("EnrichmentStageSucceeded", .info, payload: Self.text(made))
      metrics.duration("EnrichmentStageDuration", context.clock.now() - began)
      return made
    } catch {
      log.add("EnrichmentStageFailed", .error, fault: Self.fault(error))
      metrics.count("EnrichmentStageFailed")
      throw error
    }
  }

  /// The text for each event: by the template, or the event as it is.
  func transformed(
    _ events: [PipeEvent], _ template: String?, _ stage: String, _ log: inout ExecutionLog
  ) throws -> [String] {
    guard let template, !template.isEmpty else { return events.map { $0.value.text } }
    log.add("\(stage)TransformationStarted", .trace, payload: Self.text(events))
    do {
      let compiled = try InputTemplate(pipe: template)
      let now = context.clock.now()
      let texts = try events.map { event in
        let variables = PipeVariables(
          pipeArn: pipe.arn(pump.partition).description, pipeName: pipe.name, sourceArn: pipe.source, enrichmentArn: pipe.enrichment,
          targetArn: pipe.target, ingested: now, event: event)
        return try compiled.render(variables.value)
      }
      log.add("\(stage)TransformationSucceeded", .trace, payload: "[\(texts.joined(separator: ","))]")
      return texts
    } catch let error as InputTemplateError {
      let fault = Fault.validation("InputTemplate: \(error.description).")
      log.add("\(stage)TransformationFailed", .error, fault: fault)
      throw fault
    }
  }

  static func text(_ events: [PipeEvent]) -> String { JSONValue.array(events.map(\.value)).text }

  /// The JSON that a text is, or the text as JSON.
  static func value(_ text: String) -> JSONValue { (try? JSONValue(parsing: text)) ?? .string(text) }

  static func fault(_ error: any Error) -> Fault {
    error as? Fault ?? Fault("InternalFailure", "\(error)", status: 500)
  }
}

extension Fault {
  fileprivate var isThrottling: Bool { status == 429 || code.contains("Throttl") || code.contains("TooManyRequests") }
}

/// An execution takes no longer than it may.
enum PipeTimeout {
  static let code = "ExecutionTimeout"

  static func run<Result: Sendable>(
    _ clock: any WallClock, until deadline: Timestamp, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await clock.sleep(until: deadline)
        throw Fault(code, "The execution took longer than 5 minutes.", status: 504)
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
  }
}
