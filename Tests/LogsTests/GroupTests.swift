import JSON
import ServiceKit
import TestKit
import Testing

@Suite struct GroupTests {
  @Test func groupsAreListedInManyWays() async throws {
    let logs = try await LoggedHouse()
    for name in ["/aws/a", "/aws/b", "Other-One"] { try await logs.call("CreateLogGroup", ["logGroupName": .string(name)]) }
    try await logs.call("CreateLogGroup", ["logGroupName": "rare", "logGroupClass": "INFREQUENT_ACCESS", "tags": ["team": "ml"]])
    func described(_ input: JSONValue) async throws -> [String] {
      try await logs.call("DescribeLogGroups", input)["logGroups"]?.array?.compactMap { $0["logGroupName"]?.string } ?? []
    }
    func listed(_ input: JSONValue) async throws -> [String] {
      try await logs.call("ListLogGroups", input)["logGroups"]?.array?.compactMap { $0["logGroupName"]?.string } ?? []
    }
    #expect(try await described(["logGroupNamePrefix": "/aws/"]) == ["/aws/a", "/aws/b"])
    #expect(try await described(["logGroupNamePattern": "other"]) == ["Other-One"])
    #expect(try await described(["logGroupClass": "INFREQUENT_ACCESS"]) == ["rare"])
    #expect(
      try await described(["logGroupIdentifiers": ["rare", "arn:aws:logs:eu-central-1:000000000000:log-group:/aws/a"]]) == [
        "/aws/a", "rare",
      ])
    #expect(try await listed(["logGroupNamePattern": "^/aws|One"]) == ["/aws/a", "/aws/b", "Other-One"])
    #expect(try await listed(["logGroupTags": [["key": "team", "values": ["m*"]]]]) == ["rare"])
    let both = await logs.fault("DescribeLogGroups", ["logGroupNamePrefix": "a", "logGroupNamePattern": "b"])
    #expect(both?.message == "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
  }

  @Test func pagesGoOnWhereTheyEnded() async throws {
    let logs = try await LoggedHouse()
    for number in 10..<35 { try await logs.call("CreateLogGroup", ["logGroupName": .string("g\(number)")]) }
    var (token, found) = (JSONValue?.none, [String]())
    repeat {
      var input: JSONObject = ["limit": 10]
      input["nextToken"] = token
      let page = try await logs.call("DescribeLogGroups", .object(input))
      found += page["logGroups"]?.array?.compactMap { $0["logGroupName"]?.string } ?? []
      token = page["nextToken"]
    } while token.map { !$0.isNull } ?? false
    #expect(found == (10..<35).map { "g\($0)" })
    #expect(await logs.fault("DescribeLogGroups", ["nextToken": "nonsense"])?.message == "The specified nextToken is invalid.")
  }

  @Test func aProtectedGroupStays() async throws {
    let logs = try await LoggedHouse()
    try await logs.call("CreateLogGroup", ["logGroupName": "g", "deletionProtectionEnabled": true])
    #expect(await logs.fault("DeleteLogGroup", ["logGroupName": "g"])?.code == "InvalidOperationException")
    try await logs.call("PutLogGroupDeletionProtection", ["logGroupIdentifier": "g", "deletionProtectionEnabled": false])
    try await logs.call("DeleteLogGroup", ["logGroupName": "g"])
    #expect(await logs.fault("DeleteLogGroup", ["logGroupName": "g"])?.message == "The specified log group does not exist.")
  }

  @Test func aKeyOfKMSIsRefusedWhileItIsNotServed() async throws {
    let logs = try await LoggedHouse()
    let key: JSONValue = "arn:aws:kms:eu-central-1:000000000000:key/1234"
    let fault = await logs.fault("CreateLogGroup", ["logGroupName": "g", "kmsKeyId": key])
    #expect(fault?.code == "InvalidParameterException" && fault?.message.contains("--log-encryption-key") == true)
    try await logs.call("CreateLogGroup", ["logGroupName": "g"])
    #expect(await logs.fault("AssociateKmsKey", ["logGroupName": "g", "kmsKeyId": key])?.code == "InvalidParameterException")
    try await logs.call("DisassociateKmsKey", ["logGroupName": "g"])
  }

  @Test func exportSaysWhatIsMissing() async throws {
    let logs = try await LoggedHouse()
    try await logs.call("CreateLogGroup", ["logGroupName": "g"])
    let fault = await logs.fault("CreateExportTask", ["logGroupName": "g", "from": 0, "to": 1, "destination": "bucket"])
    #expect(fault?.message.contains("S3 is not served") == true)
    #expect(try await logs.call("DescribeExportTasks", [:])["exportTasks"] == [])
  }

  @Test func resourcePoliciesAreTenAtMost() async throws {
    let logs = try await LoggedHouse()
    let document: JSONValue = #"{"Version":"2012-10-17","Statement":[]}"#
    for number in 0..<10 { try await logs.call("PutResourcePolicy", ["policyName": .string("p\(number)"), "policyDocument": document]) }
    #expect(await logs.fault("PutResourcePolicy", ["policyName": "p10", "policyDocument": document])?.code == "LimitExceededException")
    #expect(await logs.fault("PutResourcePolicy", ["policyName": "p1", "policyDocument": "no JSON"])?.code == "InvalidParameterException")
    try await logs.call("DeleteResourcePolicy", ["policyName": "p3"])
    let left = try await logs.call("DescribeResourcePolicies", [:])["resourcePolicies"]?.array ?? []
    #expect(left.count == 9)
  }

  @Test func tagsOfThreeKinds() async throws {
    let logs = try await LoggedHouse()
    try await logs.call("CreateLogGroup", ["logGroupName": "g", "tags": ["a": "1"]])
    let arn: JSONValue = "arn:aws:logs:eu-central-1:000000000000:log-group:g:*"
    try await logs.call("TagResource", ["resourceArn": arn, "tags": ["b": "2"]])
    try await logs.call("UntagResource", ["resourceArn": arn, "tagKeys": ["a"]])
    #expect(try await logs.call("ListTagsForResource", ["resourceArn": arn]) == ["tags": ["b": "2"]])
    #expect(await logs.fault("TagResource", ["resourceArn": arn, "tags": ["aws:x": "2"]])?.code == "InvalidParameterException")
    let destination = try await logs.call(
      "PutDestination",
      [
        "destinationName": "d", "targetArn": "arn:aws:sqs:eu-central-1:000000000000:q", "roleArn": "arn:aws:iam::000000000000:role/r",
        "tags": ["c": "3"],
      ])
    let tags = try await logs.call("ListTagsForResource", ["resourceArn": destination["destination"]?["arn"] ?? .null])
    #expect(tags == ["tags": ["c": "3"]])
  }
}
