import Batch
import Execution
import JSON
import ServiceKit
import Store
import TestKit
import Testing
import Time

/// A house with Batch, one environment, one queue and one definition.
struct BatchHouse {
  let house: TestHouse
  let execution: PlayedExecution
  let batch: Batch
  private let loops: [Task<Void, any Error>]

  init(maxvCpus: Int = 4, jobDefinition: JSONValue? = nil) async throws {
    let house = try TestHouse()
    let execution = PlayedExecution(clock: house.clock)
    self.house = house
    self.execution = execution
    batch = try await house.open { Batch($0, execution: execution) }
    loops = batch.loops.map { loop in Task { try await loop() } }
    try await house.call(
      "batch", "CreateComputeEnvironment",
      [
        "computeEnvironmentName": "local", "type": "MANAGED", "state": "ENABLED",
        "computeResources": ["type": "EC2", "maxvCpus": .int(Int64(maxvCpus)), "subnets": ["local"], "instanceTypes": ["optimal"]],
      ])
    try await house.call(
      "batch", "CreateJobQueue",
      [
        "jobQueueName": "queue", "priority": 1, "state": "ENABLED",
        "computeEnvironmentOrder": [["order": 1, "computeEnvironment": "local"]],
      ])
    try await house.call("batch", "RegisterJobDefinition", jobDefinition ?? Self.definition())
  }

  static func definition(_ extra: JSONObject = [:]) -> JSONValue {
    var definition: JSONObject = [
      "jobDefinitionName": "job", "type": "container",
      "containerProperties": [
        "image": "local", "command": ["/bin/echo", "Ref::word"],
        "resourceRequirements": [["type": "VCPU", "value": "1"], ["type": "MEMORY", "value": "128"]],
      ],
    ]
    for (name, value) in extra { definition[name] = value }
    return .object(definition)
  }

  func submit(_ name: String = "one", _ extra: JSONObject = [:]) async throws -> String {
    var input: JSONObject = ["jobName": .string(name), "jobQueue": "queue", "jobDefinition": "job"]
    for (name, value) in extra { input[name] = value }
    return try #require(try await house.call("batch", "SubmitJob", .object(input))["jobId"]?.string)
  }

  func describe(_ id: String) async throws -> JSONValue {
    try #require(try await house.call("batch", "DescribeJobs", ["jobs": [.string(id)]])["jobs"]?[0])
  }

  func status(_ id: String) async throws -> String? { try await describe(id)["status"]?.string }

  func close() async {
    await batch.stop()
    for loop in loops { loop.cancel() }
  }
}

@Suite struct JobTests {
  @Test func aJobRunsAndTellsOfItself() async throws {
    let house = try await BatchHouse()
    let id = try await house.submit("one", ["parameters": ["word": "hello"]])
    await house.execution.waitForStarts(1)
    let attempt = try #require(house.execution.started.first)
    #expect(attempt.id == "\(id).1")
    #expect(attempt.command == ["/bin/echo", "hello"])
    #expect(attempt.environment["AWS_BATCH_JOB_ID"] == id)
    #expect(attempt.environment["AWS_BATCH_JQ_NAME"] == "queue")
    #expect(attempt.environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566")
    #expect(attempt.environment["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "true")
    #expect(attempt.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] == nil)
    await house.execution.finish("\(id).1", code: 0, lines: ["hello"])
    let job = try await house.describe(id)
    #expect(job["status"] == "SUCCEEDED")
    #expect(job["container"]?["exitCode"] == 0)
    let stream = try #require(job["container"]?["logStreamName"]?.string)
    #expect(stream.hasPrefix("job/default/"))
    #expect(house.house.seen.lines("/aws/batch/job", stream) == ["hello"])
    let states = house.house.seen.events.filter { $0.detailType == "Batch Job State Change" }.compactMap { $0.detail["status"]?.string }
    #expect(states == ["SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"])
    #expect(house.house.seen.completions.map(\.succeeded) == [true])
    #expect(house.execution.released == ["\(id).1"])
    #expect(house.house.seen.metrics.contains { $0.name == "PeakMemory" && $0.dimensions["JobDefinition"] == "job" })
    await house.close()
  }

