import JSON
import ServiceKit
import StepFunctions
import Store
import TestKit
import Testing
import Time

@Suite struct LargeDataTests {
  private static let big: JSONValue = ["text": .string(String(repeating: "0123456789", count: 100_000))]

  @Test func largeDataStandsBesideTheHistory() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "A", "States": ["A": ["Type": "Pass", "Next": "B"], "B": ["Type": "Pass", "End": true]],
    ])
    let execution = try await states.start(machine, Self.big)
    let description = try await states.describe(execution)
    #expect(description["input"] == .string(Self.big.text) && description["output"] == .string(Self.big.text))
    let history = try await states.history(execution)
    #expect(history.count == 6)
    for event in history {
      let details = event.object?.first { $0.key.hasSuffix("EventDetails") }?.value
      #expect((details?["input"] ?? details?["output"]) == .string(Self.big.text))
    }
    // One text is stored once; rows and events are small.
    let sizes = try await states.house.store.read { transaction in
      let texts = try transaction.page("states.text", in: TestHouse.partition, CatalogQuery())
      let rows = try transaction.page("states.execution", in: TestHouse.partition, CatalogQuery())
      let stream = LedgerStream("states.history/machine/\(execution.split(separator: ":").last ?? "")", in: TestHouse.partition)
      let records = try transaction.records(of: stream, from: 1, limit: 100, descending: false)
      return (texts.count, rows[0].body.count, records.map(\.body.count).max() ?? 0)
    }
    #expect(sizes.0 == 1 && sizes.1 < 2_000 && sizes.2 < 2_000)
    let page = try await states.call("GetExecutionHistory", ["executionArn": .string(execution), "includeExecutionData": false])
    #expect(page.text.utf8.count < 5_000)
  }

  @Test func eventsLeaveLargeDataOut() async throws {
    let states = try await StatesHouse()
    _ = try await states.start(try await states.create(Machines.pass), Self.big)
    let details = states.house.seen.events.map(\.detail)
    #expect(details.count == 2)
    for detail in details { #expect(detail["input"]?.isNull == true && detail["inputDetails"] == ["included": false]) }
    #expect(details[1]["output"]?.isNull == true && details[1]["outputDetails"] == ["included": false])
  }

  @Test func theEventOfAChangeIsWhole() async throws {
    let states = try await StatesHouse()
    let execution = try await states.start(try await states.create(Machines.pass), name: "n")
    let detail = try #require(states.house.seen.events.last?.detail)
    #expect(
      detail == [
        "executionArn": .string(execution), "stateMachineArn": .string("\(StatesHouse.prefix):stateMachine:machine"), "name": "n",
        "status": "SUCCEEDED", "startDate": 1_767_225_600_000, "stopDate": 1_767_225_600_000, "input": "{}",
        "inputDetails": ["included": true], "output": "{}", "outputDetails": ["included": true], "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven", "error": .null,
        "cause": .null, "stateMachineVersionArn": .null, "stateMachineAliasArn": .null, "redriveDate": .null,
      ])
    #expect(states.house.seen.events.last?.resources == [execution])
    #expect(states.house.seen.events.last?.detailType == "Step Functions Execution Status Change")
  }

  @Test func quotasOfDataAndHistory() async throws {
    let states = try await StatesHouse(limits: .aws)
    let machine = try await states.create([
      "StartAt": "A",
      "States": [
        "A": ["Type": "Pass", "Parameters": ["n.$": "States.MathAdd($.n, 1)"], "Next": "B"],
        "B": ["Type": "Choice", "Choices": [["Variable": "$.n", "IsPresent": true, "Next": "A"]], "Default": "C"],
        "C": ["Type": "Succeed"],
      ],
    ])
    let execution = try await states.start(machine, ["n": 0])
    await states.house.drain()
    let description = try await states.describe(execution)
    #expect(description["status"] == "FAILED")
    #expect(description["cause"] == "The execution reached the maximum number of history events (25000).")
    #expect(description["redriveStatusReason"]?.string != nil)
    let last = try await states.call(
      "GetExecutionHistory", ["executionArn": .string(execution), "reverseOrder": true, "maxResults": 1])
    #expect(last["events"]?[0]?["id"] == 25_000)
    #expect(await states.fault("RedriveExecution", ["executionArn": .string(execution)])?.code == "ExecutionNotRedrivable")
  }

  @Test func openExecutionsAreBounded() async throws {
    var quotas = StatesQuotas()
    quotas.openExecutions = 2
    let states = try await StatesHouse(limits: .aws, quotas: quotas)
    let machine = try await states.create(Machines.wait)
    _ = try await states.start(machine)
    let second = try await states.start(machine)
    #expect(await states.fault("StartExecution", ["stateMachineArn": .string(machine)])?.code == "ExecutionLimitExceeded")
    let counted = await states.house.counted()
    #expect(counted.first { $0.name == "OpenExecutionCount" }?.summary?.max == 2)
    #expect(counted.first { $0.name == "OpenExecutionLimit" }?.summary?.max == 2)
    _ = try await states.call("StopExecution", ["executionArn": .string(second)])
    _ = try await states.start(machine)
    #expect(await states.fault("RedriveExecution", ["executionArn": .string(second)])?.code == "ExecutionLimitExceeded")
  }

  @Test func aYearIsTheLongest() async throws {
    let states = try await StatesHouse(limits: .aws)
    let activity = try #require(try await states.call("CreateActivity", ["name": "work"])["activityArn"]?.string)
    let execution = try await states.start(try await states.create(Machines.task(activity)))
    await states.house.advance(by: .seconds(31_535_999), step: .seconds(31_535_999))
    #expect(try await states.status(execution) == "RUNNING")
    await states.house.advance(by: .seconds(1))
    #expect(try await states.status(execution) == "TIMED_OUT")
    let open = try await StatesHouse()
    _ = try await open.call("CreateActivity", ["name": "work"])
    let longer = try await open.start(try await open.create(Machines.task(activity)))
    await open.house.advance(by: .seconds(40_000_000), step: .seconds(40_000_000))
    #expect(try await open.status(longer) == "RUNNING")
  }
}

