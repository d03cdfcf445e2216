import JSON
import ServiceKit

/// Read by hand: a dashboard asks with hundreds of queries, and a question about one metric is answered in less time than `Codable` takes
/// to read it.
extension GetMetricData.Input {
  init(from decoder: any Decoder) throws {
    let fields = try JSONFields(decoder)
    self.init(
      metricDataQueries: try fields.structures("metricDataQueries"), startTime: try fields.value("startTime"),
      endTime: try fields.value("endTime"), nextToken: try fields.optionalString("nextToken"), scanBy: try fields.optionalString("scanBy"),
      maxDatapoints: try fields.optionalInt("maxDatapoints"), labelOptions: try fields.optionalStructure("labelOptions"))
  }
}

extension GetMetricData.Query {
  init(from decoder: any Decoder) throws {
    let fields = try JSONFields(decoder)
    self.init(
      id: try fields.string("id"), metricStat: try fields.optionalStructure("metricStat"),
      expression: try fields.optionalString("expression"), label: try fields.optionalString("label"),
      returnData: try fields.optionalBool("returnData"), period: try fields.optionalInt("period"),
      accountId: try fields.optionalString("accountId"))
  }
}

extension GetMetricData.MetricStat {
  init(from decoder: any Decoder) throws {
    let fields = try JSONFields(decoder)
    self.init(
      metric: try fields.value("metric"), period: try fields.int("period"), stat: try fields.string("stat"),
      unit: try fields.optionalString("unit"))
  }
}