  @Test func aFailedAttemptIsTriedAgainAsOftenAsTheStrategySays() async throws {
    let house = try await BatchHouse(jobDefinition: BatchHouse.definition(["retryStrategy": ["attempts": 2]]))
    let id = try await house.submit()
    await house.execution.waitForStarts(1)
    await house.execution.finish("\(id).1", code: 7)
    await house.execution.waitForStarts(2)
    await house.execution.finish("\(id).2", code: 8)
    let job = try await house.describe(id)
    #expect(job["status"] == "FAILED")
    #expect(job["attempts"]?.array?.map { $0["container"]?["exitCode"] ?? .null } == [7, 8])
    await house.close()
  }

  @Test func dependentsWaitAndFailWithWhatTheyDependOn() async throws {
    let house = try await BatchHouse()
    let first = try await house.submit("first")
    let second = try await house.submit("second", ["dependsOn": [["jobId": .string(first)]]])
    let third = try await house.submit("third", ["dependsOn": [["jobId": .string(second)]]])
    #expect(try await house.status(second) == "PENDING")
    await house.execution.waitForStarts(1)
    await house.execution.finish("\(first).1", code: 0)
    await house.execution.waitForStarts(2)
    await house.execution.finish("\(second).1", code: 1)
    let job = try await house.describe(third)
    #expect(job["status"] == "FAILED")
    #expect(job["statusReason"] == "Dependent Job failed")
    await house.close()
  }

  @Test func jobsWaitForRoomAndSayWhy() async throws {
    let house = try await BatchHouse(maxvCpus: 1)
    let first = try await house.submit("first")
    await house.execution.waitForStarts(1)
    let second = try await house.submit("second")
    let waiting = try await house.describe(second)
    #expect(waiting["status"] == "RUNNABLE")
    #expect(waiting["statusReason"]?.string?.hasPrefix("Waiting: it needs 1.0 vCPUs") == true)
    await house.execution.finish("\(first).1", code: 0)
    await house.execution.waitForStarts(2)
    #expect(try await house.status(second) == "STARTING")
    await house.close()
  }

  @Test func terminatedJobsAreStoppedAndFailWithTheReason() async throws {
    let house = try await BatchHouse()
    let id = try await house.submit()
    await house.execution.waitForStarts(1)
    try await house.house.call("batch", "TerminateJob", ["jobId": .string(id), "reason": "enough"])
    for _ in 0..<1_000 where house.execution.stopped.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
    #expect(house.execution.stopped.first == "\(id).1")
    await house.execution.finish("\(id).1", code: 143)
    let job = try await house.describe(id)
    #expect(job["status"] == "FAILED")
    #expect(job["statusReason"] == "enough")
    #expect(job["isTerminated"] == true)
    await house.close()
  }

  @Test func attemptsThatRunTooLongAreStopped() async throws {
    let house = try await BatchHouse(jobDefinition: BatchHouse.definition(["timeout": ["attemptDurationSeconds": 60]]))
    let id = try await house.submit()
    await house.execution.waitForStarts(1)
    await house.execution.play(.started(id: "\(id).1", pid: 1, at: house.house.clock.now()))
    await house.house.advance(by: .seconds(61))
    for _ in 0..<1_000 where house.execution.stopped.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
    #expect(house.execution.stopped.first == "\(id).1")
    await house.close()
  }

  @Test func aNewServerTakesUpWhatRan() async throws {
    let house = try await BatchHouse()
    let id = try await house.submit()
    await house.execution.waitForStarts(1)
    await house.execution.play(.started(id: "\(id).1", pid: 1, at: house.house.clock.now()))
    await house.close()
    // The engine knows nothing of it any more: the attempt is lost, and not run again without a strategy that says so.
    let execution = PlayedExecution(clock: house.house.clock)
    let next = try await house.house.open { Batch($0, execution: execution) }
    for _ in 0..<2_000 where try await house.status(id) != "FAILED" { try await Task.sleep(for: .milliseconds(1)) }
    let job = try await house.describe(id)
    #expect(job["status"] == "FAILED")
    #expect(job["statusReason"]?.string?.hasPrefix("Host EC2") == true)
    #expect(execution.started.isEmpty)
    await next.stop()
  }

  @Test func imagesNeedAContainerEngine() async throws {
    let house = try await BatchHouse(
      jobDefinition: [
        "jobDefinitionName": "job", "type": "container",
        "containerProperties": ["image": "busybox", "command": ["true"], "vcpus": 1, "memory": 64],
      ])
    let fault = await house.house.fault("batch", "SubmitJob", ["jobName": "x", "jobQueue": "queue", "jobDefinition": "job"])
    #expect(fault?.code == "ClientException")
    #expect(fault?.message.contains("container engine") == true)
    await house.close()
  }
}
