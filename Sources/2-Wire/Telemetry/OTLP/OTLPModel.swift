/// A value of an attribute or the body of a log record. Source: opentelemetry-proto, common.proto.
package indirect enum OTLPValue: Sendable, Hashable, Codable {
  case empty
  case text(String)
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case array([OTLPValue])
  case map([OTLPAttribute])
  case data([UInt8])
}

package struct OTLPAttribute: Sendable, Hashable, Codable {
  package var key: String
  package var value: OTLPValue

  package init(_ key: String, _ value: OTLPValue) {
    self.key = key
    self.value = value
  }
}

/// What a point or record comes from: the resource and the instrumentation scope.
package struct OTLPOrigin: Sendable {
  package var resource: [OTLPAttribute] = []
  package var scope = ""
  package var scopeVersion = ""
  package var scopeAttributes: [OTLPAttribute] = []

  package init() {}
}

/// Metrics of one resource and scope. Source: opentelemetry-proto, metrics.proto.
package struct OTLPMetrics: Sendable {
  package var origin = OTLPOrigin()
  package var metrics: [OTLPMetric] = []

  package init() {}
}

package struct OTLPMetric: Sendable {
  package enum Data: Sendable {
    case none
    case gauge([OTLPPoint])
    case sum([OTLPPoint], OTLPTemporality, isMonotonic: Bool)
    case histogram([OTLPHistogramPoint], OTLPTemporality)
    case summary([OTLPSummaryPoint])
  }
  package var name = ""
  /// UCUM's.
  package var unit = ""
  package var data = Data.none

  package init() {}

  package var pointCount: Int {
    switch data {
    case .none: 0
    case .gauge(let points): points.count
    case .sum(let points, _, _): points.count
    case .histogram(let points, _): points.count
    case .summary(let points): points.count
    }
  }
}

package enum OTLPTemporality: Sendable, Hashable {
  case unspecified, delta, cumulative
}

/// What every kind of point has.
package struct OTLPInstant: Sendable, Codable {
  package var attributes: [OTLPAttribute] = []
  /// Nanoseconds since 1970; 0 when not told.
  package var start: UInt64 = 0
  package var time: UInt64 = 0
  /// Bit 0: nothing was recorded.
  package var flags: UInt64 = 0

  package init() {}
  package var isEmpty: Bool { flags & 1 == 1 }
}

package struct OTLPPoint: Sendable {
  package var instant = OTLPInstant()
  /// Nil when the point has none.
  package var value: Double?

  package init() {}
}

/// A distribution, with the bounds of its buckets or with exponential ones.
package struct OTLPHistogramPoint: Sendable, Codable {
  package enum Buckets: Sendable, Codable {
    /// One count more than bounds; both empty when only count and sum are known.
    case explicit(bounds: [Double], counts: [UInt64])
    case exponential(OTLPExponentialBuckets)
  }
  package var instant = OTLPInstant()
  package var count: UInt64 = 0
  package var sum: Double?
  package var min: Double?
  package var max: Double?
  package var buckets = Buckets.explicit(bounds: [], counts: [])

  package init() {}
}

/// Buckets whose bounds are powers of 2^(2^-scale).
package struct OTLPExponentialBuckets: Sendable, Hashable, Codable {
  package var scale: Int32 = 0
  package var zeroCount: UInt64 = 0
  package var zeroThreshold = 0.0
  package var positive = Side()
  package var negative = Side()

  package struct Side: Sendable, Hashable, Codable {
    package var offset: Int32 = 0
    package var counts: [UInt64] = []
    package init() {}
  }
  package init() {}
}

package struct OTLPSummaryPoint: Sendable {
  package var instant = OTLPInstant()
  package var count: UInt64 = 0
  package var sum = 0.0
  package var quantiles: [(quantile: Double, value: Double)] = []

  package init() {}
}

/// Records of one resource and scope. Source: opentelemetry-proto, logs.proto.
package struct OTLPLogs: Sendable {
  package var origin = OTLPOrigin()
  package var records: [OTLPLogRecord] = []

  package init() {}
}

package struct OTLPLogRecord: Sendable {
  /// Nanoseconds since 1970; 0 when not told.
  package var time: UInt64 = 0
  package var observed: UInt64 = 0
  /// 1 (TRACE) to 24 (FATAL4); 0 when not told.
  package var severity: Int64 = 0
  package var severityText = ""
  package var body = OTLPValue.empty
  package var attributes: [OTLPAttribute] = []
  package var droppedAttributes: UInt64 = 0
  package var flags: UInt64 = 0
  package var trace: [UInt8] = []
  package var span: [UInt8] = []
  package var eventName = ""

  package init() {}
}

/// Bounds on what one request may hold.
package enum OTLPLimits {
  package static let mostBuckets = 4_096
  /// Arrays and maps inside each other.
  package static let deepestValue = 32
}

/// Why a request can not be read, in one sentence.
package struct OTLPError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
