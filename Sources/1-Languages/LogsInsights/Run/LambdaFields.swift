/// Fields that AWS discovers in the lines that Lambda's runtime writes (START, END, REPORT).
///
/// Source: CloudWatch Logs User Guide, Supported logs and discovered fields. Sizes of memory are in bytes, times in milliseconds.
enum LambdaField: String, CaseIterable {
  case type = "@type"
  case requestId = "@requestId"
  case duration = "@duration"
  case billedDuration = "@billedDuration"
  case initDuration = "@initDuration"
  case memorySize = "@memorySize"
  case maxMemoryUsed = "@maxMemoryUsed"
  case xrayTraceId = "@xrayTraceId"
  case xraySegmentId = "@xraySegmentId"

  func value(_ message: Text) -> Value {
    guard let kind = Self.kind(message) else { return .missing }
    switch self {
    case .type: return .text(kind)
    case .requestId: return word(message, "RequestId: ")
    case .duration: return word(message, "\tDuration: ")
    case .billedDuration: return word(message, "Billed Duration: ")
    case .initDuration: return word(message, "Init Duration: ")
    case .memorySize: return megabytes(word(message, "Memory Size: "))
    case .maxMemoryUsed: return megabytes(word(message, "Max Memory Used: "))
    case .xrayTraceId: return word(message, "XRAY TraceId: ")
    case .xraySegmentId: return word(message, "SegmentId: ")
    }
  }

  private static func kind(_ message: Text) -> Text? {
    for name in ["REPORT", "START", "END"] as [StaticString] {
      let count = name.utf8CodeUnitCount
      guard message.count > count + 12 else { continue }
      let prefix = Text(message.start, count)
      if prefix.equals(Text(name.utf8Start, count)), message.start[count] == 0x20, message.start[count + 1] == UInt8(ascii: "R") {
        return prefix
      }
    }
    return nil
  }

  private func word(_ message: Text, _ label: StaticString) -> Value {
    let label = Text(label.utf8Start, label.utf8CodeUnitCount)
    guard let place = message.find(label) else { return .missing }
    let start = place + label.count
    var end = start
    while end < message.count, message.start[end] > 0x20 { end += 1 }
    return end > start ? .text(Text(message.start + start, end - start)) : .missing
  }

  private func megabytes(_ value: Value) -> Value { value.number.map { .number($0 * 1_000_000) } ?? .missing }
}
