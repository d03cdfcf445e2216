import JSON
import Store
import Time

/// An event as EventBridge carries it. Source: EventBridge User Guide, "AWS service event metadata".
package struct Event: Sendable, Codable, Equatable {
  package var id: String
  package var source: String
  package var detailType: String
  package var account: String
  package var region: String
  package var time: Timestamp
  /// The replay that brings the event back from an archive; nil for one that is new.
  package var replayName: String?
  package var resources: [String]
  package var detail: JSONValue

  package init(
    id: String, source: String, detailType: String, account: String, region: String, time: Timestamp, resources: [String], detail: JSONValue
  ) {
    self.id = id
    self.source = source
    self.detailType = detailType
    self.account = account
    self.region = region
    self.time = time
    self.resources = resources
    self.detail = detail
  }

  /// The envelope as targets get it.
  package var json: JSONValue {
    var envelope: JSONObject = [
      "version": "0", "id": .string(id), "detail-type": .string(detailType), "source": .string(source), "account": .string(account),
      "time": .string(time.iso8601()), "region": .string(region),
    ]
    if let replayName { envelope["replay-name"] = .string(replayName) }
    envelope["resources"] = .array(resources.map { .string($0) })
    envelope["detail"] = detail
    return .object(envelope)
  }
}

extension Call {
  /// An event of this room's, at this call's instant.
  package func event(source: String, detailType: String, resources: [String], detail: JSONValue) -> Event {
    Event(
      id: room.context.identifiers.uuid(), source: source, detailType: detailType, account: caller.account, region: caller.region,
      time: now,
      resources: resources, detail: detail)
  }
}

/// The room that matches events with rules. What it makes due commits with the transaction the event came from.
package protocol EventRouter: Sendable {
  /// Routes the event on the default bus of the partition.
  func route(_ event: Event, in partition: Partition, _ transaction: any Transaction) throws
}

/// A room that waits for the end of work that others do for it (`.sync` integrations).
package protocol CompletionListener: Sendable {
  /// The work that the ARN names has ended; its room says so in the transaction that ends it.
  /// - Parameter output: what the service's Describe operation answers of it, members in Pascal case as Step Functions shows them.
  func finished(_ resource: ARN, succeeded: Bool, output: JSONValue, in partition: Partition, _ transaction: any Transaction) throws
}

/// One sample of a metric a room has about itself or its jobs, or the summary of several of one instant.
package struct MetricDatum: Sendable, Codable, Equatable {
  /// Several samples in one: what a statistic set is.
  package struct Summary: Sendable, Codable, Equatable {
    package private(set) var count = 0.0
    package private(set) var sum = 0.0
    package private(set) var min = Double.infinity
    package private(set) var max = -Double.infinity

    package init() {}

    /// A statistic set that somebody else made: the count above 0, the minimum not above the maximum.
    package init(count: Double, sum: Double, min: Double, max: Double) {
      (self.count, self.sum, self.min, self.max) = (count, sum, min, max)
    }

    package mutating func add(_ value: Double) {
      count += 1
      sum += value
      min = Swift.min(min, value)
      max = Swift.max(max, value)
    }
  }
  /// A value and how often it was seen, above 0.
  package struct Counted: Sendable, Codable, Equatable {
    package var value: Double
    package var count: Double

    package init(_ value: Double, _ count: Double) {
      self.value = value
      self.count = count
    }
  }
  package var namespace: String
  package var name: String
  package var dimensions: [String: String]
  package var value: Double
  package var unit: String
  package var time: Timestamp
  /// Of more than one sample; nil for one, which is `value`.
  package var summary: Summary?
  /// Of a distribution, whose percentiles are kept; goes before `summary` and `value`.
  package var values: [Counted]?
  /// Seconds: 1 or 60; nil for 1.
  package var resolution: Int?

  package init(
    namespace: String, name: String, dimensions: [String: String] = [:], value: Double, unit: String = "None", time: Timestamp,
    summary: Summary? = nil, values: [Counted]? = nil, resolution: Int? = nil
  ) {
    self.summary = summary
    self.values = values
    self.resolution = resolution
    self.namespace = namespace
    self.name = name
    self.dimensions = dimensions
    self.value = value
    self.unit = unit
    self.time = time
  }
}

/// The room that stores metrics.
package protocol MetricSink: Sendable {
  /// Stores the samples; returns once they are durable.
  func store(_ data: [MetricDatum], in partition: Partition) async throws
}

/// One line of a job's output.
package struct LogLine: Sendable, Codable, Equatable {
  package var time: Timestamp
  package var message: String
  package init(time: Timestamp, message: String) {
    self.time = time
    self.message = message
  }
}

/// The room that stores logs.
package protocol LogSink: Sendable {
  /// Appends to a stream, making group and stream where absent; returns once the lines are durable.
  func append(_ lines: [LogLine], group: String, stream: String, in partition: Partition) async throws
}

/// Knows the secret of an access key: the room that keeps users and sessions.
package protocol CredentialSource: Sendable {
  /// The key's secret and owner, or nil for a key nobody has. Throws Fault for one that has expired or whose token is wrong.
  func credential(_ accessKey: String, token: String?, region: String) async throws -> (secret: String, caller: Caller)?
  /// Credentials for a job that runs under a role: short-lived, renewed by asking again.
  func session(role: String, name: String, duration: Duration, in partition: Partition) async throws -> SessionCredentials
}

package struct SessionCredentials: Sendable {
  package var accessKey: String
  package var secret: String
  package var token: String
  package var expiration: Timestamp
  package init(accessKey: String, secret: String, token: String, expiration: Timestamp) {
    self.accessKey = accessKey
    self.secret = secret
    self.token = token
    self.expiration = expiration
  }
}

/// Something to hand to a target of a rule, schedule, pipe or alarm.
package struct Delivery: Sendable {
  package var target: ARN
  /// What the target gets: the event, or what an input, path or transformer made of it.
  package var payload: JSONValue
  /// The payload as text exactly as it is to be delivered.
  package var text: String
  /// The target's own parameters by the wire's names: `BatchParameters`, `SqsParameters`, ...
  package var parameters: JSONObject
  /// Unique to this delivery; the same when it is tried again.
  package var id: String
  /// The X-Ray trace header of what is delivered, for targets that take one.
  package var trace: String?

  package init(target: ARN, payload: JSONValue, text: String, parameters: JSONObject, id: String, trace: String? = nil) {
    self.trace = trace
    self.target = target
    self.payload = payload
    self.text = text
    self.parameters = parameters
    self.id = id
  }
}
