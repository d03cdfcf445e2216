import EventBridge
import JSON
import ServiceKit
import Store
import TestKit
import Testing
import Time

@Suite struct BusTests {
  static let entry: JSONObject = [
    "Entries": [["Source": "app", "DetailType": "t", "Detail": #"{"n":1}"#, "EventBusName": .string(Bridge.bus)]]
  ]

  @Test func permissionsMakeThePolicy() async throws {
    let bridge = try await Bridge()
    try await bridge.call("PutPermission", ["Action": "events:PutEvents", "Principal": "111111111111", "StatementId": "one"])
    try await bridge.call("PutPermission", ["Action": "events:PutEvents", "Principal": "*", "StatementId": "all"])
    let text = try #require(try await bridge.call("DescribeEventBus")["Policy"]?.string)
    let policy = try JSONValue(parsing: text)
    let expected: JSONValue = [
      "Version": "2012-10-17",
      "Statement": [
        [
          "Sid": "one", "Effect": "Allow", "Principal": ["AWS": "arn:aws:iam::111111111111:root"], "Action": "events:PutEvents",
          "Resource": .string(Bridge.bus),
        ], ["Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": .string(Bridge.bus)],
      ],
    ]
    #expect(policy == expected)
    #expect(try await bridge.call("ListEventBuses")["EventBuses"]?[0]?["Policy"] == .string(text))
    try await bridge.call("RemovePermission", ["StatementId": "one"])
    #expect(
      await bridge.fault("RemovePermission", ["StatementId": "one"])?.description
        == "ResourceNotFoundException: Statement with the provided id does not exist.")
    try await bridge.call("RemovePermission", ["RemoveAllPermissions": true])
    #expect(try await bridge.call("DescribeEventBus")["Policy"] == nil)
  }

  @Test func organizationsAndRefusals() async throws {
    let bridge = try await Bridge()
    try await bridge.call(
      "PutPermission",
      [
        "Action": "events:PutEvents", "Principal": "*", "StatementId": "org",
        "Condition": ["Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"],
      ])
    // There are no organizations here: nobody is of one.
    #expect(try await bridge.stranger("PutEvents", Self.entry)["FailedEntryCount"] == 1)
    for (input, message) in [
      (["Principal": "*", "StatementId": "s"], "Parameter Action must be specified."),
      (["Action": "events:PutRule", "Principal": "*", "StatementId": "s"], "Provided value in parameter 'action' is not supported."),
      (["Policy": "{"], "This policy contains invalid Json"),
    ] as [(JSONObject, String)] {
      #expect(await bridge.fault("PutPermission", input)?.message == message)
    }
    #expect(await bridge.fault("PutPermission", ["Policy": #"{"Version":"2012-10-17"}"#])?.code == "ValidationException")
    let none: JSONObject = ["EventBusName": "no", "Action": "events:PutEvents", "Principal": "*", "StatementId": "s"]
    #expect(await bridge.fault("PutPermission", none)?.description == "ResourceNotFoundException: Event bus no does not exist.")
  }

  @Test func strangersPutEventsWhereAPolicyLetsThem() async throws {
    let bridge = try await Bridge()
    try await bridge.rule(pattern: #"{"account":["111111111111"]}"#)
    let refused = try await bridge.stranger("PutEvents", Self.entry)
    #expect(refused["Entries"]?[0]?["ErrorCode"] == "AccessDeniedException")
    let policy: JSONValue = [
      "Version": "2012-10-17",
      "Statement": [
        [
          "Effect": "Allow", "Principal": ["AWS": "111111111111"], "Action": "events:Put*", "Resource": "*",
          "Condition": ["StringLike": ["events:source": "ap*"]],
        ],
        ["Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": ["StringEquals": ["events:detail-type": "no"]]],
      ],
    ]
    try await bridge.call("PutPermission", ["Policy": .string(policy.text)])
    #expect(try await bridge.stranger("PutEvents", Self.entry)["FailedEntryCount"] == 0)
    await bridge.house.drain()
    let event = try #require(try await bridge.received().first)
    #expect(event["account"] == "111111111111")
    for (source, type) in [("other", "t"), ("app", "no")] {
      let entry: JSONValue = [
        "Source": .string(source), "DetailType": .string(type), "Detail": "{}", "EventBusName": .string(Bridge.bus),
      ]
      #expect(try await bridge.stranger("PutEvents", ["Entries": [entry]])["FailedEntryCount"] == 1, "\(source) \(type)")
    }
    // A Deny holds for the bus's own account too.
    let own: JSONValue = ["Source": "app", "DetailType": "no", "Detail": "{}"]
    #expect(try await bridge.call("PutEvents", ["Entries": [own]])["FailedEntryCount"] == 1)
  }

  @Test func rulesReachBusesOfOtherAccountsAndRegions() async throws {
    let bridge = try await Bridge()
    let far = "arn:aws:events:us-west-2:111111111111:event-bus/default"
    let dead = try #require(try await bridge.house.call("sqs", "CreateQueue", ["QueueName": "dead"])["QueueUrl"])
    try await bridge.rule(
      to: ["Id": "1", "Arn": .string(far), "DeadLetterConfig": ["Arn": "arn:aws:sqs:eu-central-1:000000000000:dead"]])
    try await bridge.put([1])
    await bridge.house.drain()
    let letter = try await bridge.house.call("sqs", "ReceiveMessage", ["QueueUrl": dead, "MessageAttributeNames": ["All"]])
    #expect(letter["Messages"]?[0]?["MessageAttributes"]?["ERROR_CODE"]?["StringValue"] == "AccessDeniedException")
    // The other account lets this one in, and archives what comes.
    let there = CallContext(caller: .root(account: "111111111111", region: "us-west-2"), requestID: "r", now: bridge.house.clock.now())
    _ = try await bridge.house.invoker.call(
      "events", "PutPermission", ["Action": "events:PutEvents", "Principal": "000000000000", "StatementId": "s"], there)
    _ = try await bridge.house.invoker.call("events", "CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(far)], there)
    try await bridge.put([2])
    await bridge.house.drain()
    #expect(try await bridge.house.invoker.call("events", "DescribeArchive", ["ArchiveName": "a"], there)["EventCount"] == 1)
  }

  @Test func settingsAreKeptAndShown() async throws {
    let bridge = try await Bridge()
    let dead: JSONValue = ["Arn": "arn:aws:sqs:eu-central-1:000000000000:q"]
    let log: JSONValue = ["Level": "INFO", "IncludeDetail": "FULL"]
    try await bridge.call(
      "CreateEventBus", ["Name": "b", "KmsKeyIdentifier": "alias/k", "DeadLetterConfig": dead, "LogConfig": log, "Description": "d"])
    let bus = try await bridge.call("UpdateEventBus", ["Name": "b", "Description": "e", "KmsKeyIdentifier": ""])
    #expect(bus["Description"] == "e")
    let seen = try await bridge.call("DescribeEventBus", ["Name": "b"])
    #expect(seen["DeadLetterConfig"] == dead)
    #expect(seen["LogConfig"] == log)
    #expect(seen["KmsKeyIdentifier"] == nil)
    let wrong: JSONObject = ["Name": "b", "DeadLetterConfig": ["Arn": "arn:aws:sns:eu-central-1:000000000000:q"]]
    #expect(await bridge.fault("UpdateEventBus", wrong)?.code == "ValidationException")
    #expect(await bridge.fault("UpdateEventBus", ["Name": "b", "LogConfig": ["Level": "LOUD"]])?.code == "ValidationException")
    #expect(await bridge.fault("UpdateEventBus", ["Name": "no"])?.code == "ResourceNotFoundException")
  }

  @Test func listsTheDefaultBusOnceAndInPages() async throws {
    let bridge = try await Bridge()
    try await bridge.call("UpdateEventBus", ["Description": "stored now"])
    for name in ["a", "b", "z"] { try await bridge.call("CreateEventBus", ["Name": .string(name)]) }
    var names: [String] = []
    var token: JSONValue?
    repeat {
      var input: JSONObject = ["Limit": 1]
      input["NextToken"] = token
      let page = try await bridge.call("ListEventBuses", input)
      names += page["EventBuses"]?.array?.compactMap { $0["Name"]?.string } ?? []
      token = page["NextToken"]
    } while token != nil && names.count < 20
    #expect(names == ["default", "a", "b", "z"])
  }

  @Test func quotasOfAWS() async throws {
    let bridge = try await Bridge(limits: .aws)
    let big = String(repeating: "x", count: 1_048_576)
    let entry: JSONValue = ["Source": "app", "DetailType": "t", "Detail": .string(#"{"x":"\#(big)"}"#)]
    let fault = await bridge.fault("PutEvents", ["Entries": [entry]])
    #expect(fault?.description == "ValidationException: Total size of the entries in the request is over the limit.")
    for number in 1...100 { try await bridge.call("CreateEventBus", ["Name": .string("b\(number)")]) }
    #expect(await bridge.fault("CreateEventBus", ["Name": "b101"])?.code == "LimitExceededException")
    let statements = (1...120).map { number -> JSONValue in
      ["Sid": .string("s\(number)"), "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": .string(Bridge.bus)]
    }
    let policy = JSONValue.object(["Version": "2012-10-17", "Statement": .array(statements)])
    #expect(await bridge.fault("PutPermission", ["Policy": .string(policy.text)])?.code == "PolicyLengthExceededException")
  }

  @Test func partnersAndEndpointsAreAnsweredHonestly() async throws {
    let bridge = try await Bridge()
    #expect(try await bridge.call("ListEventSources")["EventSources"] == [])
    #expect(try await bridge.call("ListEndpoints")["Endpoints"] == [])
    #expect(await bridge.fault("DescribeEventSource", ["Name": "aws.partner/a/b"])?.code == "ResourceNotFoundException")
    #expect(await bridge.fault("DescribeEndpoint", ["Name": "e"])?.code == "ResourceNotFoundException")
    #expect(await bridge.fault("ListPartnerEventSources", ["NamePrefix": "aws.partner/a/"])?.code == "OperationDisabledException")
    let entries: JSONValue = [["Source": "app", "DetailType": "t", "Detail": "{}"]]
    #expect(await bridge.fault("PutEvents", ["EndpointId": "e.x", "Entries": entries])?.code == "ResourceNotFoundException")
  }

  @Test func othersQueuesAreNotTakenForOnesOwn() async throws {
    let bridge = try await Bridge()
    try await bridge.rule()
    let own = "arn:aws:sqs:eu-central-1:000000000000:q"
    for other in ["arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:sqs:eu-central-1:111111111111:q"] {
      let answer = try await bridge.call(
        "PutTargets", ["Rule": "r", "Targets": [["Id": "1", "Arn": .string(other)], ["Id": "2", "Arn": .string(own)]]])
      #expect(answer["FailedEntryCount"] == 1 && answer["FailedEntries"]?[0]?["TargetId"] == "1")
      #expect(answer["FailedEntries"]?[0]?["ErrorMessage"]?.string?.contains("is of another account or region") == true)
      let dead = await bridge.fault(
        "PutTargets", ["Rule": "r", "Targets": [["Id": "3", "Arn": .string(own), "DeadLetterConfig": ["Arn": .string(other)]]]])
      #expect(dead?.code == "ValidationException")
    }
  }

  @Test func servicesWithoutTargetsFailTheCall() async throws {
    let bridge = try await Bridge()
    try await bridge.rule()
    let fault = await bridge.fault(
      "PutTargets",
      [
        "Rule": "r",
        "Targets": [["Id": "9", "Arn": "arn:aws:sqs:eu-central-1:000000000000:q"], ["Id": "1", "Arn": "arn:aws:s3:::bucket"]],
      ])
    #expect(fault?.description == "ValidationException: s3 is not a supported service for a target.")
    #expect(try await bridge.call("ListTargetsByRule", ["Rule": "r"])["Targets"]?.array?.count == 1)
  }
}
