import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

@Suite struct VersionTests {
  private static let machine: JSONValue = "arn:aws:states:eu-central-1:000000000000:stateMachine:machine"

  private static func text(_ result: String) -> JSONValue {
    .string((["StartAt": "P", "States": ["P": ["Type": "Pass", "Result": .string(result), "End": true]]] as JSONValue).text)
  }

  /// A machine with versions 1 ("one") and 2 ("two").
  private func versions() async throws -> StatesHouse {
    let states = try await StatesHouse()
    let made = try await states.call(
      "CreateStateMachine",
      ["name": "machine", "definition": Self.text("one"), "roleArn": states.role, "publish": true, "versionDescription": "first"])
    #expect(made["stateMachineVersionArn"] == "arn:aws:states:eu-central-1:000000000000:stateMachine:machine:1")
    await states.house.advance(by: .seconds(1))
    let updated = try await states.call(
      "UpdateStateMachine", ["stateMachineArn": Self.machine, "definition": Self.text("two"), "publish": true])
    #expect(updated["stateMachineVersionArn"]?.string?.hasSuffix(":machine:2") == true)
    return states
  }

  private func arn(_ qualifier: String) -> JSONValue { .string("\(StatesHouse.prefix):stateMachine:machine:\(qualifier)") }

  private func route(_ weights: (String, Int64)...) -> JSONValue {
    .array(weights.map { ["stateMachineVersionArn": arn($0.0), "weight": .int($0.1)] })
  }

