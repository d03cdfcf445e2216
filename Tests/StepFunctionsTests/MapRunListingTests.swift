import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

/// What is told of map runs and their children, and how runs wait for each other.
@Suite struct MapRunListingTests {
  private static func map(_ type: String, _ states: JSONValue, start: String, _ fields: JSONObject = ["Label": "each"]) -> JSONValue {
    var map: JSONObject = [
      "Type": "Map", "End": true,
      "ItemProcessor": [
        "ProcessorConfig": ["Mode": "DISTRIBUTED", "ExecutionType": .string(type)], "StartAt": .string(start), "States": states,
      ],
    ]
    for (name, value) in fields { map[name] = value }
    return ["StartAt": "All of: them/now", "States": ["All of: them/now": .object(map)]]
  }
  private static let wait: JSONValue = ["W": ["Type": "Wait", "Seconds": 60, "End": true]]
  private static let odd: JSONValue = [
    "C": ["Type": "Choice", "Choices": [["Variable": "$", "NumericEquals": 2, "Next": "F"]], "Default": "P"],
    "F": ["Type": "Fail", "Error": "Even", "Cause": "two"], "P": ["Type": "Pass", "End": true],
  ]

  private func run(_ states: StatesHouse, _ execution: String) async throws -> JSONValue {
    let runs = try await states.call("ListMapRuns", ["executionArn": .string(execution)])["mapRuns"]?.array
    return try #require(runs?.first?["mapRunArn"])
  }

  private func list(_ states: StatesHouse, _ run: JSONValue, _ more: JSONObject = JSONObject()) async throws -> [JSONValue] {
    var input: JSONObject = ["mapRunArn": run]
    for (name, value) in more { input[name] = value }
    return try #require(try await states.call("ListExecutions", .object(input))["executions"]?.array)
  }

