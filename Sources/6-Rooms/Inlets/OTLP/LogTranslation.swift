import JSON
import ServiceKit
import Telemetry
import Time

/// From OpenTelemetry's log records to events of log groups.
///
/// Group and stream: the headers `x-aws-log-group` and `x-aws-log-stream`, which AWS's own OTLP endpoint wants, else the resource's
/// `aws.log.group.names` and `aws.log.stream.names`, else `/otel/SERVICE` and the instance or host. An event is the record as JSON, as AWS
/// keeps it. Source: Amazon CloudWatch User Guide, "OTLP endpoints"; OpenTelemetry semantic conventions, "AWS Logs".
struct LogTranslation {
  struct Place: Hashable {
    var group: String
    var stream: String
  }
  /// The longest event, as in Logs.
  static let longest = 1 << 20
  private(set) var lines: [Place: [LogLine]] = [:]
  private(set) var rejections: [String: Int] = [:]
  private let now: Timestamp
  private let oldest: Timestamp
  private let group: String?
  private let stream: String?

  init(now: Timestamp, oldest: Timestamp, group: String?, stream: String?) {
    self.now = now
    self.oldest = oldest
    self.group = group
    self.stream = stream
  }

  mutating func add(_ part: OTLPLogs) {
    let place = place(part.origin.resource)
    for record in part.records {
      let nanoseconds = record.time > 0 ? record.time : record.observed
      let time = nanoseconds > 0 ? Timestamp(microseconds: Int64(clamping: nanoseconds / 1_000)) : now
      if time > now + .seconds(7_200) {
        reject("A record is more than two hours in the future")
      } else if time < oldest {
        reject("A record is more than two weeks in the past")
      } else {
        let text = record.document(part.origin).text
        if text.utf8.count > Self.longest {
          reject("A record is longer than \(Self.longest) bytes")
        } else {
          lines[place, default: []].append(LogLine(time: time, message: text))
        }
      }
    }
  }

  private mutating func reject(_ reason: String) { rejections[reason, default: 0] += 1 }

  private func place(_ resource: [OTLPAttribute]) -> Place {
    let service = resource["service.name"]?.text ?? ""
    let group = group ?? Self.first(resource["aws.log.group.names"]) ?? "/otel/\(service.isEmpty ? "unknown_service" : service)"
    let named = ["service.instance.id", "host.name"].lazy.compactMap { resource[$0]?.text }.first { !$0.isEmpty }
    let stream = stream ?? Self.first(resource["aws.log.stream.names"]) ?? named ?? "default"
    return Place(group: LogNames.group(group), stream: LogNames.stream(stream))
  }

  /// The first of several names; in environment variables they are one text with `&` between them.
  private static func first(_ value: OTLPValue?) -> String? {
    switch value {
    case .array(let names): names.first.map(\.text).flatMap { $0.isEmpty ? nil : $0 }
    case .text(let text): text.split(separator: "&").first.map(String.init)
    default: nil
    }
  }
}
