import FoundationEssentials
import JSON
import Logs
import Series
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct ProtectionTests {
  private func policy(_ identifiers: [String], custom: [JSONValue] = [], findings: String? = nil) -> String {
    let list = JSONValue.array(identifiers.map { .string($0.contains("own") ? $0 : "arn:aws:dataprotection::aws:data-identifier/\($0)") })
    let destination: JSONValue = findings.map { ["CloudWatchLogs": ["LogGroup": .string($0)]] } ?? [:]
    let document: JSONValue = [
      "Name": "p", "Version": "2021-06-01", "Configuration": ["CustomDataIdentifier": .array(custom)],
      "Statement": [
        ["Sid": "audit", "DataIdentifier": list, "Operation": ["Audit": ["FindingsDestination": destination]]],
        ["Sid": "mask", "DataIdentifier": list, "Operation": ["Deidentify": ["MaskConfig": [:]]]],
      ],
    ]
    return document.text
  }

  @Test(arguments: [
    ("EmailAddress", "mail kim@example.org now", "mail *************** now"),
    ("EmailAddress", "no mail @ all", "no mail @ all"),
    ("IpAddress", "from 10.0.0.255 to 1.2.3.4", "from ********** to *******"),
    ("IpAddress", "version 300.1.2.3", "version 300.1.2.3"),
    ("CreditCardNumber", "card 4111 1111 1111 1111!", "card *******************!"),
    ("CreditCardNumber", "id 4111111111111112", "id 4111111111111112"),
    ("Ssn-US", "ssn 123-45-6789", "ssn ***********"), ("Ssn-US", "nr 923-45-6789", "nr 923-45-6789"),
    (
      "AwsSecretKey", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      "aws_secret_access_key = ****************************************"
    ),
    ("AwsSecretKey", "hash wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "hash wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("PhoneNumber-US", "phone: (415) 555-2671", "phone: **************"), ("PhoneNumber-US", "order 4155552671", "order 4155552671"),
    ("BankAccountNumber-DE", "DE89370400440532013000", "**********************"),
    ("BankAccountNumber-DE", "DE89370400440532013001", "DE89370400440532013001"),
    ("OpenSSHPrivateKey", "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----", String(repeating: "*", count: 73)),
  ])
  func sensitiveDataIsMasked(identifier: String, message: String, shown: String) async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.call("PutDataProtectionPolicy", ["logGroupIdentifier": "g", "policyDocument": .string(policy([identifier]))])
    try await logs.put([message], to: "g")
    #expect(try await logs.messages("g") == [shown])
    #expect(try await logs.messages("g", ["unmask": true]) == [message])
  }

  @Test func findingsAreAuditedAndCounted() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    let own: JSONValue = ["Name": "own-id", "Regex": "EID-\\d{4}"]
    let missing = await logs.fault(
      "PutDataProtectionPolicy",
      ["logGroupIdentifier": "g", "policyDocument": .string(policy(["own-id"], custom: [own], findings: "audit"))])
    #expect(missing?.message.contains("audit for findings does not exist") == true)
    try await logs.call("CreateLogGroup", ["logGroupName": "audit"])
    try await logs.call(
      "PutDataProtectionPolicy",
      ["logGroupIdentifier": "g", "policyDocument": .string(policy(["own-id", "EmailAddress"], custom: [own], findings: "audit"))])
    try await logs.put(["employee EID-1234 and a@b.de", "nothing"], to: "g")
    #expect(try await logs.messages("g") == ["employee ******** and ******", "nothing"])
    let found = try JSONValue(parsing: try await logs.messages("audit")[0])
    #expect(found["resourceArn"] == "arn:aws:logs:eu-central-1:000000000000:log-group:g:*")
    let identifiers = found["dataIdentifiers"]?.array ?? []
    #expect(identifiers.contains { $0["name"] == "own-id" && $0["detections"] == [["start": 9, "end": 17]] })
    #expect(
      await logs.house.counted().contains { $0.name == "LogEventsWithFindings" && $0.dimensions == ["LogGroupName": "g"] && $0.value == 1 })
    let group = try await logs.call("DescribeLogGroups", ["logGroupNamePrefix": "g"])["logGroups"]?[0]
    #expect(group?["dataProtectionStatus"] == "ACTIVATED")
  }

  @Test func queriesAreMaskedUnlessTheyUnmask() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.call("PutDataProtectionPolicy", ["logGroupIdentifier": "g", "policyDocument": .string(policy(["EmailAddress"]))])
    try await logs.put(["by a@b.de"], to: "g")
    #expect(try await logs.query("fields @message", ["g"]).rows[0]["@message"] == "by ******")
    #expect(try await logs.query("fields @timestamp | unmask @message", ["g"]).rows[0].values.contains("by a@b.de"))
  }

  @Test func aPolicyOfTheAccountHoldsForAllGroups() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.put(["before a@b.de"], to: "g")
    try await logs.call(
      "PutAccountPolicy", ["policyName": "p", "policyType": "DATA_PROTECTION_POLICY", "policyDocument": .string(policy(["EmailAddress"]))])
    try await logs.put(["after a@b.de"], at: logs.now + 10, to: "g")
    #expect(try await logs.messages("g") == ["before a@b.de", "after ******"])
    let group = try await logs.call("DescribeLogGroups", [:])["logGroups"]?[0]
    #expect(group?["inheritedProperties"] == ["ACCOUNT_DATA_PROTECTION"])
  }

  @Test func policiesAreChecked() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    func fault(_ document: String) async -> String {
      await logs.fault("PutDataProtectionPolicy", ["logGroupIdentifier": "g", "policyDocument": .string(document)])?.message ?? ""
    }
    #expect(await fault("[]").contains("no JSON object"))
    #expect(await fault(policy(["Address"])).contains("Address is not served"))
    #expect(await fault(policy(["Nonsense"])).contains("there is no data identifier Nonsense"))
    #expect(await fault(policy(["own"], custom: [["Name": "own", "Regex": "(a"]])).contains("own is not valid"))
    #expect(await fault(#"{"Name":"p","Version":"2021-06-01","Statement":[]}"#).contains("two statements"))
    #expect(try await logs.call("GetDataProtectionPolicy", ["logGroupIdentifier": "g"])["policyDocument"] == nil)
  }

  @Test func eventsAreEncryptedOnDiskAndReadAgain() async throws {
    let key = [UInt8](repeating: 7, count: 32)
    let logs = try await LoggedHouse(key: key)
    try await logs.make("g")
    try await logs.put(["a needle that nobody finds"], to: "g")
    #expect(try await logs.messages("g") == ["a needle that nobody finds"])
    #expect(try await logs.query("fields @message", ["g"]).rows[0]["@message"] == "a needle that nobody finds")
    let files = try FileManager.default.subpathsOfDirectory(atPath: logs.folder)
    let holding = files.filter { file in
      FileManager.default.contents(atPath: "\(logs.folder)/\(file)").map { String(decoding: $0, as: UTF8.self).contains("needle") } ?? false
    }
    #expect(holding == [] && files.contains { $0.hasPrefix("keys/") })
    // Another key opens nothing.
    let group = try #require(files.first { $0.hasPrefix("keys/") && $0.utf8.count > 10 }).dropFirst(5)
    let other = try GroupKeys(folder: "\(logs.folder)/keys", secret: [UInt8](repeating: 8, count: 32), sealsAll: true)
    #expect(throws: SeriesFault.self) { try other.key(group: String(group)) }
    let same = try GroupKeys(folder: "\(logs.folder)/keys", secret: key, sealsAll: true)
    #expect(try same.key(group: String(group))?.count == 32)
  }
}
