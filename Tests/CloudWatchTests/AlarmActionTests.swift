import CloudWatch
import JSON
import SNS
import SQS
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct AlarmActionTests {
  @Test func aTopicGetsAWSsMessage() async throws {
    let watched = try await Watched()
    try await watched.house.open { SNS($0) }
    try await watched.house.open { SQS($0) }
    let topic = try await watched.house.call("sns", "CreateTopic", ["Name": "ops"])["TopicArn"]?.string ?? ""
    let queue = try await watched.house.call("sqs", "CreateQueue", ["QueueName": "mail"])["QueueUrl"]?.string ?? ""
    let arn = "arn:aws:sqs:eu-central-1:000000000000:mail"
    try await watched.house.call(
      "sns", "Subscribe", ["TopicArn": .string(topic), "Protocol": "sqs", "Endpoint": .string(arn)])
    try await watched.alarm(
      "cpu", ["AlarmActions": [.string(topic)], "AlarmDescription": "too hot", "EvaluationPeriods": 1, "TreatMissingData": "ignore"])
    try await watched.put(50, ago: 1)
    await watched.minutes(1)
    let received = try await watched.house.call("sqs", "ReceiveMessage", ["QueueUrl": .string(queue)])
    let envelope = try JSONValue(parsing: received["Messages"]?[0]?["Body"]?.string ?? "")
    #expect(envelope["Subject"] == "ALARM: \"cpu\" in EU (Frankfurt)")
    let message = try JSONValue(parsing: envelope["Message"]?.string ?? "")
    #expect(
      message.object?.keys == [
        "AlarmName", "AlarmDescription", "AWSAccountId", "AlarmConfigurationUpdatedTimestamp", "NewStateValue", "NewStateReason",
        "StateChangeTime", "Region", "AlarmArn", "OldStateValue", "OKActions", "AlarmActions", "InsufficientDataActions", "Trigger",
      ])
    #expect(message["Trigger"]?["Statistic"] == "AVERAGE")
    #expect(message["Trigger"]?["Threshold"] == 10.0)
    #expect(message["OldStateValue"] == "INSUFFICIENT_DATA")
    let actions = try await watched.history("cpu", "Action")
    #expect(actions.first?["HistorySummary"]?.string == "Successfully executed action \(topic)")
    let deliveries = try await watched.house.call("cloudwatch", "ListDeliveries", ["Name": "cpu"])
    #expect(deliveries["Deliveries"]?[0]?["Outcome"] == "DELIVERED")
    watched.close()
  }

  @Test func aWebhookIsTriedAgainAndThenGivenUp() async throws {
    let watched = try await Watched()
    let url = "https://example.test/hook"
    try await watched.alarm("h", ["AlarmActions": [.string(url)], "TreatMissingData": "ignore"])
    await watched.house.drain()
    watched.house.seen.answer { _ in OutboundResponse(status: 500) }
    try await watched.set("h", "ALARM", "because")
    await watched.house.advance(by: .seconds(5), step: .seconds(1))
    let tries = watched.house.seen.requests.count
    #expect(tries > 1)
    #expect(watched.house.seen.requests.first?.headers.contains { $0.name == "X-Martlet-Alarm-State" && $0.value == "ALARM" } == true)
    watched.house.seen.answer { _ in OutboundResponse(status: 200) }
    await watched.house.advance(by: .seconds(60), step: .seconds(1))
    #expect(try await watched.history("h", "Action").count == 1)
    watched.house.seen.answer { _ in OutboundResponse(status: 404) }
    try await watched.set("h", "OK")
    try await watched.set("h", "ALARM", "again")
    await watched.house.drain()
    let last = try await watched.history("h", "Action").last
    #expect(
      last?["HistorySummary"]?.string
        == "Failed to execute action \(url). Received error: \"The webhook answered with status 404.\"")
    watched.close()
  }

  /// A topic of one's own that has the same name is not taken for it.
  @Test func aTopicOfAnotherAccountIsRefused() async throws {
    let watched = try await Watched()
    try await watched.house.open { SNS($0) }
    _ = try await watched.house.call("sns", "CreateTopic", ["Name": "ops"])
    for place in ["eu-central-1:111111111111", "eu-west-1:000000000000"] {
      let arn = "arn:aws:sns:\(place):ops"
      let fault = await #expect(throws: Fault.self) { try await watched.alarm("f", ["AlarmActions": [.string(arn)]]) }
      #expect(
        fault?.message
          == "Invalid action \(arn): \(arn) is of another account or region: of those, Martlet delivers to event buses only.")
    }
    watched.close()
  }

  @Test func whatCanNotBeDoneIsRefusedByName() async throws {
    let watched = try await Watched()
    for (action, sentence) in [
      ("arn:aws:automate:eu-central-1:ec2:stop", "Amazon EC2 actions are not served by Martlet"),
      ("arn:aws:ssm:eu-central-1:000000000000:opsitem:1", "Systems Manager actions are not served by Martlet"),
      ("arn:aws:autoscaling:eu-central-1:000000000000:scalingPolicy:x", "Auto Scaling actions are not served by Martlet"),
      ("arn:aws:lambda:eu-central-1:000000000000:function:f", "Invalid action arn:aws:lambda"), ("nowhere", "Invalid arn syntax: nowhere"),
      ("arn:aws:batch:eu-central-1:000000000000:job-queue/q", "Invalid arn syntax"),
    ] {
      let fault = await watched.house.fault(
        "cloudwatch", "PutMetricAlarm",
        [
          "AlarmName": "w", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
          "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [.string(action)],
        ])
      #expect(fault?.message.hasPrefix(sentence) == true, "\(fault?.message ?? "taken")")
    }
    watched.close()
  }

  @Test func disabledActionsAreNotDone() async throws {
    let watched = try await Watched()
    try await watched.alarm("d", ["AlarmActions": ["https://example.test/hook"], "TreatMissingData": "ignore"])
    try await watched.house.call("cloudwatch", "DisableAlarmActions", ["AlarmNames": ["d", "nobody"]])
    try await watched.set("d", "ALARM")
    await watched.house.drain()
    #expect(watched.house.seen.requests.isEmpty)
    #expect(try await watched.describe("d")["ActionsEnabled"] == false)
    let updates = watched.events("CloudWatch Alarm Configuration Change", of: "d")
    #expect(updates.map { $0["operation"]?.string } == ["create", "update"])
    #expect(updates.last?["previousConfiguration"]?["actionsEnabled"] == true)
    watched.close()
  }
}
