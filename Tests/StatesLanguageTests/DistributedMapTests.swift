import JSON
import JSONPath
import StatesLanguage
import Testing

/// Reading items, counting children, writing results.
@Suite struct DistributedMapTests {
  private func rows(_ text: String, _ delimiter: Character = ",") -> [[String]] {
    Array(CSVRows(Array(text.utf8), delimiter: delimiter.asciiValue ?? 44))
  }

  @Test func csv() {
    #expect(rows("a,b\n1,2\n") == [["a", "b"], ["1", "2"]])
    #expect(rows("a,b\r\n\r\n1,\r\n") == [["a", "b"], ["1", ""]])
    #expect(rows("\"a,\"\"b\"\"\n\",c") == [["a,\"b\"\n", "c"]])
    #expect(rows("a|b", "|") == [["a", "b"]])
    #expect(rows("\u{FEFF}é;ü", ";") == [["é", "ü"]])
    #expect(rows("") == [])
    #expect(rows(",") == [["", ""]])
    #expect(rows("\"open") == [["open"]])
    #expect(rows("a\rb") == [["a"], ["b"]])
    #expect(Array(CSVRows([0xFF, 44, 0xC3])).count == 1)
  }

  @Test func fieldsAreBounded() {
    var rows = CSVRows(Array(("\"" + String(repeating: "x", count: CSVRows.longestField + 1)).utf8))
    let row = rows.next()
    #expect(row == nil && rows.failure != nil)
  }

  private func items(_ configuration: JSONObject, _ text: String) throws -> [JSONValue] {
    try ReaderConfiguration(configuration).items(in: Array(text.utf8))
  }

