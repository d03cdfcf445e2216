import JSON
import JSONPath
import Time

/// One child of a map run that is over.
public struct ChildResult: Sendable {
  public let status: MapRunProgress.ChildEnd
  public let output: Payload?
  /// The execution as DescribeExecution answers it, members in capitals: what `NONE` writes.
  public let description: JSONValue

  public init(status: MapRunProgress.ChildEnd, output: Payload?, description: JSONValue) {
    self.status = status
    self.output = output
    self.description = description
  }
}

/// What `ResultWriter` makes of the results of a map run.
///
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
public struct ResultWriting: Sendable {
  public enum Transformation: String, Sendable {
    /// Outputs with what is known of their executions.
    case none = "NONE"
    /// The outputs.
    case compact = "COMPACT"
    /// The outputs, those that are arrays taken apart.
    case flatten = "FLATTEN"
  }

  public let transformation: Transformation
  public let isLines: Bool
  /// Nil when results are handed on and not written.
  public let destination: Destination?

  public struct Destination: Sendable, Hashable {
    public let bucket: String
    /// With the map run's own identifier.
    public let prefix: String
  }

  public struct File: Sendable {
    public let key: String
    public let bytes: [UInt8]
  }

  /// - Parameter runID: the last part of the map run's ARN, a folder of its own below the prefix.
  public init(_ writer: MapRunRequest.Source?, runID: String) {
    let configuration = writer?.configuration
    isLines = configuration?["OutputType"]?.string == "JSONL"
    if writer?.resource != nil, let bucket = writer?.parameters.value["Bucket"]?.string {
      let prefix = writer?.parameters.value["Prefix"]?.string ?? ""
      destination = Destination(bucket: bucket, prefix: prefix.isEmpty || prefix.hasSuffix("/") ? prefix + runID : "\(prefix)/\(runID)")
    } else {
      destination = nil
    }
    transformation =
      configuration?["Transformation"]?.string.flatMap(Transformation.init(rawValue:)) ?? (destination == nil ? .compact : .none)
  }

  /// The results as the state hands them on when they are not written: an array, in JSON Lines a text.
  public func output(_ results: [ChildResult]) -> Payload {
    let values = results.flatMap(values)
    guard isLines else { return Payload(.array(values)) }
    return Payload(.string(values.map { $0.text + "\n" }.joined()))
  }

  /// The files to write, the manifest last.
  public func files(_ results: [ChildResult], mapRunArn: String) -> [File] {
    guard let destination else { return [] }
    var lists = JSONObject()
    var files: [File] = []
    for (name, statuses) in Self.lists {
      let part = results.filter { statuses.contains($0.status) }
      var entries: [JSONValue] = []
      for (number, chunk) in chunks(part).enumerated() {
        let key = "\(destination.prefix)/\(name)_\(number).\(isLines ? "jsonl" : "json")"
        entries.append(["Key": .string(key), "Size": .int(Int64(chunk.count))])
        files.append(File(key: key, bytes: chunk))
      }
      lists[name] = .array(entries)
    }
    let manifest: JSONValue = [
      "DestinationBucket": .string(destination.bucket), "MapRunArn": .string(mapRunArn), "ResultFiles": .object(lists),
    ]
    files.append(File(key: manifestKey(destination), bytes: manifest.bytes))
    return files
  }

  /// What the state hands on once the files are written.
  public func written(mapRunArn: String) -> Payload? {
    guard let destination else { return nil }
    return Payload([
      "MapRunArn": .string(mapRunArn),
      "ResultWriterDetails": ["Bucket": .string(destination.bucket), "Key": .string(manifestKey(destination))],
    ])
  }

  private func manifestKey(_ destination: Destination) -> String { "\(destination.prefix)/manifest.json" }

  private static let lists: [(String, Set<MapRunProgress.ChildEnd>)] = [
    ("FAILED", [.failed, .timedOut]), ("PENDING", [.aborted]), ("SUCCEEDED", [.succeeded]),
  ]
  /// A file of results is not made longer.
  private static let longestFile = 256 << 20

  private func values(_ result: ChildResult) -> [JSONValue] {
    guard result.status == .succeeded, transformation != .none else { return [result.description] }
    let value = result.output?.value ?? .null
    if transformation == .flatten, case .array(let elements) = value { return elements }
    return [value]
  }

  private func chunks(_ results: [ChildResult]) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    var open: [UInt8] = []
    func closed(_ bytes: [UInt8]) -> [UInt8] { isLines ? bytes : [UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")] }
    for value in results.flatMap(values) {
      let bytes = value.bytes
      if !open.isEmpty, open.count + bytes.count > Self.longestFile {
        chunks.append(closed(open))
        open = []
      }
      if !isLines, !open.isEmpty { open.append(UInt8(ascii: ",")) }
      open += bytes
      if isLines { open.append(UInt8(ascii: "\n")) }
    }
    if !open.isEmpty { chunks.append(closed(open)) }
    return chunks
  }
}
