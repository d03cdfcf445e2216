/// A record of the workload, either kind, as a program would declare it for Foundation's coders.
struct Record: Codable {
  struct Container: Codable {
    struct Variable: Codable {
      var name: String
      var value: String
    }
    var image: String
    var vcpus: Int
    var memory: Int
    var command: [String]
    var environment: [Variable]
  }
  struct Attempt: Codable {
    struct Container: Codable {
      var exitCode: Int
      var logStreamName: String
    }
    var container: Container
    var startedAt: Int
    var stoppedAt: Int
    var statusReason: String
  }
  struct Metrics: Codable {
    var loss: Double
    var accuracy: Double
    var samples: Int
  }
  struct Fields: Codable {
    var loss: Double
    var lr: Double
    var gpu: Int
    var util: Double
    var ok: Bool
  }
  var jobArn: String?
  var jobName: String?
  var jobId: String?
  var jobQueue: String?
  var status: String?
  var attempts: [Attempt]?
  var container: Container?
  var metrics: Metrics?
  var isTerminated: Bool?
  var isCancelled: Bool?
  var timestamp: Int?
  var level: String?
  var logger: String?
  var host: String?
  var pid: Int?
  var message: String?
  var fields: Fields?
}