  @Test func expressChildrenAreListedAndDescribed() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Self.map("EXPRESS", Self.odd, start: "C", ["Label": "each", "ToleratedFailureCount": 1]))
    let execution = try await states.start(machine, [1, 2, 3])
    await states.house.drain()
    let arn = try await run(states, execution)
    let all = try await list(states, arn)
    #expect(all.count == 3 && Set(all.compactMap { $0["name"]?.string }).count == 3)
    #expect(all.allSatisfy { $0["mapRunArn"] == arn && $0["stateMachineArn"] == .string("\(machine)/each") && $0["itemCount"] == 1 })
    let failed = try await list(states, arn, ["statusFilter": "FAILED"])
    #expect(failed.count == 1)
    #expect(try await list(states, arn, ["statusFilter": "RUNNING"]) == [])
    #expect(try await list(states, arn, ["redriveFilter": "REDRIVEN"]) == [])
    let one = try #require(failed[0]["executionArn"])
    let described = try await states.call("DescribeExecution", ["executionArn": one])
    #expect(described["status"] == "FAILED" && described["error"] == "Even" && described["cause"] == "two" && described["input"] == "2")
    #expect(described["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN" && described["mapRunArn"] == arn)
    let good = try #require(try await list(states, arn, ["statusFilter": "SUCCEEDED"])[0]["executionArn"])
    let succeeded = try await states.call("DescribeExecution", ["executionArn": good])
    #expect(succeeded["output"] == succeeded["input"] && succeeded["redriveStatus"] == "NOT_REDRIVABLE")
    let metadata = try await states.call("DescribeExecution", ["executionArn": good, "includedData": "METADATA_ONLY"])
    #expect(metadata["output"] == nil && metadata["input"] == nil && metadata["outputDetails"] == ["included": false])
    // Their histories are only logged.
    for operation in ["GetExecutionHistory", "StopExecution", "RedriveExecution"] {
      #expect(await states.fault(operation, ["executionArn": one])?.code == "InvalidArn")
    }
    let text = try #require(one.string)
    #expect(
      await states.fault("DescribeExecution", ["executionArn": .string(text.replacing("each", with: "other"))])?.code
        == "ExecutionDoesNotExist")
    #expect(
      await states.fault("DescribeExecution", ["executionArn": .string(String(text.dropLast(1)))])?.code == "ExecutionDoesNotExist")
  }

  @Test func expressChildrenAreListedPageByPageWhileTheyRun() async throws {
    let states = try await StatesHouse()
    let children: JSONValue = [
      "C": ["Type": "Choice", "Choices": [["Variable": "$", "NumericLessThan": 5, "Next": "P"]], "Default": "W"],
      "P": ["Type": "Pass", "End": true], "W": ["Type": "Wait", "Seconds": 60, "End": true],
    ]
    let machine = try await states.create(Self.map("EXPRESS", children, start: "C"))
    let execution = try await states.start(machine, .array((0..<8).map { .int($0) }))
    async let drained: Void = states.house.drain()
    while states.house.clock.sleeping < 6 { await Task.yield() }
    let arn = try await run(states, execution)
    let running = try await list(states, arn, ["statusFilter": "RUNNING"])
    #expect(running.count >= 3 && running.allSatisfy { $0["status"] == "RUNNING" && $0["stopDate"] == nil })
    let page = try await states.call("ListExecutions", ["mapRunArn": arn, "statusFilter": "RUNNING", "maxResults": 2])
    let rest = try await list(states, arn, ["statusFilter": "RUNNING", "nextToken": try #require(page["nextToken"])])
    #expect((page["executions"]?.array ?? []) + rest == running)
    let first = try await states.call("DescribeExecution", ["executionArn": try #require(running.first?["executionArn"])])
    #expect(first["status"] == "RUNNING")
    states.house.clock.advance(by: .seconds(61))
    await drained
    await states.house.drain()
    #expect(try await states.status(execution) == "SUCCEEDED")
    var names: [String] = []
    var token: JSONValue?
    repeat {
      var input: JSONObject = ["mapRunArn": arn, "maxResults": 3]
      input["nextToken"] = token
      let page = try await states.call("ListExecutions", .object(input))
      names += page["executions"]?.array?.compactMap { $0["name"]?.string } ?? []
      token = page["nextToken"]
    } while token != nil
    #expect(names.count == 8 && Set(names).count == 8)
  }

  @Test func childrenThatWaitForARedriveAreListed() async throws {
    let states = try await StatesHouse()
    let children: JSONValue = [
      "T": [
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
        "Parameters": ["QueueUrl": "http://127.0.0.1:4566/000000000000/late", "MessageBody": "m"],
      ]
    ]
    let machine = try await states.create(
      Self.map("STANDARD", children, start: "T", ["Label": "each", "ToleratedFailurePercentage": 90, "MaxConcurrency": 1]))
    let execution = try await states.start(machine, [1, 2, 3])
    await states.house.drain()
    let arn = try await run(states, execution)
    #expect(try await list(states, arn, ["statusFilter": "FAILED"]).count == 3)
    #expect(try await list(states, arn, ["statusFilter": "PENDING_REDRIVE"]) == [])
    _ = try await states.queue("late")
    _ = try await states.call("RedriveExecution", ["executionArn": .string(execution)])
    let page = try await states.call("ListExecutions", ["mapRunArn": arn, "statusFilter": "PENDING_REDRIVE", "maxResults": 2])
    #expect(page["executions"]?.array?.map { $0["status"] } == ["PENDING_REDRIVE", "PENDING_REDRIVE"])
    let rest = try await list(
      states, arn, ["statusFilter": "PENDING_REDRIVE", "maxResults": 2, "nextToken": try #require(page["nextToken"])])
    #expect(rest.count == 1)
    await states.house.drain()
    #expect(try await states.status(execution) == "SUCCEEDED")
    #expect(try await list(states, arn, ["statusFilter": "PENDING_REDRIVE"]) == [])
    #expect(try await list(states, arn, ["redriveFilter": "REDRIVEN"]).count == 3)
  }

  @Test func aRedriveStopsWhatStillRuns() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Self.map("STANDARD", Self.wait, start: "W"))
    let execution = try await states.start(machine, .array((0..<150).map { .int($0) }))
    await states.house.drain()
    let arn = try await run(states, execution)
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": arn])["executionCounts"]?["running"] == 150)
    // Nothing has stopped the children when the redrive comes.
    _ = try await states.call("StopExecution", ["executionArn": .string(execution)])
    _ = try await states.call("RedriveExecution", ["executionArn": .string(execution)])
    await states.house.drain()
    let counts = try await states.call("DescribeMapRun", ["mapRunArn": arn])["executionCounts"]
    #expect(counts?["running"] == 150 && counts?["pendingRedrive"] == 0 && counts?["total"] == 150)
    #expect(try await list(states, arn, ["statusFilter": "RUNNING", "maxResults": 1_000]).allSatisfy { $0["redriveCount"] == 1 })
    await states.house.advance(by: .seconds(61), step: .seconds(1))
    #expect(try await states.status(execution) == "SUCCEEDED")
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": arn])["executionCounts"]?["succeeded"] == 150)
  }

  @Test func whatSucceedsBeforeItIsStoppedCounts() async throws {
    let states = try await StatesHouse()
    let activity = try #require(try await states.call("CreateActivity", ["name": "work"])["activityArn"])
    let machine = try await states.create(
      Self.map("STANDARD", ["T": ["Type": "Task", "Resource": activity, "End": true]], start: "T"))
    let execution = try await states.start(machine, [1, 2])
    await states.house.drain()
    let token = try #require(try await states.call("GetActivityTask", ["activityArn": activity])["taskToken"])
    _ = try await states.call("StopExecution", ["executionArn": .string(execution)])
    _ = try await states.call("RedriveExecution", ["executionArn": .string(execution)])
    _ = try await states.call("SendTaskSuccess", ["taskToken": token, "output": #""kept""#])
    await states.house.drain()
    let again = try #require(try await states.call("GetActivityTask", ["activityArn": activity])["taskToken"])
    _ = try await states.call("SendTaskSuccess", ["taskToken": again, "output": #""again""#])
    await states.house.drain()
    let described = try await states.describe(execution)
    #expect(described["status"] == "SUCCEEDED")
    #expect(described["output"]?.string?.contains("kept") == true && described["output"]?.string?.contains("again") == true)
  }

  @Test func runsBeyondTheQuotaWaitForTheirTurn() async throws {
    var quotas = StatesQuotas()
    quotas.mapRuns = 2
    let states = try await StatesHouse(limits: .aws, quotas: quotas)
    let machine = try await states.create(Self.map("STANDARD", Self.wait, start: "W"))
    var executions: [String] = []
    for _ in 0..<4 {
      executions.append(try await states.start(machine, [1]))
      await states.house.advance(by: .seconds(1))
    }
    await states.house.drain()
    func running() async throws -> [JSONValue?] {
      var running: [JSONValue?] = []
      for execution in executions {
        let described = try await states.call("DescribeMapRun", ["mapRunArn": run(states, execution)])
        running.append(described["executionCounts"]?["running"])
      }
      return running
    }
    #expect(try await running() == [1, 1, 0, 0])
    #expect(try await states.types(executions[3]).last == "MapRunStarted")
    let backlogged = try await states.call("DescribeMapRun", ["mapRunArn": run(states, executions[3])])
    #expect(backlogged["itemCounts"]?["total"] == 0 && backlogged["executionCounts"]?["total"] == 0)
    #expect(await states.house.counted().first { $0.name == "ApproximateOpenMapRunCount" }?.summary?.max == 2)
    // One that waits ends: nobody has a turn for it.
    _ = try await states.call("StopExecution", ["executionArn": .string(executions[2])])
    await states.house.drain()
    #expect(try await running() == [1, 1, 0, 0])
    _ = try await states.call("StopExecution", ["executionArn": .string(executions[0])])
    await states.house.drain()
    #expect(try await running() == [0, 1, 0, 1])
    // A redrive waits like any other.
    _ = try await states.call("RedriveExecution", ["executionArn": .string(executions[0])])
    await states.house.drain()
    #expect(try await running() == [0, 1, 0, 1])
    await states.house.advance(by: .seconds(130), step: .seconds(1))
    for execution in [executions[0], executions[1], executions[3]] { #expect(try await states.status(execution) == "SUCCEEDED") }
  }

  @Test func redrivesOfARunAreBounded() async throws {
    var quotas = StatesQuotas()
    quotas.mapRunRedrives = 1
    let states = try await StatesHouse(limits: .aws, quotas: quotas)
    let machine = try await states.create(Self.map("EXPRESS", Self.odd, start: "C"))
    let execution = try await states.start(machine, [2])
    await states.house.drain()
    _ = try await states.call("RedriveExecution", ["executionArn": .string(execution)])
    await states.house.drain()
    #expect(await states.fault("RedriveExecution", ["executionArn": .string(execution)])?.code == "ExecutionNotRedrivable")
  }

  @Test func aStateWithoutALabelGetsOne() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Self.map("STANDARD", Self.odd, start: "C", JSONObject()))
    let execution = try await states.start(machine, [1])
    await states.house.drain()
    let arn = try await run(states, execution)
    // The state's name could not stand in an ARN.
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": arn])["status"] == "SUCCEEDED")
    let child = try await list(states, arn)[0]
    let labelled = try #require(child["stateMachineArn"])
    let described = try await states.call("DescribeStateMachine", ["stateMachineArn": labelled])
    #expect(try JSONValue(parsing: try #require(described["definition"]?.string))["StartAt"] == "C")
    #expect(described["stateMachineArn"] == labelled && described["label"]?.string?.count == 36)
    let ofChild = try await states.call("DescribeStateMachineForExecution", ["executionArn": try #require(child["executionArn"])])
    #expect(ofChild["definition"] == described["definition"] && ofChild["label"] == described["label"] && ofChild["mapRunArn"] == arn)
    let again = try await states.start(machine, [3])
    await states.house.drain()
    #expect(try await list(states, run(states, again))[0]["stateMachineArn"] == labelled)
  }

  @Test func anUpdateMayEndARun() async throws {
    let states = try await StatesHouse()
    let children: JSONValue = [
      "C": ["Type": "Choice", "Choices": [["Variable": "$", "NumericEquals": 2, "Next": "F"]], "Default": "W"],
      "F": ["Type": "Fail", "Error": "Even"], "W": ["Type": "Wait", "Seconds": 60, "End": true],
    ]
    let machine = try await states.create(
      Self.map("STANDARD", children, start: "C", ["Label": "each", "ToleratedFailureCount": 1]))
    let execution = try await states.start(machine, [1, 2, 3])
    await states.house.drain()
    let arn = try await run(states, execution)
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": arn])["maxConcurrency"] == 0)
    _ = try await states.call("UpdateMapRun", ["mapRunArn": arn, "maxConcurrency": 20_000])
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": arn])["maxConcurrency"] == 20_000)
    _ = try await states.call("UpdateMapRun", ["mapRunArn": arn, "toleratedFailureCount": 0])
    await states.house.drain()
    #expect(try await states.describe(execution)["error"] == "States.ExceedToleratedFailureThreshold")
    #expect(try await list(states, arn, ["statusFilter": "ABORTED"]).count == 2)
    let run = try await states.call("DescribeMapRun", ["mapRunArn": arn])
    #expect(run["status"] == "FAILED" && run["stopDate"] != nil)
  }
}
