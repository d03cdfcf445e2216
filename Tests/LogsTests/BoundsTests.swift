import JSON
import ServiceKit
import TestKit
import Testing

/// What is refused, at its bounds.
@Suite struct BoundsTests {
  @Test func elementsOfListsHaveLimitsToo() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    let fault = await logs.fault("FilterLogEvents", ["logGroupName": "g", "logStreamNames": ["s", "a*b"]])
    #expect(
      fault?.message == "1 validation error detected: Value '[s, a*b]' at 'logStreamNames' failed to satisfy constraint: "
        + "Member must satisfy constraint: [Member must have length less than or equal to 512, "
        + "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [^:*]*]")
    let cases: [(String, JSONValue)] = [
      ("StartQuery", ["logGroupNames": ["a b"], "startTime": 0, "endTime": 1, "queryString": "fields @message"]),
      ("StartLiveTail", ["logGroupIdentifiers": ["g"], "logStreamNames": [""]]),
      ("PutQueryDefinition", ["name": "n", "queryString": "fields @message", "logGroupNames": [""]]),
      ("DescribeLogGroups", ["includeLinkedAccounts": true, "accountIdentifiers": ["12"]]),
      ("UntagLogGroup", ["logGroupName": "g", "tags": []]), ("UntagLogGroup", ["logGroupName": "g", "tags": [""]]),
      ("TestMetricFilter", ["filterPattern": "a", "logEventMessages": [""]]),
      ("DeleteLogStream", ["logGroupName": "g", "logStreamName": "a*"]), ("DeleteRetentionPolicy", ["logGroupName": "a b"]),
      ("DeleteMetricFilter", ["logGroupName": "g", "filterName": ""]), ("ListTagsLogGroup", ["logGroupName": ""]),
    ]
    for (operation, input) in cases {
      let fault = await logs.fault(operation, input)
      #expect(fault?.code == "InvalidParameterException" && fault?.message.contains("failed to satisfy constraint") == true, "\(operation)")
    }
  }

  @Test func aSearchThroughAStreamThatIsNotThereSaysSo() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    let fault = await logs.fault("FilterLogEvents", ["logGroupName": "g", "logStreamNames": ["s", "gone"]])
    #expect(fault?.code == "ResourceNotFoundException" && fault?.message == "The specified log stream does not exist.")
  }

  @Test func offsetsOfScheduledQueriesMayBeAnything() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    for (place, (start, end)) in [(Int64.min, Int64.max), (.max, .min), (.min, .min), (.max, 0), (1, .min)].enumerated() {
      let fault = await logs.fault(
        "CreateScheduledQuery",
        [
          "name": .string("q\(place)"), "queryLanguage": "CWLI", "queryString": "fields @message", "logGroupIdentifiers": ["g"],
          "scheduleExpression": "cron(0 * * * ? *)", "executionRoleArn": "arn:aws:iam::000000000000:role/r", "startTimeOffset": .int(start),
          "endTimeOffset": .int(end),
        ])
      #expect(start > end ? fault == nil : fault?.code == "ValidationException", "\(start) \(end) \(fault?.message ?? "")")
    }
  }

  @Test func logClassesLackWhatTheyLackAtAWS() async throws {
    let logs = try await LoggedHouse(limits: .aws)
    for name in ["INFREQUENT_ACCESS", "DELIVERY"] {
      try await logs.call("CreateLogGroup", ["logGroupName": .string(name), "logGroupClass": .string(name)])
    }
    func query(_ text: JSONValue, _ group: JSONValue) async -> String? {
      await logs.fault("StartQuery", ["queryString": text, "logGroupName": group, "startTime": 0, "endTime": .int(logs.now / 1_000)])?
        .message
    }
    #expect(await query("fields @message", "INFREQUENT_ACCESS") == nil)
    for command in ["pattern @message", "fields @message | diff", "filterIndex a = 1", "unmask @message"] {
      #expect(
        await query(.string(command), "INFREQUENT_ACCESS")?.hasSuffix("is not supported for log groups of class INFREQUENT_ACCESS.") == true
      )
    }
    #expect(await query("fields @message", "DELIVERY") == "Queries are not supported for log groups of class DELIVERY.")
    let kept = try await logs.call("DescribeLogGroups", ["logGroupNamePrefix": "DELIVERY"])["logGroups"]?.array?.first?["retentionInDays"]
    #expect(kept == 2)
    #expect(
      await logs.fault("PutRetentionPolicy", ["logGroupName": "DELIVERY", "retentionInDays": 7])?.code == "InvalidParameterException")
    let open = try await LoggedHouse()
    try await open.call("CreateLogGroup", ["logGroupName": "g", "logGroupClass": "INFREQUENT_ACCESS"])
    #expect(await open.fault("StartQuery", ["queryString": "pattern @message", "logGroupName": "g", "startTime": 0, "endTime": 1]) == nil)
  }

  @Test func aStreamMadeAgainKeepsItsNewEvents() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.put(["old"], to: "g")
    try await logs.call("DeleteLogStream", ["logGroupName": "g", "logStreamName": "s"])
    #expect(try await logs.messages("g").isEmpty)
    try await logs.call("CreateLogStream", ["logGroupName": "g", "logStreamName": "s"])
    try await logs.put(["new"], to: "g")
    await logs.house.advance(by: .seconds(30), step: .seconds(1))
    #expect(try await logs.messages("g") == ["new"])
    try await logs.call("DeleteLogGroup", ["logGroupName": "g"])
    try await logs.make("g")
    await logs.house.advance(by: .seconds(30), step: .seconds(1))
    #expect(try await logs.messages("g").isEmpty)
  }
}
