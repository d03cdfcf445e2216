import EventPattern
import JSON
import ServiceKit

/// Source: Amazon EventBridge Pipes API Reference, PipeSourceParameters.
struct SourceParameters: Shape, Equatable {
  var filterCriteria: FilterCriteria?
  var sqsQueueParameters: SqsQueue?
  var kinesisStreamParameters: JSONValue?
  var dynamoDBStreamParameters: JSONValue?
  var activeMQBrokerParameters: JSONValue?
  var rabbitMQBrokerParameters: JSONValue?
  var managedStreamingKafkaParameters: JSONValue?
  var selfManagedKafkaParameters: JSONValue?

  struct FilterCriteria: Shape, Equatable {
    var filters: [Filter]?
    static var limits: [Limit<Self>] { [.count("filters", \.filters, 0...5)] }
  }

  struct Filter: Shape, Equatable {
    var pattern: String?
    static var limits: [Limit<Self>] { [.length("pattern", \.pattern, 0...4_096)] }
  }

  struct SqsQueue: Shape, Equatable {
    var batchSize: Int?
    var maximumBatchingWindowInSeconds: Int?
    static var limits: [Limit<Self>] {
      [
        .range("batchSize", \.batchSize, 1...10_000),
        .range("maximumBatchingWindowInSeconds", \.maximumBatchingWindowInSeconds, 0...300),
      ]
    }
  }

  var patterns: [String] { (filterCriteria?.filters ?? []).compactMap(\.pattern).filter { !$0.isEmpty } }
  var batchSize: Int { sqsQueueParameters?.batchSize ?? 10 }
  var windowInSeconds: Int { sqsQueueParameters?.maximumBatchingWindowInSeconds ?? 0 }

  /// Throws ValidationException for a pattern that is none, or for parameters of another kind of source.
  func check(_ source: ARN) throws(Fault) {
    let others = [
      kinesisStreamParameters, dynamoDBStreamParameters, activeMQBrokerParameters, rabbitMQBrokerParameters,
      managedStreamingKafkaParameters,
      selfManagedKafkaParameters,
    ]
    if others.contains(where: { $0 != nil }) || (sqsQueueParameters != nil && source.service != "sqs") {
      throw .validation("Invalid source parameter provided for source.")
    }
    for pattern in patterns {
      do throws(EventPatternError) { _ = try EventPattern(pattern) } catch {
        throw .validation("Invalid \(error.message.replacing("Event pattern is not valid.", with: "Event Pattern."))")
      }
    }
  }
}
