import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

@Suite struct ActivityTests {
  private static let arn: JSONValue = "arn:aws:states:eu-central-1:000000000000:activity:work"

  private func started(_ fields: JSONObject = JSONObject()) async throws -> (StatesHouse, String) {
    let states = try await StatesHouse()
    _ = try await states.call("CreateActivity", ["name": "work"])
    let machine = try await states.create(Machines.task("\(StatesHouse.prefix):activity:work", fields))
    return (states, try await states.start(machine, ["n": 1]))
  }

  @Test func aWorkerTakesATaskAndReportsIt() async throws {
    let (states, execution) = try await started()
    #expect(try await states.types(execution).last == "ActivityScheduled")
    await states.house.advance(by: .seconds(2))
    let task = try await states.call("GetActivityTask", ["activityArn": Self.arn, "workerName": "me"])
    #expect(task["input"] == #"{"n":1}"#)
    #expect(try await states.history(execution).last?["activityStartedEventDetails"] == ["workerName": "me"])
    await states.house.advance(by: .seconds(3))
    _ = try await states.call("SendTaskSuccess", ["taskToken": try #require(task["taskToken"]), "output": #"{"done":true}"#])
    let description = try await states.describe(execution)
    #expect(description["status"] == "SUCCEEDED")
    #expect(description["output"] == #"{"done":true}"#)
    #expect(
      try await states.types(execution) == [
        "ExecutionStarted", "TaskStateEntered", "ActivityScheduled", "ActivityStarted", "ActivitySucceeded", "TaskStateExited",
        "ExecutionSucceeded",
      ])
    let counted = await states.house.counted().filter { $0.dimensions["ActivityArn"] != nil }
    let values = Dictionary(counted.map { ($0.name, $0.value) }, uniquingKeysWith: { $0 + $1 })
    #expect(values["ActivitiesScheduled"] == 1 && values["ActivitiesStarted"] == 1 && values["ActivitiesSucceeded"] == 1)
    #expect(values["ActivityScheduleTime"] == 2_000 && values["ActivityRunTime"] == 3_000 && values["ActivityTime"] == 5_000)
  }

  @Test func aPollWaitsForATask() async throws {
    let states = try await StatesHouse()
    _ = try await states.call("CreateActivity", ["name": "work"])
    let machine = try await states.create(Machines.task("\(StatesHouse.prefix):activity:work"))
    async let task = states.call("GetActivityTask", ["activityArn": Self.arn])
    while states.house.clock.sleeping == 0 { await Task.yield() }
    _ = try await states.start(machine, ["n": 2])
    #expect(try await task["input"] == #"{"n":2}"#)
  }

  @Test func aPollWithoutATaskEndsAfterAMinute() async throws {
    let states = try await StatesHouse()
    _ = try await states.call("CreateActivity", ["name": "work"])
    async let task = states.call("GetActivityTask", ["activityArn": Self.arn])
    while states.house.clock.sleeping == 0 { await Task.yield() }
    states.house.clock.advance(by: .seconds(60))
    #expect(try await task["taskToken"]?.string == nil)
  }

  @Test func tasksAreGivenInOrderAndOnce() async throws {
    let states = try await StatesHouse()
    _ = try await states.call("CreateActivity", ["name": "work"])
    let machine = try await states.create(Machines.task("\(StatesHouse.prefix):activity:work"))
    for number in 0..<3 {
      _ = try await states.start(machine, .int(Int64(number)))
      await states.house.advance(by: .milliseconds(1))
    }
    var inputs: [String] = []
    for _ in 0..<3 { inputs.append(try await states.call("GetActivityTask", ["activityArn": Self.arn])["input"]?.string ?? "") }
    #expect(inputs == ["0", "1", "2"])
  }

  @Test func failuresNameErrorAndCause() async throws {
    let (states, execution) = try await started()
    let token = try #require(try await states.call("GetActivityTask", ["activityArn": Self.arn])["taskToken"])
    _ = try await states.call("SendTaskFailure", ["taskToken": token, "error": "Bad", "cause": "why"])
    let failed = try #require(try await states.history(execution).first { $0["type"] == "ActivityFailed" })
    #expect(failed["activityFailedEventDetails"] == ["error": "Bad", "cause": "why"])
    #expect(try await states.status(execution) == "FAILED")
    #expect(await states.fault("SendTaskHeartbeat", ["taskToken": token])?.code == "TaskTimedOut")
  }

  @Test func heartbeatsAreExpectedOnceATaskIsTaken() async throws {
    let (states, execution) = try await started(["HeartbeatSeconds": 10])
    // Nobody has taken it: no heartbeat is due.
    await states.house.advance(by: .seconds(30), step: .seconds(1))
    let token = try #require(try await states.call("GetActivityTask", ["activityArn": Self.arn])["taskToken"])
    await states.house.advance(by: .seconds(9), step: .seconds(1))
    _ = try await states.call("SendTaskHeartbeat", ["taskToken": token])
    await states.house.advance(by: .seconds(9), step: .seconds(1))
    #expect(try await states.status(execution) == "RUNNING")
    await states.house.advance(by: .seconds(1), step: .seconds(1))
    #expect(try await states.status(execution) == "FAILED")
    #expect(try await states.types(execution).contains("ActivityTimedOut"))
    #expect(await states.fault("SendTaskSuccess", ["taskToken": token, "output": "{}"])?.code == "TaskTimedOut")
    let counted = Set(await states.house.counted().filter { $0.dimensions["ActivityArn"] != nil }.map(\.name))
    #expect(counted.contains("ActivitiesHeartbeatTimedOut") && !counted.contains("ActivitiesTimedOut"))
  }

  @Test func aTaskThatTimedOutIsGivenToNobody() async throws {
    let (states, execution) = try await started(["TimeoutSeconds": 5])
    await states.house.advance(by: .seconds(5), step: .seconds(1))
    #expect(try await states.status(execution) == "FAILED")
    async let task = states.call("GetActivityTask", ["activityArn": Self.arn])
    while states.house.clock.sleeping == 0 { await Task.yield() }
    states.house.clock.advance(by: .seconds(60))
    #expect(try await task["input"]?.string == nil)
  }

  @Test func anActivityThatIsNotThereFailsTheTask() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.task("\(StatesHouse.prefix):activity:none"))
    let execution = try await states.start(machine)
    #expect(try await states.types(execution).contains("ActivityScheduleFailed"))
    #expect(try await states.status(execution) == "FAILED")
  }

  @Test func activitiesAreMadeListedAndDeleted() async throws {
    let states = try await StatesHouse()
    let first = try await states.call("CreateActivity", ["name": "work", "tags": [["key": "a", "value": "b"]]])
    await states.house.advance(by: .seconds(1))
    #expect(try await states.call("CreateActivity", ["name": "work"]) == first)
    #expect(try await states.call("ListTagsForResource", ["resourceArn": Self.arn])["tags"] == [["key": "a", "value": "b"]])
    for name in ["x", "y", "z"] { _ = try await states.call("CreateActivity", ["name": .string(name)]) }
    let page = try await states.call("ListActivities", ["maxResults": 3])
    #expect(page["activities"]?.array?.compactMap { $0["name"]?.string } == ["work", "x", "y"])
    let rest = try await states.call("ListActivities", ["maxResults": 3, "nextToken": try #require(page["nextToken"])])
    #expect(rest["activities"]?.array?.compactMap { $0["name"]?.string } == ["z"])
    _ = try await states.call("DeleteActivity", ["activityArn": Self.arn])
    #expect(await states.fault("DescribeActivity", ["activityArn": Self.arn])?.code == "ActivityDoesNotExist")
    #expect(await states.fault("GetActivityTask", ["activityArn": Self.arn])?.code == "ActivityDoesNotExist")
    #expect(await states.fault("DeleteActivity", ["activityArn": "arn:aws:states:::x"])?.code == "InvalidArn")
    #expect(await states.fault("CreateActivity", ["name": "a b"])?.code == "InvalidName")
    #expect(await states.fault("ListActivities", ["nextToken": "x"])?.code == "InvalidToken")
  }

  @Test func quotasOfActivities() async throws {
    var quotas = StatesQuotas()
    quotas.activities = 1
    quotas.pollers = 1
    let states = try await StatesHouse(limits: .aws, quotas: quotas)
    _ = try await states.call("CreateActivity", ["name": "work"])
    #expect(await states.fault("CreateActivity", ["name": "more"])?.code == "ActivityLimitExceeded")
    async let task = states.call("GetActivityTask", ["activityArn": Self.arn])
    while states.house.clock.sleeping == 0 { await Task.yield() }
    #expect(await states.fault("GetActivityTask", ["activityArn": Self.arn])?.code == "ActivityWorkerLimitExceeded")
    states.house.clock.advance(by: .seconds(60))
    _ = try await task
    let other: JSONValue = ["type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"]
    #expect(await states.fault("CreateActivity", ["name": "work", "encryptionConfiguration": other])?.code == "ActivityAlreadyExists")
    #expect(
      await states.fault("CreateActivity", ["name": "z", "encryptionConfiguration": ["type": "CUSTOMER_MANAGED_KMS_KEY"]])?.code
        == "InvalidEncryptionConfiguration")
  }
}