  @Test func versionsKeepWhatTheyWerePublishedAs() async throws {
    let states = try await versions()
    for (number, output) in [("1", #""one""#), ("2", #""two""#)] {
      let execution = try await states.start(try #require(arn(number).string))
      let description = try await states.describe(execution)
      #expect(description["output"]?.string == output)
      #expect(description["stateMachineVersionArn"] == arn(number))
      #expect(description["stateMachineArn"] == Self.machine)
      let started = try await states.history(execution)[0]["executionStartedEventDetails"]
      #expect(started?["stateMachineVersionArn"] == arn(number))
    }
    let described = try await states.call("DescribeStateMachine", ["stateMachineArn": arn("1")])
    #expect(described["definition"] == Self.text("one") && described["description"] == "first")
    #expect(described["stateMachineArn"] == arn("1") && described["revisionId"]?.string == nil)
    let listed = try await states.call("ListStateMachineVersions", ["stateMachineArn": Self.machine])
    #expect(listed["stateMachineVersions"]?.array?.compactMap { $0["stateMachineVersionArn"] } == [arn("2"), arn("1")])
    let executions = try await states.call("ListExecutions", ["stateMachineArn": arn("1")])
    #expect(executions["executions"]?.array?.count == 1)
  }

  @Test func publishingARevisionTwiceIsOneVersion() async throws {
    let states = try await versions()
    let again = try await states.call("PublishStateMachineVersion", ["stateMachineArn": Self.machine])
    #expect(again["stateMachineVersionArn"] == arn("2"))
    let updated = try await states.call("UpdateStateMachine", ["stateMachineArn": Self.machine, "definition": Self.text("three")])
    let revision = try #require(updated["revisionId"])
    let fault = await states.fault("PublishStateMachineVersion", ["stateMachineArn": Self.machine, "revisionId": "INITIAL"])
    #expect(fault?.code == "ConflictException" && fault?.status == 409)
    let third = try await states.call("PublishStateMachineVersion", ["stateMachineArn": Self.machine, "revisionId": revision])
    #expect(third["stateMachineVersionArn"] == arn("3"))
    // A number is never used again.
    _ = try await states.call("DeleteStateMachineVersion", ["stateMachineVersionArn": arn("3")])
    #expect(
      try await states.call("PublishStateMachineVersion", ["stateMachineArn": Self.machine])["stateMachineVersionArn"] == arn("4"))
    #expect(await states.fault("StartExecution", ["stateMachineArn": arn("3")])?.code == "StateMachineDoesNotExist")
  }

  @Test func aliasesRouteByWeight() async throws {
    let states = try await versions()
    _ = try await states.call("CreateStateMachineAlias", ["name": "PROD", "routingConfiguration": route(("1", 80), ("2", 20))])
    var outputs: [String: Int] = [:]
    for _ in 0..<200 {
      let description = try await states.describe(try await states.start(try #require(arn("PROD").string)))
      #expect(description["stateMachineAliasArn"] == arn("PROD"))
      outputs[description["stateMachineVersionArn"]?.string ?? "", default: 0] += 1
    }
    let first = outputs[arn("1").string ?? ""] ?? 0
    #expect((130...190).contains(first) && outputs.count == 2)
    let listed = try await states.call("ListExecutions", ["stateMachineArn": arn("PROD"), "maxResults": 1_000])
    #expect(listed["executions"]?.array?.count == 200)
    _ = try await states.call(
      "UpdateStateMachineAlias", ["stateMachineAliasArn": arn("PROD"), "routingConfiguration": route(("2", 100)), "description": "d"])
    let described = try await states.call("DescribeStateMachineAlias", ["stateMachineAliasArn": arn("PROD")])
    #expect(described["routingConfiguration"] == route(("2", 100)) && described["description"] == "d")
    let after = try await states.describe(try await states.start(try #require(arn("PROD").string)))
    #expect(after["output"] == #""two""#)
    let counted = await states.house.counted()
    #expect(counted.contains { $0.dimensions["Alias"] == "PROD" && $0.name == "ExecutionsStarted" && $0.value == 201 })
  }

  @Test func aliasesAreListedAndDeleted() async throws {
    let states = try await versions()
    for (name, version) in [("A", "1"), ("B", "2"), ("C", "1")] {
      _ = try await states.call("CreateStateMachineAlias", ["name": .string(name), "routingConfiguration": route((version, 100))])
      await states.house.advance(by: .seconds(1))
    }
    func list(_ input: JSONValue) async throws -> [JSONValue] {
      let aliases = try await states.call("ListStateMachineAliases", input)["stateMachineAliases"]?.array
      return (aliases ?? []).compactMap { $0["stateMachineAliasArn"] }
    }
    #expect(try await list(["stateMachineArn": Self.machine]) == [arn("C"), arn("B"), arn("A")])
    #expect(try await list(["stateMachineArn": arn("1")]) == [arn("C"), arn("A")])
    let used = await states.fault("DeleteStateMachineVersion", ["stateMachineVersionArn": arn("1")])
    #expect(used?.code == "ConflictException")
    #expect(
      used?.message
        == "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [A, C]")
    _ = try await states.call("DeleteStateMachineAlias", ["stateMachineAliasArn": arn("A")])
    #expect(await states.fault("DescribeStateMachineAlias", ["stateMachineAliasArn": arn("A")])?.code == "ResourceNotFound")
    #expect(await states.fault("StartExecution", ["stateMachineArn": arn("A")])?.code == "StateMachineDoesNotExist")
  }

  @Test func wrongAliasesAreRefused() async throws {
    let states = try await versions()
    func fault(_ name: String, _ routes: JSONValue) async -> Fault? {
      await states.fault("CreateStateMachineAlias", ["name": .string(name), "routingConfiguration": routes])
    }
    for routes in [route(("1", 50)), route(("1", 50), ("1", 50)), route(("PROD", 100))] {
      let found = await fault("x", routes)
      #expect(found?.code == "ValidationException" && found?.fields["reason"] == "INVALID_ROUTING_CONFIGURATION")
    }
    #expect(await fault("x", route(("9", 100)))?.code == "ResourceNotFound")
    #expect(await fault("12", route(("1", 100)))?.code == "ValidationException")
    #expect(await fault("x", [])?.code == "ValidationException")
    #expect(await fault("x", [["stateMachineVersionArn": "y", "weight": 100]])?.code == "InvalidArn")
    _ = try await states.call("CreateStateMachineAlias", ["name": "x", "routingConfiguration": route(("1", 100))])
    _ = try await states.call("CreateStateMachineAlias", ["name": "x", "routingConfiguration": route(("1", 100))])
    #expect(await fault("x", route(("2", 100)))?.code == "ConflictException")
    let nothing = await states.fault("UpdateStateMachineAlias", ["stateMachineAliasArn": arn("x")])
    #expect(nothing?.fields["reason"] == "MISSING_REQUIRED_PARAMETER")
    #expect(await states.fault("UpdateStateMachineAlias", ["stateMachineAliasArn": arn("1"), "description": "d"])?.code == "InvalidArn")
  }

  @Test func quotasOfVersionsAndAliases() async throws {
    var quotas = StatesQuotas()
    quotas.versions = 1
    quotas.aliases = 1
    quotas.machines = 1
    let states = try await StatesHouse(limits: .aws, quotas: quotas)
    _ = try await states.create(Machines.pass, name: "machine", type: "STANDARD", ["publish": true])
    #expect(
      await states.fault("CreateStateMachine", ["name": "more", "definition": Self.text("x"), "roleArn": states.role])?.code
        == "StateMachineLimitExceeded")
    _ = try await states.call("CreateStateMachineAlias", ["name": "a", "routingConfiguration": route(("1", 100))])
    let alias = await states.fault("CreateStateMachineAlias", ["name": "b", "routingConfiguration": route(("1", 100))])
    #expect(alias?.code == "ServiceQuotaExceededException" && alias?.status == 402)
    let version = await states.fault(
      "UpdateStateMachine", ["stateMachineArn": Self.machine, "definition": Self.text("x"), "publish": true])
    #expect(version?.code == "ServiceQuotaExceededException")
  }

  @Test func aMachineIsDeletedWithAllItHas() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.wait, name: "machine", type: "STANDARD", ["publish": true])
    _ = try await states.call("CreateStateMachineAlias", ["name": "PROD", "routingConfiguration": route(("1", 100))])
    var executions: [String] = []
    for number in 0..<250 { executions.append(try await states.start(machine, name: "n\(number)")) }
    _ = try await states.call("DeleteStateMachine", ["stateMachineArn": .string(machine)])
    #expect(try await states.call("DescribeStateMachine", ["stateMachineArn": .string(machine)])["status"] == "DELETING")
    for (operation, input) in [
      ("StartExecution", ["stateMachineArn": .string(machine)]), ("PublishStateMachineVersion", ["stateMachineArn": .string(machine)]),
      ("UpdateStateMachine", ["stateMachineArn": .string(machine), "roleArn": states.role]),
      ("ListStateMachineAliases", ["stateMachineArn": .string(machine)]),
      ("UpdateStateMachineAlias", ["stateMachineAliasArn": arn("PROD"), "description": "d"]),
      ("CreateStateMachineAlias", ["name": "z", "routingConfiguration": route(("1", 100))]),
    ] as [(String, JSONValue)] {
      #expect(await states.fault(operation, input)?.code == "StateMachineDeleting", "\(operation)")
    }
    await states.house.drain()
    #expect(await states.fault("DescribeStateMachine", ["stateMachineArn": .string(machine)])?.code == "StateMachineDoesNotExist")
    #expect(await states.fault("DescribeExecution", ["executionArn": .string(executions[0])])?.code == "ExecutionDoesNotExist")
    #expect(states.house.seen.events.filter { $0.detail["status"] == "ABORTED" }.count == 250)
    // The name is free again, with nothing left of what was.
    _ = try await states.create(Machines.pass)
    #expect(try await states.call("ListStateMachineVersions", ["stateMachineArn": Self.machine])["stateMachineVersions"] == [])
    _ = try await states.start(machine, name: "n0")
  }
}
