import FoundationEssentials
import Gzip
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct FilterTests {
  private let queue = "arn:aws:sqs:eu-central-1:000000000000:out"

  private func metric(_ logs: LoggedHouse, _ pattern: String, _ transformation: JSONObject, name: String = "f") async throws {
    var given: JSONObject = ["metricName": "M", "metricNamespace": "N", "metricValue": "1"]
    for (key, value) in transformation { given[key] = value }
    try await logs.call(
      "PutMetricFilter",
      ["logGroupName": "g", "filterName": .string(name), "filterPattern": .string(pattern), "metricTransformations": [.object(given)]])
  }

  @Test func metricFiltersTakeValuesAndDimensions() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await metric(logs, "{ $.ms > 5 }", ["metricValue": "$.ms", "dimensions": ["Path": "$.path"], "unit": "Milliseconds"])
    try await metric(logs, "[ip, status = 5*, size]", ["metricName": "Size", "metricValue": "$size"], name: "columns")
    try await metric(logs, "%ERR[0-9]+%", ["metricName": "Errors"], name: "regex")
    try await logs.put([#"{"ms":7,"path":"/a"}"#, #"{"ms":1,"path":"/b"}"#, #"{"ms":9}"#, "1.2.3.4 503 77", "bad ERR42"], to: "g")
    let samples = logs.house.seen.metrics.filter { $0.namespace == "N" }
    #expect(samples.filter { $0.name == "M" }.map { "\($0.value) \($0.dimensions) \($0.unit)" } == [#"7.0 ["Path": "/a"] Milliseconds"#])
    #expect(samples.filter { $0.name == "Size" }.map(\.value) == [77])
    #expect(samples.filter { $0.name == "Errors" }.map(\.value) == [1])
  }

  @Test func theDefaultValueIsGivenOnceForAMinuteWithoutMatches() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await metric(logs, "ERROR", ["defaultValue": 0])
    try await logs.put(["fine", "fine"], to: "g")
    try await logs.put(["fine"], to: "g")
    #expect(logs.house.seen.metrics.filter { $0.name == "M" }.map(\.value) == [0])
    logs.house.clock.advance(by: .seconds(60))
    try await logs.put(["an ERROR", "fine"], to: "g")
    #expect(logs.house.seen.metrics.filter { $0.name == "M" }.map(\.value) == [0, 1])
  }

  @Test func filtersAreChecked() async throws {
    let logs = try await LoggedHouse(limits: .aws)
    try await logs.make("g")
    func fault(_ pattern: String, _ transformation: JSONObject, _ more: JSONObject = JSONObject()) async -> String {
      var given: JSONObject = ["metricName": "M", "metricNamespace": "N", "metricValue": "1"]
      for (key, value) in transformation { given[key] = value }
      var input: JSONObject = [
        "logGroupName": "g", "filterName": "f", "filterPattern": .string(pattern), "metricTransformations": [.object(given)],
      ]
      for (key, value) in more { input[key] = value }
      return await logs.fault("PutMetricFilter", .object(input))?.message ?? ""
    }
    #expect(
      await fault("{ $.a = 1 }", ["dimensions": ["A": "$.a"], "defaultValue": 0])
        == "Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
    #expect(await fault("ERROR", ["dimensions": ["A": "$.a"]]).contains("JSON or space-delimited"))
    #expect(await fault("ERROR", ["unit": "Furlongs"]).contains("enum value set"))
    #expect(await fault("ERROR", ["metricName": "a$b"]).contains("regular expression pattern"))
    #expect(await fault("ERROR", [:], ["fieldSelectionCriteria": "@aws.region ~ 1"]).contains("fieldSelectionCriteria"))
    #expect(await fault("ERROR", [:], ["applyOnTransformedLogs": true]).contains("transformers"))
    #expect(await fault("{ $.a = ", [:]).hasPrefix("Invalid metric filter pattern"))
  }

  @Test func extractedValuesAreShown() async throws {
    let logs = try await LoggedHouse()
    let answer = try await logs.call(
      "TestMetricFilter", ["filterPattern": "[ip, ..., size > 10]", "logEventMessages": ["1.1.1.1 x y 11", "1.1.1.1 x y 9"]])
    #expect(answer["matches"]?.array?.count == 1)
    #expect(answer["matches"]?[0]?["extractedValues"]?["$size"] == "11")
  }

  private func subscribe(_ logs: LoggedHouse, _ destination: String, pattern: String = "", more: JSONObject = JSONObject()) async throws {
    var input: JSONObject = [
      "logGroupName": "g", "filterName": "f", "filterPattern": .string(pattern), "destinationArn": .string(destination),
    ]
    for (key, value) in more { input[key] = value }
    try await logs.call("PutSubscriptionFilter", .object(input))
  }

  private func unpack(_ body: JSONValue) throws -> JSONValue {
    let packed = try #require(body["awslogs"]?["data"]?.string.flatMap { Data(base64Encoded: $0) })
    return try JSONValue(parsing: Gzip.expand(Array(packed), limit: 1 << 24))
  }

  @Test func aQueueGetsWhatMatches() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    try await subscribe(logs, queue, pattern: "[level = ERROR, code]", more: ["emitSystemFields": ["@aws.region"]])
    try await logs.put(["ERROR 1", "INFO 2", "ERROR 3"], to: "g")
    await logs.house.drain()
    let payloads = try await logs.bodies(queue).map(unpack)
    let control = try #require(payloads.first { $0["messageType"] == "CONTROL_MESSAGE" })
    #expect(control["owner"] == "CloudwatchLogs")
    let data = try #require(payloads.first { $0["messageType"] == "DATA_MESSAGE" })
    #expect(data["owner"] == "000000000000" && data["logGroup"] == "g" && data["logStream"] == "s" && data["subscriptionFilters"] == ["f"])
    let events = data["logEvents"]?.array ?? []
    #expect(events.compactMap { $0["message"]?.string } == ["ERROR 1", "ERROR 3"])
    #expect(events[0]["extractedFields"] == ["@aws.region": "eu-central-1", "code": "1", "level": "ERROR"])
    let found = try await logs.call("FilterLogEvents", ["logGroupName": "g", "filterPattern": "ERROR"])["events"]?.array ?? []
    #expect(events.compactMap { $0["id"]?.string } == found.compactMap { $0["eventId"]?.string })
  }

  @Test func aDestinationIsATargetByAnotherName() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    let made = try await logs.call(
      "PutDestination", ["destinationName": "d", "targetArn": .string(queue), "roleArn": "arn:aws:iam::000000000000:role/r"])
    try await subscribe(logs, made["destination"]?["arn"]?.string ?? "")
    try await logs.put(["a"], to: "g")
    await logs.house.drain()
    #expect(try await logs.bodies(queue).map(unpack).contains { $0["messageType"] == "DATA_MESSAGE" })
  }

  @Test func whatCanBeNoDestinationIsRefused() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    func fault(_ arn: String) async -> Fault? {
      await logs.fault(
        "PutSubscriptionFilter",
        ["logGroupName": "g", "filterName": "f", "filterPattern": "", "destinationArn": .string(arn)])
    }
    #expect(await fault("arn:aws:kinesis:eu-central-1:000000000000:stream/x")?.message.contains("Kinesis is not served") == true)
    #expect(
      await fault("arn:aws:lambda:eu-central-1:000000000000:function:x")?.message.hasPrefix("Could not execute the lambda function.")
        == true)
    #expect(await fault("arn:aws:sqs:eu-central-1:000000000000:none")?.message.hasPrefix("Could not deliver test message") == true)
    #expect(await fault("arn:aws:logs:eu-central-1:000000000000:destination:none")?.code == "ResourceNotFoundException")
    #expect(await fault("arn:aws:s3:::bucket")?.message == "PutSubscriptionFilter operation cannot work with destinationArn for vendor s3")
  }

  @Test func twoFiltersAreAllowedByAWS() async throws {
    let logs = try await LoggedHouse(limits: .aws)
    try await logs.make("g")
    try await logs.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    try await subscribe(logs, queue, more: ["filterName": "a"])
    try await subscribe(logs, queue, more: ["filterName": "b"])
    let third = await logs.fault(
      "PutSubscriptionFilter", ["logGroupName": "g", "filterName": "c", "filterPattern": "", "destinationArn": .string(queue)])
    #expect(third?.code == "LimitExceededException")
    try await logs.call("DeleteSubscriptionFilter", ["logGroupName": "g", "filterName": "a"])
    let left = try await logs.call("DescribeSubscriptionFilters", ["logGroupName": "g"])["subscriptionFilters"]?.array ?? []
    #expect(left.map { $0["filterName"] } == ["b"] && left[0]["distribution"] == "ByLogStream")
  }

  @Test func aDestinationThatFailsIsTriedAgain() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    try await subscribe(logs, queue)
    try await logs.house.call("sqs", "DeleteQueue", ["QueueUrl": .string(queue)])
    try await logs.put(["a"], to: "g")
    await logs.house.drain()
    let deliveries = try await logs.call("ListSubscriptionDeliveries", ["logGroupName": "g", "filterName": "f"])
    #expect(deliveries["deliveries"]?[0]?["outcome"] == "DROPPED")
    #expect(await logs.house.counted().contains { $0.name == "DeliveryErrors" && $0.dimensions["FilterName"] == "f" })
  }
}
