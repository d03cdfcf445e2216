import JSON

extension OTLPJSON {
  static func metric(_ entry: JSONValue) throws(OTLPError) -> OTLPMetric {
    var metric = OTLPMetric()
    metric.name = try text(entry, "name")
    metric.unit = try text(entry, "unit")
    if let data = member(entry, "gauge") {
      metric.data = .gauge(try points(data, number))
    } else if let data = member(entry, "sum") {
      let isMonotonic = member(data, "isMonotonic")?.bool ?? false
      metric.data = .sum(try points(data, number), try temporality(data), isMonotonic: isMonotonic)
    } else if let data = member(entry, "histogram") {
      metric.data = .histogram(try points(data, histogram), try temporality(data))
    } else if let data = member(entry, "exponentialHistogram") {
      metric.data = .histogram(try points(data, exponential), try temporality(data))
    } else if let data = member(entry, "summary") {
      metric.data = .summary(try points(data, summary))
    }
    return metric
  }

  private static func points<Point>(
    _ data: JSONValue, _ read: (JSONValue) throws(OTLPError) -> Point
  ) throws(OTLPError) -> [Point] {
    var points: [Point] = []
    for entry in try list(data, "dataPoints") { points.append(try read(entry)) }
    return points
  }

  private static func temporality(_ data: JSONValue) throws(OTLPError) -> OTLPTemporality {
    guard let found = member(data, "aggregationTemporality") else { return .unspecified }
    switch found.string {
    case "AGGREGATION_TEMPORALITY_DELTA": return .delta
    case "AGGREGATION_TEMPORALITY_CUMULATIVE": return .cumulative
    case "AGGREGATION_TEMPORALITY_UNSPECIFIED": return .unspecified
    default: return OTLPTemporality(number: try signed(found, "aggregationTemporality"))
    }
  }

  private static func instant(_ entry: JSONValue) throws(OTLPError) -> OTLPInstant {
    var instant = OTLPInstant()
    instant.attributes = try attributes(entry)
    instant.start = try unsigned(entry, "startTimeUnixNano")
    instant.time = try unsigned(entry, "timeUnixNano")
    instant.flags = try unsigned(entry, "flags")
    return instant
  }

  private static func number(_ entry: JSONValue) throws(OTLPError) -> OTLPPoint {
    var point = OTLPPoint()
    point.instant = try instant(entry)
    if let value = member(entry, "asInt") {
      point.value = Double(try signed(value, "asInt"))
    } else {
      point.value = try double(entry, "asDouble")
    }
    return point
  }

  private static func shared(_ entry: JSONValue) throws(OTLPError) -> OTLPHistogramPoint {
    var point = OTLPHistogramPoint()
    point.instant = try instant(entry)
    point.count = try unsigned(entry, "count")
    point.sum = try double(entry, "sum")
    point.min = try double(entry, "min")
    point.max = try double(entry, "max")
    return point
  }

  private static func histogram(_ entry: JSONValue) throws(OTLPError) -> OTLPHistogramPoint {
    var point = try shared(entry)
    let bounds = try list(entry, "explicitBounds").map { (value) throws(OTLPError) in try double(value, "explicitBounds") }
    point.buckets = .explicit(bounds: bounds, counts: try counts(entry))
    guard bounds.count <= OTLPLimits.mostBuckets else { throw tooMany }
    return point
  }

  private static var tooMany: OTLPError { OTLPError("A histogram has more than \(OTLPLimits.mostBuckets) buckets.") }

  private static func counts(_ entry: JSONValue) throws(OTLPError) -> [UInt64] {
    let counts = try list(entry, "bucketCounts")
    guard counts.count <= OTLPLimits.mostBuckets else { throw tooMany }
    return try counts.map { (value) throws(OTLPError) in try word(value, "bucketCounts") }
  }

  private static func exponential(_ entry: JSONValue) throws(OTLPError) -> OTLPHistogramPoint {
    var point = try shared(entry)
    var buckets = OTLPExponentialBuckets()
    if let scale = member(entry, "scale") { buckets.scale = Int32(clamping: try signed(scale, "scale")) }
    buckets.zeroCount = try unsigned(entry, "zeroCount")
    buckets.zeroThreshold = try double(entry, "zeroThreshold") ?? 0
    if let side = member(entry, "positive") { buckets.positive = try Self.side(side) }
    if let side = member(entry, "negative") { buckets.negative = try Self.side(side) }
    point.buckets = .exponential(buckets)
    return point
  }

  private static func side(_ entry: JSONValue) throws(OTLPError) -> OTLPExponentialBuckets.Side {
    var side = OTLPExponentialBuckets.Side()
    if let offset = member(entry, "offset") { side.offset = Int32(clamping: try signed(offset, "offset")) }
    side.counts = try counts(entry)
    return side
  }

  private static func summary(_ entry: JSONValue) throws(OTLPError) -> OTLPSummaryPoint {
    var point = OTLPSummaryPoint()
    point.instant = try instant(entry)
    point.count = try unsigned(entry, "count")
    point.sum = try double(entry, "sum") ?? 0
    for value in try list(entry, "quantileValues") {
      point.quantiles.append((try double(value, "quantile") ?? 0, try double(value, "value") ?? 0))
    }
    return point
  }
}
