import Protobuf

/// Exports in protobuf, field by field as opentelemetry-proto numbers them.
enum OTLPSamples {
  static func attribute(_ writer: inout ProtobufWriter, _ field: Int, _ key: String, _ value: String) {
    writer.message(field) { pair in
      pair.text(1, key)
      pair.message(2) { $0.text(1, value) }
    }
  }

  /// An ExportMetricsServiceRequest of one resource and scope.
  static func metrics(_ metrics: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.message(1) { resource in
      // The scope before the resource: order is free.
      resource.message(2) { scope in
        metrics(&scope)
        scope.message(1) { $0.text(1, "scope") }
      }
      resource.message(1) { attribute(&$0, 1, "service.name", "shop") }
    }
    return writer.bytes
  }

  /// One of every kind of metric.
  static let every = metrics { scope in
    scope.message(2) { metric in
      metric.text(1, "temperature")
      metric.text(3, "Cel")
      metric.message(5) { gauge in
        gauge.message(1) { point in
          attribute(&point, 7, "room", "a")
          point.fixed64(3, 2_000_000_000)
          point.double(4, 21.5)
        }
      }
    }
    scope.message(2) { metric in
      metric.text(1, "requests")
      metric.text(3, "{request}")
      metric.message(7) { sum in
        sum.message(1) { point in
          point.fixed64(2, 1_000_000_000)
          point.fixed64(3, 2_000_000_000)
          point.fixed64(6, UInt64(bitPattern: -3))
        }
        sum.varint(2, 2)
        sum.varint(3, 1)
      }
    }
    scope.message(2) { metric in
      metric.text(1, "latency")
      metric.message(9) { histogram in
        histogram.message(1) { point in
          point.fixed64(4, 6)
          point.double(5, 60)
          for count: UInt64 in [1, 2, 3] { point.fixed64(6, count) }
          for bound in [5.0, 10] { point.double(7, bound) }
          point.double(11, 1)
          point.double(12, 30)
        }
        histogram.varint(2, 1)
      }
    }
    scope.message(2) { metric in
      metric.text(1, "sizes")
      metric.message(10) { histogram in
        histogram.message(1) { point in
          point.fixed64(4, 4)
          point.double(5, 20)
          point.varint(6, 1)
          point.fixed64(7, 1)
          point.message(8) { side in
            side.varint(1, 3)
            side.data(2, [1, 2])
          }
        }
        histogram.varint(2, 2)
      }
    }
    scope.message(2) { metric in
      metric.text(1, "rpc")
      metric.message(11) { summary in
        summary.message(1) { point in
          point.fixed64(4, 10)
          point.double(5, 55)
          point.message(6) { value in
            value.double(1, 0.99)
            value.double(2, 9)
          }
        }
      }
    }
  }

  /// An ExportLogsServiceRequest with one record.
  static let log: [UInt8] = {
    var writer = ProtobufWriter()
    writer.message(1) { resource in
      resource.message(1) { attribute(&$0, 1, "service.name", "shop") }
      resource.message(2) { scope in
        scope.message(1) { $0.text(1, "scope") }
        scope.message(2) { record in
          record.fixed64(1, 1_700_000_000_000_000_001)
          record.varint(2, 17)
          record.text(3, "ERROR")
          record.message(5) { $0.text(1, "it broke") }
          attribute(&record, 6, "order", "7")
          record.data(9, [0xAB, 0xCD])
          record.fixed64(11, 1_700_000_000_000_000_002)
        }
      }
    }
    return writer.bytes
  }()
}
