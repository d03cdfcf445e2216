import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

@Suite struct AnalysisTests {
  /// Fails at the state that its input names, with the input's cause.
  private static let machine: JSONValue = [
    "StartAt": "Choose",
    "States": [
      "Choose": ["Type": "Choice", "Choices": [["Variable": "$.at", "StringEquals": "A", "Next": "A"]], "Default": "Send"],
      "A": ["Type": "Fail", "Error": "Broken", "CausePath": "$.cause"],
      "Send": [
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": ["QueueUrl": "http://127.0.0.1:4566/000000000000/late", "MessageBody": "m"], "End": true,
      ],
    ],
  ]

  private func failed() async throws -> (StatesHouse, String) {
    let states = try await StatesHouse()
    let machine = try await states.create(Self.machine)
    // Some parts of UUIDs have letters only.
    let requests = ["3f0c9a51-deaf-4bed-9abc-0123456789ab", "badcafee-1234-4abc-abcd-facadefacade"]
    for number in 0..<5 {
      let cause = "row \(number * 37) of job 7f3a-\(number)0c1 is bad (\(requests[number % 2]))"
      _ = try await states.start(machine, ["at": "A", "cause": .string(cause)])
      await states.house.advance(by: .seconds(1))
    }
    for _ in 0..<3 { _ = try await states.start(machine, ["at": "B"]) }
    return (states, machine)
  }

  @Test func failuresAreGroupedByStateErrorAndCause() async throws {
    let (states, machine) = try await failed()
    let answer = try await states.call("ListFailingPaths", ["stateMachineArn": .string(machine)])
    let paths = try #require(answer["failingPaths"]?.array)
    #expect(paths.count == 2 && answer["executionsLookedAt"] == 8 && answer["truncated"] == false)
    #expect(paths[0]["state"] == "A" && paths[0]["error"] == "Broken" && paths[0]["count"] == 5)
    #expect(paths[0]["causePattern"] == "row # of job # is bad (#)")
    #expect(paths[0]["cause"] == "row 148 of job 7f3a-40c1 is bad (3f0c9a51-deaf-4bed-9abc-0123456789ab)")
    #expect(paths[0]["executionArns"]?.array?.count == 5 && paths[0]["redrivableCount"] == 5)
    #expect(paths[1]["state"] == "Send" && paths[1]["count"] == 3)
  }

  @Test func allThatFailedAlikeAreRedriven() async throws {
    let (states, machine) = try await failed()
    let input: JSONObject = ["stateMachineArn": .string(machine), "state": "Send"]
    var dry = input
    dry["dryRun"] = true
    #expect(try await states.call("RedriveExecutions", .object(dry))["redriveCount"] == 3)
    await states.house.drain()
    #expect(states.house.seen.events.filter { $0.detail["status"] == "RUNNING" }.count == 8)
    _ = try await states.queue("late")
    let answer = try await states.call("RedriveExecutions", .object(input))
    #expect(answer["redriveCount"] == 3 && answer["executionArns"]?.array?.count == 3)
    await states.house.drain()
    let listed = try await states.call("ListExecutions", ["stateMachineArn": .string(machine), "statusFilter": "SUCCEEDED"])
    #expect(listed["executions"]?.array?.count == 3)
    #expect(try await states.call("RedriveExecutions", .object(input))["redriveCount"] == 0)
  }

  @Test func executionsAreCompared() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "P",
      "States": [
        "P": ["Type": "Pass", "Next": "Choose"],
        "Choose": ["Type": "Choice", "Choices": [["Variable": "$.n", "NumericGreaterThan": 5, "Next": "W"]], "Default": "End"],
        "W": ["Type": "Wait", "Seconds": 10, "Next": "End"], "End": ["Type": "Pass", "End": true],
      ],
    ])
    let first = try await states.start(machine, ["n": 1, "same": [1, 2]])
    let second = try await states.start(machine, ["n": 9, "same": [1, 2]])
    await states.house.advance(by: .seconds(10), step: .seconds(1))
    func diff(_ left: String, _ right: String) async throws -> JSONValue {
      try await states.call("DiffExecutions", ["firstExecutionArn": .string(left), "secondExecutionArn": .string(right)])
    }
    let answer = try await diff(first, second)
    #expect(answer["same"] == false)
    #expect(answer["inputChanges"] == [["path": "$.n", "first": 1, "second": 9]])
    let steps = try #require(answer["states"]?.array)
    #expect(steps.compactMap { $0["state"]?.string } == ["P", "Choose", "W", "End"])
    #expect(steps.compactMap { $0["foundIn"]?.string } == ["BOTH", "BOTH", "SECOND", "BOTH"])
    #expect(steps[2]["secondDurationInMilliseconds"]?.double == 10_000)
    #expect(answer["second"]?["durationInMilliseconds"]?.double == 10_000)
    #expect(try await diff(first, first)["same"] == true)
  }
}
