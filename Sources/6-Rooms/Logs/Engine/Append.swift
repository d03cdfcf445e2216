import FilterPattern
import JSON
import Logging
import Series
import ServiceKit
import Store
import Time

import struct Series.LogEvent

/// Appending: the way of every event into a stream.
extension Logs {
  /// Stores events in a stream that exists, in the order of time, and hands them on: to live tails, subscription filters and metric
  /// filters. On disk, with whatever is to be forwarded, when it returns.
  func append(_ events: [LogEvent], to stream: String, of group: OpenGroup, in partition: Partition) async throws {
    if events.isEmpty { return }
    var events = events
    let findings = group.detector?.mark(&events) ?? []
    let stored: LogAppend
    do { stored = try await engine.append(events, group: group.id, stream: stream) } catch { throw Fault.unavailable(error.message) }
    count(events, group, partition)
    // What leaves the store is masked.
    let shown = findings.isEmpty ? events : events.map(\.masked)
    let hasMetrics = context.limits != .aws || group.group.logGroupClass == "STANDARD"
    let embedded = hasMetrics ? embeddedMetrics(of: shown, in: group.name, partition) : []
    tails.offer(shown, stored, stream: stream, group: group)
    try await forward(shown, stored, stream: stream, of: group, in: partition)
    await measure(shown, embedded, group, partition)
    if !findings.isEmpty { await report(findings, events: shown, stored, stream: stream, of: group, in: partition) }
  }

  /// Source: CloudWatch Logs User Guide, "Monitoring with CloudWatch metrics".
  private func count(_ events: [LogEvent], _ group: OpenGroup, _ partition: Partition) {
    let bytes = Double(events.reduce(0) { $0 + $1.message.count })
    for dimensions in [["LogGroupName": group.name], [:]] {
      context.counters.add("AWS/Logs", "IncomingBytes", dimensions, bytes, unit: "Bytes", in: partition)
      context.counters.add("AWS/Logs", "IncomingLogEvents", dimensions, Double(events.count), unit: "None", in: partition)
    }
  }

  /// Stores what the group's metric filters make of the events, and the metrics that they carry in themselves.
  private func measure(_ events: [LogEvent], _ embedded: [MetricDatum], _ group: OpenGroup, _ partition: Partition) async {
    let samples = group.filters.flatMap { $0.samples(events, defaults: defaults, in: partition) } + embedded
    if samples.isEmpty { return }
    do { try await context.invoker.metrics?.store(samples, in: partition) } catch {
      context.log.error("samples out of log events were not stored", metadata: ["group": "\(group.name)", "error": "\(error)"])
    }
  }

  /// The group and stream, made where absent.
  func ensure(_ name: String, _ stream: String, in partition: Partition) async throws -> OpenGroup {
    if let group = try await open(name, in: partition), group.knows(stream) { return group }
    let (room, now) = (self, context.clock.now())
    let id = context.identifiers.uuid()
    try await context.store.write { transaction in
      if try transaction.get(LogGroup.self, name, in: partition) == nil {
        try transaction.put(
          LogGroup(name: name, id: id, created: now, logGroupClass: "STANDARD", tags: [:], deletionProtected: false), in: partition)
        room.forget(name, in: partition, after: transaction)
      }
      if try transaction.get(LogStream.self, LogStream.key(name, stream), in: partition) == nil {
        try transaction.put(LogStream(group: name, name: stream, created: now), in: partition)
      }
    }
    guard let group = try await open(name, in: partition) else { throw Fault.groupNotFound }
    group.remember(stream)
    return group
  }
}

/// The output of jobs.
extension Logs: LogSink {
  package func append(_ lines: [LogLine], group: String, stream: String, in partition: Partition) async throws {
    if lines.isEmpty { return }
    let open = try await ensure(group, stream, in: partition)
    let events = lines.map { LogEvent(timestamp: $0.time, message: Array($0.message.utf8)) }
    try await append(events.inOrder(), to: stream, of: open, in: partition)
  }
}

extension [LogEvent] {
  /// By time, those of one millisecond as they came.
  func inOrder() -> [LogEvent] {
    for place in indices.dropFirst() where self[place].timestamp.milliseconds < self[place - 1].timestamp.milliseconds {
      return enumerated().sorted {
        let (left, right) = ($0.element.timestamp.milliseconds, $1.element.timestamp.milliseconds)
        return left != right ? left < right : $0.offset < $1.offset
      }.map(\.element)
    }
    return self
  }
}

extension LogEvent {
  /// With `*` for each byte that is marked, as the store shows it.
  var masked: LogEvent {
    if marks.isEmpty { return self }
    var event = self
    for mark in marks { for place in mark { event.message[place] = UInt8(ascii: "*") } }
    event.marks = []
    return event
  }
}
