import JSON
import Time

/// An event in a pipe: as it came, and with the field that holds text read as JSON where it is JSON.
///
/// Source: EventBridge User Guide, "Implicit body data parsing".
public struct PipeEvent: Sendable {
  /// As it came from the source or the enrichment.
  public let value: JSONValue
  /// With the encoded field as the JSON it holds: what filters, paths and parameters see.
  public let decoded: JSONValue
  /// The name and text of the field that was read as JSON.
  let field: (name: String, text: String)?
  private let hasPlainField: Bool

  /// - Parameter encoded: the member whose text may be JSON: `body` of messages from SQS.
  public init(_ value: JSONValue, encoded: String? = nil) {
    self.value = value
    guard let encoded, var object = value.object, let text = object[encoded]?.string else {
      (decoded, field, hasPlainField) = (value, nil, false)
      return
    }
    guard let parsed = try? JSONValue(parsing: text), parsed.object != nil || parsed.array != nil else {
      (decoded, field, hasPlainField) = (value, nil, true)
      return
    }
    object[encoded] = parsed
    (decoded, field, hasPlainField) = (.object(object), (encoded, text), false)
  }

  /// The whole as JSON; nil when its payload is none.
  public var json: JSONValue? {
    if hasPlainField || (value.object == nil && value.array == nil) { return nil }
    return decoded
  }

  public func value(at path: EventPath) -> TemplateValue? {
    guard let found = path.value(in: decoded) else { return nil }
    let isField = field.map { field in path.head.map { $0.isWhole && $0.name == field.name } ?? false } ?? false
    return TemplateValue(found, source: isField ? field?.text : nil)
  }
}

/// What the templates of a pipe can name. Source: EventBridge User Guide, "Amazon EventBridge Pipes input transformation", reserved variables.
public struct PipeVariables: Sendable {
  static let reserved: Set<String> = [
    "aws.pipes.pipe-arn", "aws.pipes.pipe-name", "aws.pipes.source-arn", "aws.pipes.enrichment-arn", "aws.pipes.target-arn",
    "aws.pipes.event.ingestion-time", "aws.pipes.event", "aws.pipes.event.json",
  ]
  public var pipeArn: String
  public var pipeName: String
  public var sourceArn: String
  public var enrichmentArn: String?
  public var targetArn: String
  public var ingested: Timestamp
  public var event: PipeEvent

  public init(
    pipeArn: String, pipeName: String, sourceArn: String, enrichmentArn: String? = nil, targetArn: String, ingested: Timestamp,
    event: PipeEvent
  ) {
    self.pipeArn = pipeArn
    self.pipeName = pipeName
    self.sourceArn = sourceArn
    self.enrichmentArn = enrichmentArn
    self.targetArn = targetArn
    self.ingested = ingested
    self.event = event
  }

  public func value(_ name: String) -> TemplateValue? {
    switch name {
    case "aws.pipes.pipe-arn": TemplateValue(.string(pipeArn))
    case "aws.pipes.pipe-name": TemplateValue(.string(pipeName))
    case "aws.pipes.source-arn": TemplateValue(.string(sourceArn))
    case "aws.pipes.enrichment-arn": enrichmentArn.map { TemplateValue(.string($0)) }
    case "aws.pipes.target-arn": TemplateValue(.string(targetArn))
    case "aws.pipes.event.ingestion-time": TemplateValue(.string(ingested.iso8601()))
    case "aws.pipes.event": TemplateValue(event.value)
    case "aws.pipes.event.json": event.json.map { TemplateValue($0) }
    default: (try? EventPath(name)).flatMap { event.value(at: $0) }
    }
  }
}
