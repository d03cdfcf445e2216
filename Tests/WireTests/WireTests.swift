import JSON
import Testing
import Wire

private let json = ServiceIdentity(
  id: "sqs", signingName: "sqs", protocols: [.awsJson10], targetPrefix: "AmazonSQS", apiVersion: "2012-11-05", queryCompatible: true)
private let query = ServiceIdentity(
  id: "sns", signingName: "sns", protocols: [.query], apiVersion: "2010-03-31", xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/")
private let rest = ServiceIdentity(id: "scheduler", signingName: "scheduler", protocols: [.restJson1], apiVersion: "2021-06-30")
private let cbor = ServiceIdentity(
  id: "cloudwatch", signingName: "monitoring", protocols: [.rpcV2Cbor], targetPrefix: "Granite", apiVersion: "2010-08-01",
  cborName: "Granite")

private var directory: WireDirectory {
  var directory = WireDirectory()
  directory.add(json, operations: [("SendMessage", nil)])
  directory.add(query, operations: [("Publish", nil)])
  directory.add(
    rest,
    operations: [
      ("GetSchedule", OperationRoute("GET", "/schedules/{Name}", query: ["groupName": "GroupName"])),
      ("ListSchedules", OperationRoute("GET", "/schedules", query: ["MaxResults": "MaxResults"])),
      ("UntagResource", OperationRoute("DELETE", "/tags/{ResourceArn}", query: ["TagKeys": "TagKeys[]"])),
    ])
  directory.add(cbor, operations: [("PutMetricData", nil)])
  return directory
}

@Suite struct WireTests {
  @Test func jsonIsRecognizedByItsTarget() throws {
    let request = WireRequest(
      method: "POST", path: "/", headers: [("x-amz-target", "AmazonSQS.SendMessage"), ("content-type", "application/x-amz-json-1.0")],
      body: Array(#"{"MessageBody":"x"}"#.utf8))
    let found = try directory.recognize(request, signingName: "sqs")
    #expect(found.service.id == "sqs" && found.operation == "SendMessage" && found.wireProtocol == .awsJson10)
    #expect(try WireCodec.input(request, found)["MessageBody"] == "x")
    let response = WireCodec.response(["MessageId": "1"], found, xml: XMLHints(), route: nil, requestID: "r")
    #expect(response.status == 200)
    #expect(String(decoding: response.body, as: UTF8.self) == #"{"MessageId":"1"}"#)
    #expect(response.headers.contains { $0.name.lowercased() == "x-amzn-requestid" && $0.value == "r" })
    let fault = WireCodec.response(
      WireFault("QueueDoesNotExist", "gone", queryCode: "AWS.SimpleQueueService.NonExistentQueue"), .awsJson10, service: json,
      requestID: "r")
    #expect(fault.status == 400)
    let body = try JSONValue(parsing: fault.body)
    #expect(body["__type"]?.string?.hasSuffix("QueueDoesNotExist") == true)
    #expect(
      fault.headers.contains {
        $0.name.lowercased() == "x-amzn-query-error" && $0.value == "AWS.SimpleQueueService.NonExistentQueue;Sender"
      })
  }

  @Test func formsAreReadAndAnsweredInXML() throws {
    let request = WireRequest(
      method: "POST", path: "/", headers: [("content-type", "application/x-www-form-urlencoded")],
      body: Array(
        "Action=Publish&Version=2010-03-31&Message=a+b%C3%A4&MessageAttributes.entry.1.Name=k&MessageAttributes.entry.1.Value.DataType=String"
          .utf8))
    let found = try directory.recognize(request, signingName: "sns")
    #expect(found.operation == "Publish" && found.wireProtocol == .query)
    #expect(try WireCodec.input(request, found)["Message"] == "a bä")
    let response = WireCodec.response(["MessageId": "<1>"], found, xml: XMLHints(), route: nil, requestID: "r")
    let text = String(decoding: response.body, as: UTF8.self)
    #expect(text.contains("<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"))
    #expect(text.contains("<MessageId>&lt;1&gt;</MessageId>") && text.contains("<RequestId>r</RequestId>"))
    let fault = WireCodec.response(WireFault("NotFound", "no & never", status: 404), .query, service: query, requestID: "r")
    let error = String(decoding: fault.body, as: UTF8.self)
    #expect(fault.status == 404)
    #expect(
      error.contains("<Code>NotFound</Code>") && error.contains("<Message>no &amp; never</Message>")
        && error.contains("<Type>Sender</Type>"))
  }

  @Test func pathsAreMatchedAndBound() throws {
    let request = WireRequest(method: "GET", path: "/schedules/a%20b", query: "groupName=g")
    let found = try directory.recognize(request, signingName: "scheduler")
    #expect(found.operation == "GetSchedule")
    let input = try WireCodec.input(request, found)
    #expect(input["Name"] == "a b" && input["GroupName"] == "g")
    let tags = WireRequest(method: "DELETE", path: "/tags/arn%3Aaws%3Ax", query: "TagKeys=a&TagKeys=b")
    let untag = try directory.recognize(tags, signingName: "scheduler")
    #expect(try WireCodec.input(tags, untag)["TagKeys"] == ["a", "b"])
    let response = WireCodec.response(
      WireFault("ResourceNotFoundException", "x", status: 404), .restJson1, service: rest, requestID: "r")
    #expect(response.headers.contains { $0.name.lowercased() == "x-amzn-errortype" && $0.value == "ResourceNotFoundException" })
  }

  @Test func cborGoesBothWays() throws {
    let document: JSONValue = ["Namespace": "n", "List": [1, -2, 3.5, true, .null], "At": ["$timestamp": 1.5]]
    let bytes = CBOR.encode(document)
    let request = WireRequest(
      method: "POST", path: "/service/Granite/operation/PutMetricData",
      headers: [("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")], body: bytes)
    let found = try directory.recognize(request, signingName: "monitoring")
    #expect(found.operation == "PutMetricData" && found.wireProtocol == .rpcV2Cbor)
    let input = try WireCodec.input(request, found)
    #expect(input["Namespace"] == "n" && input["List"]?[1] == -2 && input["List"]?[2] == 3.5)
  }

  @Test func nothingKnownIsRefused() {
    for request in [
      WireRequest(method: "POST", path: "/", headers: [("x-amz-target", "Nobody.Op")]), WireRequest(method: "GET", path: "/nowhere"),
      WireRequest(method: "POST", path: "/service/X/operation/Y", headers: [("smithy-protocol", "rpc-v2-cbor")]),
      WireRequest(method: "POST", path: "/", headers: [("content-type", "application/x-www-form-urlencoded")], body: Array("Action=".utf8)),
    ] {
      #expect(throws: WireFault.self) { try directory.recognize(request, signingName: nil) }
    }
  }

  /// No bytes bring a decoder down; each answers a document or a fault.
  @Test func anyBytesAreDecodedOrRefused() {
    var state: UInt64 = 42
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    let seeds: [[UInt8]] = [
      CBOR.encode(["a": [1, 2, ["b": "c"]], "d": 1.5]), Array(#"{"a":[1,2,{"b":"c"}],"d":1.5}"#.utf8),
      Array("Action=X&a.member.1=2&b.entry.1.key=k".utf8),
    ]
    for round in 0..<6_000 {
      var bytes = seeds[round % 3]
      for _ in 0..<(1 + next() % 4) {
        switch next() % 3 {
        case 0: bytes[Int(next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: next())
        case 1: bytes.insert(UInt8(truncatingIfNeeded: next()), at: Int(next() % UInt64(bytes.count)))
        default: if bytes.count > 2 { bytes.removeLast(Int(next() % UInt64(bytes.count / 2 + 1))) }
        }
      }
      _ = try? CBOR.decode(bytes)
      _ = try? JSONValue(parsing: bytes)
      _ = try? FormCoding.parse(String(decoding: bytes, as: UTF8.self))
      let form = WireRequest(method: "POST", path: "/", headers: [("content-type", "application/x-www-form-urlencoded")], body: bytes)
      _ = try? WireCodec.input(form, Recognized(service: query, operation: "Publish", wireProtocol: .query))
    }
    // Lengths that promise more than there is, and depth without end.
    for bytes: [UInt8] in [
      [0x9B, 255, 255, 255, 255, 255, 255, 255, 255], [0x5B, 127, 255, 255, 255, 255, 255, 255, 255],
      [UInt8](repeating: 0x81, count: 100_000),
    ] {
      #expect(throws: WireFault.self) { try CBOR.decode(bytes) }
    }
  }
}
