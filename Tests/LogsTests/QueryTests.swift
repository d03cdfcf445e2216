import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct QueryTests {
  @Test func aQueryLooksThroughGroups() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("a")
    try await logs.make("b")
    try await logs.put([#"{"level":"error","ms":10}"#, #"{"level":"info","ms":20}"#], to: "a")
    try await logs.put([#"{"level":"error","ms":30}"#], to: "b")
    let (rows, answer) = try await logs.query("stats count(*) as n, sum(ms) as total by level | sort level", ["a", "b"])
    #expect(rows == [["level": "error", "n": "2", "total": "40"], ["level": "info", "n": "1", "total": "20"]])
    #expect(answer["status"] == "Complete" && answer["statistics"]?["recordsScanned"] == 3)
    #expect(answer["statistics"]?["logGroupsScanned"] == 2)
    let byIdentifier = try await logs.query(
      "fields @message | filter level = 'info'", [], more: ["logGroupIdentifiers": ["arn:aws:logs:eu-central-1:000000000000:log-group:a"]])
    #expect(byIdentifier.rows.map { $0["@message"] } == [#"{"level":"info","ms":20}"#])
    let bySource = try await logs.query(#"SOURCE logGroups(namePrefix: ['b']) | stats count(*) as n"#, [])
    #expect(bySource.rows == [["n": "1"]])
  }

  @Test func aRecordIsFoundByItsPointer() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("a")
    try await logs.put(["x", #"{"user":{"name":"kim"}}"#, "y"], to: "a")
    let (rows, _) = try await logs.query("fields @timestamp | filter user.name = 'kim'", ["a"])
    let record = try await logs.call("GetLogRecord", ["logRecordPointer": .string(rows[0]["@ptr"] ?? "")])["logRecord"]
    #expect(record?["user.name"] == "kim" && record?["@logStream"] == "s" && record?["@log"] == "000000000000:a")
    #expect(await logs.fault("GetLogRecord", ["logRecordPointer": "nonsense"])?.code == "InvalidParameterException")
  }

  @Test func aFaultOfTheQuerySaysWhere() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("a")
    let range: JSONObject = ["logGroupName": "a", "startTime": 0, "endTime": 10]
    func fault(_ more: JSONObject) async -> Fault? {
      var input = range
      for (key, value) in more { input[key] = value }
      return await logs.fault("StartQuery", .object(input))
    }
    let malformed = await fault(["queryString": "fields @message | filtr x = 1"])
    #expect(malformed?.code == "MalformedQueryException")
    #expect(malformed?.fields["queryCompileError"]?["location"]?["startCharOffset"] == 18)
    #expect(
      await fault(["queryString": "fields @message", "logGroupName": "nope"])?.message
        == "Log group 'nope' does not exist for account ID '000000000000'")
    #expect(await fault(["queryString": "fields @message", "logGroupNames": ["a"]])?.code == "InvalidParameterException")
    #expect(await fault(["queryString": "fields @message", "queryLanguage": "PPL"])?.message.contains("PPL") == true)
    #expect(await fault(["queryString": "fields @message", "startTime": 20])?.code == "InvalidParameterException")
  }

  @Test func manyRowsComeInPages() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("a")
    try await logs.put((0..<250).map { "m\($0)" }, to: "a")
    let (_, answer) = try await logs.query("fields @message | sort @timestamp asc | limit 1000", ["a"])
    #expect(answer["results"]?.array?.count == 250 && answer["nextToken"] == nil)
    let id = try await logs.call("DescribeQueries", [:])["queries"]?[0]?["queryId"] ?? .null
    var (token, found) = (JSONValue?.none, [String]())
    repeat {
      var input: JSONObject = ["queryId": id, "maxItems": 90]
      input["nextToken"] = token
      let page = try await logs.call("GetQueryResults", .object(input))
      found += LoggedHouse.rows(page).compactMap { $0["@message"] }
      token = page["nextToken"]
    } while token.map { !$0.isNull } ?? false
    #expect(found == (0..<250).map { "m\($0)" })
  }

  @Test func queriesAreForgottenAfterAWeek() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("a")
    try await logs.put(["m"], to: "a")
    _ = try await logs.query("fields @message", ["a"])
    let queries = try await logs.call("DescribeQueries", ["logGroupName": "a", "status": "Complete"])["queries"]?.array ?? []
    #expect(queries.count == 1 && queries[0]["queryString"] == "fields @message")
    let stop = await logs.fault("StopQuery", ["queryId": queries[0]["queryId"] ?? .null])
    #expect(stop?.code == "InvalidParameterException")
    await logs.house.advance(by: .seconds(7 * 86_400 + 1), step: .seconds(86_400))
    #expect(await logs.fault("GetQueryResults", ["queryId": queries[0]["queryId"] ?? .null])?.code == "ResourceNotFoundException")
    #expect(try await logs.call("DescribeQueries", [:])["queries"] == [])
  }

  @Test func definitionsAreSaved() async throws {
    let logs = try await LoggedHouse()
    func put(_ name: String, _ more: JSONObject = JSONObject()) async throws -> JSONValue {
      var input: JSONObject = ["name": .string(name), "queryString": "fields @message"]
      for (key, value) in more { input[key] = value }
      return try await logs.call("PutQueryDefinition", .object(input))["queryDefinitionId"] ?? .null
    }
    let id = try await put("errors/all", ["logGroupNames": ["a"]])
    _ = try await put("other")
    _ = try await put("errors/new", ["queryDefinitionId": id])
    let found = try await logs.call("DescribeQueryDefinitions", ["queryDefinitionNamePrefix": "errors"])["queryDefinitions"]?.array ?? []
    #expect(found.count == 1 && found[0]["name"] == "errors/new" && found[0]["logGroupNames"] == [])
    #expect(try await logs.call("DeleteQueryDefinition", ["queryDefinitionId": id]) == ["success": true])
    #expect(await logs.fault("DeleteQueryDefinition", ["queryDefinitionId": id])?.code == "ResourceNotFoundException")
  }

  @Test func aScheduledQueryRunsByItsCron() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("a")
    let input: JSONObject = [
      "name": "hourly", "queryLanguage": "CWLI", "queryString": "stats count(*) as n", "logGroupIdentifiers": ["a"],
      "scheduleExpression": "cron(0 * * * ? *)", "executionRoleArn": "arn:aws:iam::000000000000:role/r", "startTimeOffset": 3_600,
    ]
    let made = try await logs.call("CreateScheduledQuery", .object(input))
    #expect(made["state"] == "ENABLED")
    #expect(await logs.fault("CreateScheduledQuery", .object(input))?.code == "ConflictException")
    try await logs.put(["one", "two"], at: logs.now + 1_000, to: "a")
    await logs.house.advance(by: .seconds(3_601), step: .seconds(600))
    let history = try await logs.call(
      "GetScheduledQueryHistory", ["identifier": made["scheduledQueryArn"] ?? .null, "startTime": 0, "endTime": .int(logs.now)])
    let run = history["triggerHistory"]?[0]
    #expect(run?["executionStatus"] == "Complete")
    let rows = LoggedHouse.rows(try await logs.call("GetQueryResults", ["queryId": run?["queryId"] ?? .null]))
    #expect(rows == [["n": "2"]])
    var other = input
    other["name"] = "s3"
    other["destinationConfiguration"] = ["s3Configuration": ["destinationIdentifier": "s3://bucket", "roleArn": "arn"]]
    #expect(await logs.fault("CreateScheduledQuery", .object(other))?.code == "ValidationException")
    other["destinationConfiguration"] = nil
    other["scheduleExpression"] = "rate(1 hour)"
    #expect(await logs.fault("CreateScheduledQuery", .object(other))?.code == "ValidationException")
    try await logs.call("DeleteScheduledQuery", ["identifier": "hourly"])
    #expect(await logs.fault("GetScheduledQuery", ["identifier": "hourly"])?.code == "ResourceNotFoundException")
  }
}
