import JSON
import ServiceKit
import Store

/// Draws a graph of metrics as PNG. Source: Amazon CloudWatch API Reference, GetMetricWidgetImage.
///
/// Differs: the picture is always in the answer's MetricWidgetImage, also for the format `image/png`. All views are drawn.
struct GetMetricWidgetImage: AsyncOperation {
  struct Input: Shape {
    /// A JSON document.
    var metricWidget: String
    var outputFormat: String?
  }
  struct Output: Shape { var metricWidgetImage: Blob }

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    guard ["png", "image/png"].contains(input.outputFormat ?? "png") else {
      throw Fault.broken("The value \(input.outputFormat?.prefix(64) ?? "") for field OutputFormat is not valid: png or image/png.")
    }
    let document = try WidgetDocument(input.metricWidget, call.partition, isStrict: call.enforcesQuotas)
    let chart = try await WidgetChart(room: call.room, context: call.context).chart(document)
    guard let bytes = ChartPicture.png(chart) else { throw Fault.unavailable("There is no memory for the picture.") }
    return Output(metricWidgetImage: Blob(bytes))
  }
}
