import JSON
import ServiceKit
import Store
import Synchronization
import Time
import Wire

/// Message queues. Source: Amazon SQS API Reference.
///
/// Each queue is a queue of the Agenda: a message is an entry due when it may be received, pushed back by the visibility time-out
/// with every receipt.
package final class SQS: Room {
  package static let identity = ServiceIdentity(
    id: "sqs", signingName: "sqs", protocols: [.awsJson10], targetPrefix: "AmazonSQS", apiVersion: "2012-11-05",
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/", queryCompatible: true)
  package static let memberCase = JSONMemberCase.pascal
  package static let validationCode = "InvalidParameterValue"
  package static let operations: [any OperationDescription<SQS>.Type] = [
    CreateQueue.self, DeleteQueue.self, GetQueueUrl.self, ListQueues.self, GetQueueAttributes.self, SetQueueAttributes.self,
    PurgeQueue.self,
    SendMessage.self, SendMessageBatch.self, ReceiveMessage.self, DeleteMessage.self, DeleteMessageBatch.self,
    ChangeMessageVisibility.self,
  ]

  package let context: RoomContext
  private struct Receivers {
    /// How often something was put into an Agenda queue.
    var arrivals: [String: Int] = [:]
    var waiting: [String: [Int: CheckedContinuation<Void, Never>]] = [:]
    var next = 0
  }
  private let receivers = Mutex(Receivers())

  package init(_ context: RoomContext) {
    self.context = context
    context.store.onScheduled { [weak self] earliest in self?.wake(earliest.keys) }
  }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    let arn = delivery.target
    guard !arn.resource.contains("/") else { return nil }
    var input: JSONObject = ["QueueUrl": .string(arn.description), "MessageBody": .string(delivery.text)]
    if let group = delivery.parameters["SqsParameters"]?["MessageGroupId"] { input["MessageGroupId"] = group }
    return ("SendMessage", .object(input))
  }

  private func wake(_ queues: some Sequence<String>) {
    let woken = receivers.withLock { receivers in
      queues.filter { $0.hasPrefix(Queue.agendaPrefix) }.flatMap { queue in
        receivers.arrivals[queue, default: 0] += 1
        return Array((receivers.waiting.removeValue(forKey: queue) ?? [:]).values)
      }
    }
    for continuation in woken { continuation.resume() }
  }

  /// How often something was put into the queue: what `wait` compares with, read before looking for messages.
  func arrivals(_ queue: String) -> Int { receivers.withLock { $0.arrivals[queue] ?? 0 } }

  /// Returns when something was put into the queue since `arrivals` was read, or at the deadline, or when cancelled.
  func wait(for queue: String, since arrivals: Int, until deadline: Timestamp) async {
    let clock = context.clock
    let id = receivers.withLock { receivers in
      receivers.next += 1
      return receivers.next
    }
    let release: @Sendable () -> Void = { [weak self] in
      self?.receivers.withLock { $0.waiting[queue]?.removeValue(forKey: id) }?.resume()
    }
    let timer = Mutex<Task<Void, Never>?>(nil)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = receivers.withLock { receivers in
          if receivers.arrivals[queue] ?? 0 != arrivals || clock.now() >= deadline || Task.isCancelled { return false }
          receivers.waiting[queue, default: [:]][id] = continuation
          return true
        }
        guard waits else { return continuation.resume() }
        timer.withLock {
          $0 = Task {
            try? await clock.sleep(until: deadline)
            release()
          }
        }
      }
    } onCancel: {
      release()
    }
    timer.withLock { $0?.cancel() }
  }

  package func stop() async {
    let waiting = receivers.withLock { receivers in
      defer { receivers.waiting = [:] }
      return receivers.waiting.values.flatMap(\.values)
    }
    for continuation in waiting { continuation.resume() }
  }
}
