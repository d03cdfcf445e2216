import JSON
import Pipes
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct PipeOperationTests {
  @Test func statesOfAPipe() async throws {
    let pipes = try await PipesHouse()
    let house = pipes.house
    let created = try await house.call("pipes", "CreatePipe", PipesHouse.input(["Description": "d", "KmsKeyIdentifier": "alias/k"]))
    #expect(created["CurrentState"] == "CREATING" && created["DesiredState"] == "RUNNING")
    #expect(created["Arn"] == "arn:aws:pipes:eu-central-1:000000000000:pipe/p")
    #expect(await house.fault("pipes", "StopPipe", ["Name": "p"])?.code == "ConflictException")
    await house.drain()
    let found = try await pipes.describe()
    #expect(found["CurrentState"] == "RUNNING" && found["Description"] == "d" && found["KmsKeyIdentifier"] == "alias/k")
    #expect(found["SourceParameters"]?["SqsQueueParameters"] == ["BatchSize": 10])
    #expect(await house.fault("pipes", "CreatePipe", PipesHouse.input())?.status == 409)
    #expect(try await house.call("pipes", "StopPipe", ["Name": "p"])["CurrentState"] == "STOPPING")
    await house.drain()
    #expect(try await pipes.describe()["CurrentState"] == "STOPPED")
    #expect(try await house.call("pipes", "StartPipe", ["Name": "p"])["CurrentState"] == "STARTING")
    await house.drain()
    #expect(try await pipes.describe()["CurrentState"] == "RUNNING")
    let deleted = try await house.call("pipes", "DeletePipe", ["Name": "p"])
    #expect(deleted["CurrentState"] == "DELETING" && deleted["DesiredState"] == "DELETED")
    await house.drain()
    let gone = await house.fault("pipes", "DescribePipe", ["Name": "p"])
    #expect(gone?.code == "NotFoundException" && gone?.status == 404)
  }

  @Test func updatesWhatIsGiven() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create(["Description": "d", "TargetParameters": ["InputTemplate": "<$.body>"]])
    let role = PipesHouse.role
    #expect(
      try await pipes.house.call(
        "pipes", "UpdatePipe",
        ["Name": "p", "RoleArn": role, "DesiredState": "STOPPED", "SourceParameters": ["SqsQueueParameters": ["BatchSize": 3]]])[
          "CurrentState"] == "UPDATING")
    await pipes.house.drain()
    let found = try await pipes.describe()
    #expect(found["CurrentState"] == "STOPPED" && found["Description"] == "d")
    #expect(found["TargetParameters"] == ["InputTemplate": "<$.body>"])
    #expect(found["SourceParameters"]?["SqsQueueParameters"]?["BatchSize"] == 3)
  }

  @Test func createsFailWithAReason() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create(["Source": .string(PipesHouse.queue("none"))])
    let found = try await pipes.describe()
    #expect(found["CurrentState"] == "CREATE_FAILED")
    #expect(found["StateReason"]?.string?.contains("The specified queue does not exist.") == true)
    // It can be mended and started.
    try await pipes.house.call("sqs", "CreateQueue", ["QueueName": "none"])
    try await pipes.house.call("pipes", "StartPipe", ["Name": "p"])
    await pipes.house.drain()
    #expect(try await pipes.describe()["CurrentState"] == "RUNNING")
    #expect(try await pipes.describe()["StateReason"] == nil)
  }

  @Test(
    arguments: [
      (["Source": "arn:aws:kinesis:eu-central-1:000000000000:stream/s"], "Sources of kinesis are not served by Martlet"),
      (["Source": "arn:aws:s3:::bucket"], "is not a source of pipes"),
      (["Target": "arn:aws:kinesis:eu-central-1:000000000000:stream/s"], "is not a target that Martlet serves"),
      (["Target": "arn:aws:sqs:eu-central-1:000000000000:in"], "can not be its source"),
      (["Enrichment": "arn:aws:lambda:eu-central-1:000000000000:function:f"], "Lambda functions as enrichment are not served"),
      (["Enrichment": "arn:aws:sqs:eu-central-1:000000000000:out"], "is not an enrichment"),
      (["SourceParameters": ["FilterCriteria": ["Filters": [["Pattern": "{\"body\":1}"]]]]], "Invalid Event Pattern. Reason: "),
      (["SourceParameters": ["FilterCriteria": ["Filters": [[:], [:], [:], [:], [:], [:]]]]], "less than or equal to 5"),
      (["SourceParameters": ["SqsQueueParameters": ["BatchSize": 10_001]]], "less than or equal to 10000"),
      (["SourceParameters": ["SqsQueueParameters": ["MaximumBatchingWindowInSeconds": 301]]], "less than or equal to 300"),
      (
        ["SourceParameters": ["KinesisStreamParameters": ["StartingPosition": "LATEST"]]],
        "Invalid source parameter provided for source."
      ),
      (["TargetParameters": ["KinesisStreamParameters": ["PartitionKey": "k"]]], "Invalid target parameter provided for target."),
      (["TargetParameters": ["CloudWatchLogsParameters": [:]]], "Invalid target parameter provided for target."),
      (
        ["TargetParameters": ["SqsQueueParameters": ["MessageGroupId": .string(String(repeating: "g", count: 101))]]],
        "Value at 'targetParameters.sqsQueueParameters.messageGroupId' failed to satisfy constraint: Member must have length less than"
      ),
      (["Source": "arn:aws:sqs:us-east-1:000000000000:in"], "Creating cross-region pipe is not permitted."),
      (["Target": "arn:aws:sqs:eu-central-1:111111111111:out"], "is of another account or region"),
      (["Target": "arn:aws:sns:eu-central-1:000000000000:t.fifo"], "SNS FIFO topics are not supported as a pipe target."),
      (["LogConfiguration": ["Level": "INFO"]], "Must provide at least 1 log destination in LogConfiguration."),
      (
        ["TargetParameters": ["InputTemplate": "{\"a\":<aws.pipes.nothing>}"]],
        "Invalid json path reference or predefined variable for placeholder"
      ),
      (["EnrichmentParameters": ["InputTemplate": "<$.a[>"]], "JSON path"),
      (
        ["EnrichmentParameters": ["HttpParameters": ["PathParameterValues": [" "]]]],
        "Value at 'enrichmentParameters.httpParameters.pathParameterValues' failed"
      ),
      (["RoleArn": "nobody"], "regular expression pattern"),
      (["DesiredState": "DELETED"], "enum value set"),
      (
        ["LogConfiguration": ["Level": "INFO", "S3LogDestination": ["BucketName": "b", "BucketOwner": "0"]]],
        "S3LogDestination is not served"
      ),
      (
        ["LogConfiguration": ["Level": "INFO", "FirehoseLogDestination": ["DeliveryStreamArn": "a"]]],
        "FirehoseLogDestination is not served"
      ),
      (["LogConfiguration": ["Level": "INFO", "CloudwatchLogsLogDestination": ["LogGroupArn": "a"]]], "not the ARN of a log group"),
      (["LogConfiguration": ["Level": "LOUD"]], "enum value set"),
    ] as [(JSONObject, String)])
  func refusals(extra: JSONObject, words: String) async throws {
    let pipes = try await PipesHouse()
    let fault = await pipes.house.fault("pipes", "CreatePipe", PipesHouse.input(extra))
    #expect(fault?.code == "ValidationException" && fault?.message.contains(words) == true, "\(fault?.description ?? "accepted")")
  }

  @Test func quotasHoldWhereAsked() async throws {
    let pipes = try await PipesHouse(limits: .aws)
    let fault = await pipes.house.fault(
      "pipes", "CreatePipe", PipesHouse.input(["SourceParameters": ["SqsQueueParameters": ["BatchSize": 11]]]))
    #expect(fault?.message.contains("The configured batch size 11 is greater than the max supported") == true)
  }

  @Test func lists() async throws {
    let pipes = try await PipesHouse()
    for name in ["a1", "a2", "a3", "b1"] {
      try await pipes.create(["Name": .string(name), "DesiredState": name == "a2" ? "STOPPED" : "RUNNING"])
    }
    let page = try await pipes.house.call("pipes", "ListPipes", ["NamePrefix": "a", "Limit": 2])
    #expect(page["Pipes"]?.array?.map { $0["Name"] } == ["a1", "a2"])
    let rest = try await pipes.house.call("pipes", "ListPipes", ["NamePrefix": "a", "Limit": 2, "NextToken": page["NextToken"] ?? ""])
    #expect(rest["Pipes"]?.array?.map { $0["Name"] } == ["a3"] && rest["NextToken"] == nil)
    let stopped = try await pipes.house.call("pipes", "ListPipes", ["CurrentState": "STOPPED"])
    #expect(stopped["Pipes"]?.array?.map { $0["Name"] } == ["a2"])
    let none = try await pipes.house.call("pipes", "ListPipes", ["TargetPrefix": "arn:aws:states"])
    #expect(none["Pipes"] == [])
  }

  @Test func tags() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create(["Tags": ["team": "ml"]])
    let arn: JSONValue = "arn:aws:pipes:eu-central-1:000000000000:pipe/p"
    try await pipes.house.call("pipes", "TagResource", ["resourceArn": arn, "tags": ["Stage": "prod"]])
    #expect(try await pipes.house.call("pipes", "ListTagsForResource", ["ResourceArn": arn]) == ["tags": ["team": "ml", "Stage": "prod"]])
    try await pipes.house.call("pipes", "UntagResource", ["ResourceArn": arn, "TagKeys": ["team"]])
    #expect(try await pipes.describe()["Tags"] == ["Stage": "prod"])
  }
}
