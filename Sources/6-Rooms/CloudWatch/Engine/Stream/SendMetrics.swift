import JSON
import ServiceKit
import Store
import Time

/// Sends one batch of a metric stream, again and again for a day; then it is dropped and the stream's delivery log says so.
struct SendMetrics: Worker {
  static let queue = "cloudwatch.stream-send"
  static let concurrency = 32
  static let laneConcurrency = 2
  private static let policy = RetryPolicy(attempts: 185, ageInSeconds: 86_400)

  /// Each stream has its own, so that a slow target delays no other.
  static func lane(_ stream: String, _ partition: Partition) -> String { AgendaEntry.lane("\(partition.text)/\(stream)", of: queue) }

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let batch = try work.payload(StreamBatch.self)
    guard let stream = try await work.read({ try $0.get(MetricStream.self, batch.stream) }) else { return }
    let source = stream.arn(work.partition)
    let attempt = TargetAttempt(
      source: source, target: stream.target, id: batch.id, text: batch.text, earlier: batch.attempt,
      first: Timestamp(epochSeconds: batch.first),
      policy: policy, deadLetter: nil, attributes: [:])
    var again = batch
    again.attempt += 1
    let counters = work.room.context.counters
    let record = try await work.attempt(attempt, again: again) {
      guard let target = StreamTarget(stream.target) else {
        throw Fault.validation("\(stream.target) is not a target that Martlet serves.")
      }
      let call = try target.call(batch, source, work.room.context.invoker)
      return TargetAttempt.Destination(
        service: call.service, operation: call.operation, input: call.input,
        context: work.context(role: stream.roleArn, session: "metric-stream"))
    }
    let dimensions = ["MetricStreamName": stream.name]
    if record.outcome == .delivered {
      counters.add("AWS/CloudWatch/MetricStreams", "MetricUpdate", dimensions, Double(batch.count), in: work.partition)
    } else if record.outcome == .retrying {
      counters.add("AWS/CloudWatch/MetricStreams", "PublishErrorRate", dimensions, 1, in: work.partition)
    }
  }
}
