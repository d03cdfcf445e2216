import JSON
import ServiceKit
import Time

extension GetMetricData {
  /// One result as the wire has it: written as arrays at once, because there may be a hundred thousand points.
  struct Series: Shape, JSONConvertible {
    let result: DataResult
    let status: DataResult.Status
    /// In the order of time.
    let times: [Int64]
    let values: [Double]
    let isAscending: Bool

    init(_ result: DataResult, status: DataResult.Status, times: [Int64], values: [Double], isAscending: Bool) {
      (self.result, self.status, self.times, self.values, self.isAscending) = (result, status, times, values, isAscending)
    }

    init(json: JSONValue, dialect: JSONDialect) throws { throw JSONCodecError(.invalid("a result is only written"), at: nil) }
    init(from decoder: any Decoder) throws { throw JSONCodecError(.invalid("a result is only written"), at: nil) }

    func json(_ dialect: JSONDialect) -> JSONValue {
      let timestamps = times.map { Timestamp(seconds: $0).json(dialect) }
      let values = values.map { JSONValue.double($0) }
      var object: JSONObject = [
        "Id": .string(result.id), "Label": .string(result.label),
        "Timestamps": .array(isAscending ? timestamps : timestamps.reversed()),
        "Values": .array(isAscending ? values : values.reversed()), "StatusCode": .string(status.rawValue),
      ]
      if let messages { object["Messages"] = messages }
      return .object(object)
    }

    private var messages: JSONValue? {
      result.messages.isEmpty ? nil : .array(result.messages.map { ["Code": .string($0.code), "Value": .string($0.value)] })
    }

    func encode(to encoder: any Encoder) throws { try json(.json).encode(to: encoder) }

    /// - Parameter known: times written before, and where: those of many series are the same, and are then copied.
    func write(to writer: inout JSONWriter, _ known: inout (times: [Int64], text: Range<Int>)) {
      writer.literal("{\"Id\":")
      writer.write(text: result.id)
      writer.literal(",\"Label\":")
      writer.write(text: result.label)
      writer.literal(",\"Timestamps\":")
      if known.text.isEmpty || known.times != times {
        let start = writer.count
        writer.write(times, backwards: !isAscending)
        known = (times, start..<writer.count)
      } else {
        writer.write(again: known.text)
      }
      writer.literal(",\"Values\":")
      writer.write(values, backwards: !isAscending)
      writer.literal(",\"StatusCode\":")
      writer.write(text: status.rawValue)
      if let messages {
        writer.literal(",\"Messages\":")
        writer.write(messages)
      }
      writer.literal("}")
    }

    var jsonSize: Int { 200 + result.id.utf8.count + result.label.utf8.count + times.count * 11 + values.count * 20 }
  }
}

extension GetMetricData.Output: JSONWritable {
  var jsonSize: Int { metricDataResults.reduce(512) { $0 + $1.jsonSize } }

  func write(to writer: inout JSONWriter) {
    var times: (times: [Int64], text: Range<Int>) = ([], 0..<0)
    writer.literal("{\"MetricDataResults\":[")
    for (place, series) in metricDataResults.enumerated() {
      if place > 0 { writer.literal(",") }
      series.write(to: &writer, &times)
    }
    writer.literal("]")
    if let nextToken {
      writer.literal(",\"NextToken\":")
      writer.write(text: nextToken)
    }
    writer.literal(",\"Messages\":")
    writer.write(.array(messages.map { ["Code": .string($0.code), "Value": .string($0.value)] }))
    writer.literal("}")
  }
}