@Suite struct FaultTests {
  @Test func startingTwiceIsOneExecutionWhileItRuns() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.wait)
    let input: JSONObject = ["stateMachineArn": .string(machine), "name": "n", "input": "{}"]
    let first = try await states.call("StartExecution", .object(input))
    #expect(try await states.call("StartExecution", .object(input)) == first)
    var other = input
    other["input"] = "[]"
    #expect(await states.fault("StartExecution", .object(other))?.code == "ExecutionAlreadyExists")
  }

  @Test func machinesAreMadeOnce() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.pass)
    #expect(try await states.create(Machines.pass, ["roleArn": "arn:aws:iam::000000000000:role/other"]) == machine)
    func fault(_ change: JSONObject) async -> Fault? {
      var input: JSONObject = ["name": "machine", "definition": .string(Machines.pass.text), "roleArn": states.role]
      for (name, value) in change { input[name] = value }
      return await states.fault("CreateStateMachine", .object(input))
    }
    #expect(await fault(["definition": .string(Machines.fail.text)])?.code == "StateMachineAlreadyExists")
    #expect(await fault(["type": "EXPRESS"])?.code == "StateMachineAlreadyExists")
    #expect(await fault(["tracingConfiguration": ["enabled": true]])?.code == "StateMachineAlreadyExists")
    #expect(await fault(["name": "a b"])?.code == "InvalidName")
    #expect(await fault(["name": "x", "roleArn": "r"])?.code == "InvalidArn")
    #expect(await fault(["name": "x", "definition": "{}"])?.code == "InvalidDefinition")
    #expect(await fault(["name": "x", "versionDescription": "d"])?.code == "ValidationException")
    let tags = JSONValue.array((0..<51).map { ["key": .string("k\($0)"), "value": ""] })
    #expect(await fault(["name": "x", "tags": tags])?.code == "TooManyTags")
    #expect(await states.fault("UpdateStateMachine", ["stateMachineArn": .string(machine)])?.code == "MissingRequiredParameter")
    #expect(await states.fault("TagResource", ["resourceArn": .string(machine), "tags": tags])?.code == "TooManyTags")
    let none: JSONValue = .string("\(StatesHouse.prefix):stateMachine:none")
    #expect(await states.fault("TagResource", ["resourceArn": none, "tags": []])?.code == "ResourceNotFound")
    #expect(await states.fault("ListTagsForResource", ["resourceArn": "x"])?.code == "InvalidArn")
    #expect(await states.fault("ListStateMachines", ["nextToken": "x"])?.code == "InvalidToken")
    #expect(await states.fault("GetExecutionHistory", ["executionArn": .string(machine)])?.code == "InvalidArn")
  }

  @Test func reportsOfTasksThatAreNotThere() async throws {
    let states = try await StatesHouse(limits: .aws)
    _ = try await states.call("CreateActivity", ["name": "work"])
    let machine = try await states.create(Machines.task("\(StatesHouse.prefix):activity:work"))
    _ = try await states.start(machine)
    let token = try #require(
      try await states.call("GetActivityTask", ["activityArn": .string("\(StatesHouse.prefix):activity:work")])["taskToken"])
    #expect(await states.fault("SendTaskSuccess", ["taskToken": token, "output": "{"])?.code == "InvalidOutput")
    let long = "\"" + String(repeating: "x", count: 262_143) + "\""
    #expect(await states.fault("SendTaskSuccess", ["taskToken": token, "output": .string(long)])?.code == "InvalidOutput")
    _ = try await states.call("DeleteStateMachine", ["stateMachineArn": .string(machine)])
    #expect(await states.fault("SendTaskFailure", ["taskToken": token])?.code == "TaskDoesNotExist")
    #expect(await states.fault("SendTaskFailure", ["taskToken": "x"])?.code == "InvalidToken")
  }

  @Test func pagesOfAHistoryBelongToIt() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.pass)
    let (first, second) = (try await states.start(machine), try await states.start(machine))
    let page = try await states.call("GetExecutionHistory", ["executionArn": .string(first), "maxResults": 3])
    let token = try #require(page["nextToken"])
    let rest = try await states.call("GetExecutionHistory", ["executionArn": .string(first), "maxResults": 3, "nextToken": token])
    #expect(rest["events"]?.array?.compactMap { $0["id"] } == [4])
    #expect(await states.fault("GetExecutionHistory", ["executionArn": .string(second), "nextToken": token])?.code == "InvalidToken")
    states.house.clock.advance(by: .seconds(2 * 86_400))
    #expect(await states.fault("GetExecutionHistory", ["executionArn": .string(first), "nextToken": token])?.code == "InvalidToken")
  }
}