  @Test func items() throws {
    let header: JSONObject = ["InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"]
    #expect(try items(header, "a,b\n1\n1,2,3") == [["a": "1", "b": ""], ["a": "1", "b": "2"]])
    let given: JSONObject = [
      "InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x"], "CSVDelimiter": "TAB", "MaxItems": 1,
    ]
    #expect(try items(given, "1\t2\n3\t4") == [["x": "1"]])
    #expect(try items(["InputType": "JSON"], "[1,{\"a\":2}]") == [1, ["a": 2]])
    #expect(try items(["InputType": "JSON", "ItemsPointer": "/a~1b/0/l"], #"{"a/b":[{"l":[7]}]}"#) == [7])
    #expect(try items(["InputType": "JSONL", "MaxItems": 2], "{\"a\":1}\n\n 2 \r\n3\n") == [["a": 1], 2])
    #expect(try items([:], "[]") == [])
  }

  @Test(
    arguments: [
      (["InputType": "JSON"], "{}"), (["InputType": "JSON"], "["), (["InputType": "JSONL"], "1\n{"), (["InputType": "XML"], ""),
      (["InputType": "CSV", "CSVDelimiter": "DOT"], ""), (["InputType": "PARQUET"], ""),
      (["InputType": "JSON", "ItemsPointer": "a"], "[]"),
      (["InputType": "JSON", "ItemsPointer": "/x"], "{}"),
    ] as [(JSONObject, String)])
  func unreadable(_ configuration: JSONObject, _ text: String) {
    #expect(throws: ItemReadingFailure.self) { try items(configuration, text) }
  }

  private func source(_ api: String, _ parameters: JSONValue, _ configuration: JSONObject) -> MapRunRequest.Source {
    MapRunRequest.Source(resource: "arn:aws:states:::s3:\(api)", parameters: Payload(parameters), configuration: configuration)
  }

  @Test func anObject() throws {
    var reading = try ItemReading(
      source("getObject", ["Bucket": "b", "Key": "k.json", "VersionId": "v"], ["InputType": "JSON", "MaxItems": 2]))
    guard case .object(let place)? = reading.need else { throw Missing() }
    #expect(place.bucket == "b" && place.key == "k.json" && place.versionID == "v" && !place.isCompressed)
    #expect(try reading.take(bytes: Array("[1,2,3]".utf8)) == [1, 2])
    #expect(reading.need == nil)
    #expect(try reading.take(bytes: []) == [])
  }

  @Test func listings() throws {
    var reading = try ItemReading(source("listObjectsV2", ["Bucket": "b", "Prefix": "p"], ["MaxItems": 3]))
    #expect(reading.need == .listing(bucket: "b", prefix: "p", continuationToken: nil, maxKeys: 3))
    let first = try reading.take(
      listing: [
        "IsTruncated": true, "NextContinuationToken": "t",
        "Contents": [["Key": "p/1", "ETag": "\"e\"", "Size": 1, "LastModified": 5, "StorageClass": "STANDARD"], ["Key": "p/2"]],
      ])
    #expect(first == [["Etag": "\"e\"", "Key": "p/1", "LastModified": 5, "Size": 1, "StorageClass": "STANDARD"], ["Key": "p/2"]])
    #expect(reading.need == .listing(bucket: "b", prefix: "p", continuationToken: "t", maxKeys: 1))
    #expect(try reading.take(listing: ["Contents": [["Key": "p/3"], ["Key": "p/4"]]]).count == 1)
    #expect(reading.need == nil)
  }

  @Test func listingsThatAreLoaded() throws {
    var reading = try ItemReading(
      source("listObjectsV2", ["Bucket": "b"], ["Transformation": "LOAD_AND_FLATTEN", "InputType": "JSONL"]))
    #expect(try reading.take(listing: ["Contents": [["Key": "1"], ["Key": "2.gz"]]]) == [])
    var items: [JSONValue] = []
    var keys: [String] = []
    while case .object(let place)? = reading.need {
      keys.append(place.key)
      items += try reading.take(bytes: Array((place.isCompressed ? "3" : "1\n2").utf8))
    }
    #expect(keys == ["1", "2.gz"])
    #expect(items == [1, 2, 3])
  }

  @Test func inventories() throws {
    var reading = try ItemReading(source("getObject", ["Bucket": "b", "Key": "manifest.json"], ["InputType": "MANIFEST"]))
    let manifest =
      #"{"fileFormat":"CSV","fileSchema":"Bucket, Key, Size","destinationBucket":"arn:aws:s3:::d","files":[{"key":"data/1.csv.gz"}]}"#
    #expect(try reading.take(bytes: Array(manifest.utf8)) == [])
    guard case .object(let place)? = reading.need else { throw Missing() }
    #expect(place.bucket == "d" && place.isCompressed)
    #expect(try reading.take(bytes: Array("\"x\",\"k1\",\"5\"\n".utf8)) == [["Bucket": "x", "Key": "k1", "Size": "5"]])
    #expect(reading.need == nil)
  }

  @Test func athena() throws {
    var reading = try ItemReading(
      source("getObject", ["Bucket": "b", "Key": "m.csv"], ["ManifestType": "ATHENA_DATA", "InputType": "CSV"]))
    #expect(try reading.take(bytes: Array("s3://o/a.csv\ns3://o/dir/b.csv\n".utf8)) == [])
    #expect(try reading.take(bytes: Array("h\n1".utf8)) == [["h": "1"]])
    guard case .object(let place)? = reading.need else { throw Missing() }
    #expect(place.key == "dir/b.csv")
    #expect(throws: ItemReadingFailure.self) { try ItemReading(source("getObject", [:], [:])) }
    #expect(throws: ItemReadingFailure.self) { try ItemReading(source("getObject", ["Bucket": "b"], [:])) }
  }

  private func request(_ rest: String, _ input: JSONValue) throws -> MapRunRequest {
    var played = try Played(
      #"{"StartAt":"M","States":{"M":{"Type":"Map",\#(rest)"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"End":true}}}"#,
      input: input)
    played.send(.start)
    return try #require(played.mapRuns.values.first, "\(played.cause ?? "")")
  }

  @Test func progress() throws {
    var run = MapRunProgress(try request(#""MaxConcurrency":2,"ToleratedFailureCount":1,"#, [1, 2, 3]))
    run.add(batches: [2, 2, 1])
    #expect(run.room == 2)
    run.start(items: 2)
    run.start(items: 2)
    #expect(run.room == 0)
    #expect(run.executions.running == 2 && run.items.running == 4 && run.items.pending == 1 && run.executions.total == 3)
    run.update(maxConcurrency: 3)
    #expect(run.room == 1)
    run.end(.succeeded, items: 2)
    #expect(run.items.succeeded == 2)
    run.end(.failed, items: 2)
    #expect(run.status == .failed)
    #expect(run.items.aborted == 1 && run.executions.aborted == 1 && run.items.total == 5)
    let stored = try JSONValue(encoding: run)
    #expect(try stored.decode(MapRunProgress.self) == run)
  }

  @Test func toleratedPercentage() throws {
    var run = MapRunProgress(try request(#""ToleratedFailurePercentage":50,"#, [1, 2]))
    #expect(run.maxConcurrency == MapRunProgress.mostConcurrent)
    run.add(batches: [1, 1])
    run.start(items: 1)
    run.end(.timedOut, items: 1)
    #expect(run.status == .running)
    run.update(toleratedFailurePercentage: 49)
    #expect(run.status == .failed)
  }

  @Test func nothingIsTolerated() throws {
    var run = MapRunProgress(try request("", [1]))
    run.add(batches: [1])
    run.start(items: 1)
    run.end(.failed, items: 1)
    #expect(run.status == .failed)
    var empty = MapRunProgress(try request("", []))
    empty.finishReading()
    #expect(empty.status == .succeeded)
    empty.abort()
    #expect(empty.status == .succeeded)
  }

  @Test func numbersOfTheReader() throws {
    let request = try request(
      #""ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON","MaxItemsPath":"$.most"},"Parameters":{"Bucket":"b","Key.$":"$.k"}},"#,
      ["most": 5, "k": "key"])
    guard case .reader(let source, nil) = request.items else { throw Missing() }
    #expect(try ReaderConfiguration(source.configuration).maxItems == 5)
    #expect(source.parameters.value["Key"] == "key")
  }

  private let results = [
    ChildResult(status: .succeeded, output: Payload([1, 2]), description: ["Name": "a"]),
    ChildResult(status: .failed, output: nil, description: ["Name": "b"]),
    ChildResult(status: .succeeded, output: Payload(["x": 1]), description: ["Name": "c"]),
  ]

  @Test func resultsAreHandedOn() {
    #expect(ResultWriting(nil, runID: "r").output(results).value == [[1, 2], ["Name": "b"], ["x": 1]])
    let flat = MapRunRequest.Source(
      resource: nil, parameters: .empty, configuration: ["Transformation": "FLATTEN", "OutputType": "JSON"])
    #expect(ResultWriting(flat, runID: "r").output(results).value == [1, 2, ["Name": "b"], ["x": 1]])
    let lines = MapRunRequest.Source(
      resource: nil, parameters: .empty, configuration: ["Transformation": "COMPACT", "OutputType": "JSONL"])
    #expect(ResultWriting(lines, runID: "r").output(results).value == "[1,2]\n{\"Name\":\"b\"}\n{\"x\":1}\n")
    #expect(ResultWriting(nil, runID: "r").files(results, mapRunArn: "arn").isEmpty)
  }

  @Test func resultsAreWritten() throws {
    let writing = ResultWriting(source("putObject", ["Bucket": "b", "Prefix": "out"], [:]), runID: "r1")
    let files = writing.files(results, mapRunArn: "arn")
    #expect(files.map(\.key) == ["out/r1/FAILED_0.json", "out/r1/SUCCEEDED_0.json", "out/r1/manifest.json"])
    #expect(String(decoding: files[1].bytes, as: UTF8.self) == #"[{"Name":"a"},{"Name":"c"}]"#)
    let manifest = try JSONValue(parsing: String(decoding: files[2].bytes, as: UTF8.self))
    #expect(manifest["ResultFiles"]?["SUCCEEDED"] == [["Key": "out/r1/SUCCEEDED_0.json", "Size": 27]])
    #expect(manifest["ResultFiles"]?["PENDING"] == [])
    #expect(
      writing.written(mapRunArn: "arn")?.value
        == ["MapRunArn": "arn", "ResultWriterDetails": ["Bucket": "b", "Key": "out/r1/manifest.json"]])
  }
}
