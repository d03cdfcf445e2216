import Protobuf

extension OTLPProtobuf {
  static func metric(_ reader: ProtobufReader) throws(ProtobufError) -> OTLPMetric {
    var metric = OTLPMetric()
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1: metric.name = try field.text()
      case 3: metric.unit = try field.text()
      case 5, 7, 9, 10, 11: metric.data = try data(field.number, try field.message())
      default: continue
      }
    }
    return metric
  }

  private static func data(_ kind: Int, _ reader: ProtobufReader) throws(ProtobufError) -> OTLPMetric.Data {
    var (numbers, histograms, summaries): ([OTLPPoint], [OTLPHistogramPoint], [OTLPSummaryPoint]) = ([], [], [])
    var (temporality, isMonotonic) = (OTLPTemporality.unspecified, false)
    var reader = reader
    while let field = try reader.next() {
      switch (field.number, kind) {
      case (1, 5), (1, 7): numbers.append(try number(try field.message()))
      case (1, 9): histograms.append(try histogram(try field.message()))
      case (1, 10): histograms.append(try exponential(try field.message()))
      case (1, 11): summaries.append(try summary(try field.message()))
      case (2, 7), (2, 9), (2, 10): temporality = OTLPTemporality(number: try field.signed())
      case (3, 7): isMonotonic = try field.bool()
      default: continue
      }
    }
    return switch kind {
    case 5: .gauge(numbers)
    case 7: .sum(numbers, temporality, isMonotonic: isMonotonic)
    case 11: .summary(summaries)
    default: .histogram(histograms, temporality)
    }
  }

  private static func number(_ reader: ProtobufReader) throws(ProtobufError) -> OTLPPoint {
    var point = OTLPPoint()
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 4: point.value = try field.double()
      case 6: point.value = Double(try field.signed())
      default: try read(field, 7, flags: 8, into: &point.instant)
      }
    }
    return point
  }

  /// Start, time, attributes and flags.
  private static func read(
    _ field: ProtobufReader.Field, _ attributes: Int, flags: Int, into instant: inout OTLPInstant
  ) throws(ProtobufError) {
    switch field.number {
    case 2: instant.start = try field.unsigned()
    case 3: instant.time = try field.unsigned()
    case attributes: instant.attributes.append(try attribute(try field.message(), depth: 0))
    case flags: instant.flags = try field.unsigned()
    default: return
    }
  }

  private static func histogram(_ reader: ProtobufReader) throws(ProtobufError) -> OTLPHistogramPoint {
    var point = OTLPHistogramPoint()
    var (bounds, counts): ([Double], [UInt64]) = ([], [])
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 4: point.count = try field.unsigned()
      case 5: point.sum = try field.double()
      case 6: try field.append(unsigned: &counts, fixed: true, most: OTLPLimits.mostBuckets)
      case 7: try field.append(doubles: &bounds, most: OTLPLimits.mostBuckets)
      case 11: point.min = try field.double()
      case 12: point.max = try field.double()
      default: try read(field, 9, flags: 10, into: &point.instant)
      }
    }
    point.buckets = .explicit(bounds: bounds, counts: counts)
    return point
  }

  private static func exponential(_ reader: ProtobufReader) throws(ProtobufError) -> OTLPHistogramPoint {
    var point = OTLPHistogramPoint()
    var buckets = OTLPExponentialBuckets()
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 4: point.count = try field.unsigned()
      case 5: point.sum = try field.double()
      case 6: buckets.scale = Int32(clamping: try field.zigzag())
      case 7: buckets.zeroCount = try field.unsigned()
      case 8: buckets.positive = try side(try field.message())
      case 9: buckets.negative = try side(try field.message())
      case 12: point.min = try field.double()
      case 13: point.max = try field.double()
      case 14: buckets.zeroThreshold = try field.double()
      default: try read(field, 1, flags: 10, into: &point.instant)
      }
    }
    point.buckets = .exponential(buckets)
    return point
  }

  private static func side(_ reader: ProtobufReader) throws(ProtobufError) -> OTLPExponentialBuckets.Side {
    var side = OTLPExponentialBuckets.Side()
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 1: side.offset = Int32(clamping: try field.zigzag())
      case 2: try field.append(unsigned: &side.counts, fixed: false, most: OTLPLimits.mostBuckets)
      default: continue
      }
    }
    return side
  }

  private static func summary(_ reader: ProtobufReader) throws(ProtobufError) -> OTLPSummaryPoint {
    var point = OTLPSummaryPoint()
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 4: point.count = try field.unsigned()
      case 5: point.sum = try field.double()
      case 6:
        var (quantile, value) = (0.0, 0.0)
        var inner = try field.message()
        while let field = try inner.next() {
          if field.number == 1 { quantile = try field.double() }
          if field.number == 2 { value = try field.double() }
        }
        point.quantiles.append((quantile, value))
      default: try read(field, 7, flags: 8, into: &point.instant)
      }
    }
    return point
  }
}

extension OTLPTemporality {
  init(number: Int64) {
    self = number == 1 ? .delta : number == 2 ? .cumulative : .unspecified
  }
}
