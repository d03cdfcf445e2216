import JSON
import Series
import ServiceKit
import Store
import Synchronization
import Time
import Wire

/// Metrics and alarms. Source: Amazon CloudWatch API Reference.
package final class CloudWatch: Room {
  package static let identity = ServiceIdentity(
    id: "cloudwatch", signingName: "monitoring", protocols: [.rpcV2Cbor, .awsJson10, .query], targetPrefix: "GraniteServiceVersion20100801",
    apiVersion: "2010-08-01", xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/", cborName: "GraniteServiceVersion20100801",
    sdkNames: ["cloudwatch"], iamPrefix: "cloudwatch", queryCompatible: true)
  package static let memberCase = JSONMemberCase.pascal
  package static let validationCode = "ValidationError"
  package static let operations: [any OperationDescription<CloudWatch>.Type] = [
    PutMetricData.self, GetMetricData.self, GetMetricStatistics.self, ListMetrics.self,
    PutMetricAlarm.self, PutCompositeAlarm.self, DescribeAlarms.self, DescribeAlarmsForMetric.self, DescribeAlarmHistory.self,
    DescribeAlarmContributors.self, SetAlarmState.self, DeleteAlarms.self, EnableAlarmActions.self, DisableAlarmActions.self,
    PutDashboard.self, GetDashboard.self, ListDashboards.self, DeleteDashboards.self, GetMetricWidgetImage.self,
    PutMetricStream.self, GetMetricStream.self, ListMetricStreams.self, DeleteMetricStream.self, StartMetricStreams.self,
    StopMetricStreams.self,
    PutAlarmMuteRule.self, GetAlarmMuteRule.self, ListAlarmMuteRules.self, DeleteAlarmMuteRule.self,
    PutAnomalyDetector.self, DescribeAnomalyDetectors.self, DeleteAnomalyDetector.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self,
  ]
  package static let extensions: [any OperationDescription<CloudWatch>.Type] = [
    BacktestAlarm.self, ExplainAlarm.self, ListDeliveries.self, ListStreamDeliveries.self,
    GetDashboardData.self, ListAutomaticDashboards.self, GetAutomaticDashboard.self, SendMetricRecords.self,
  ]
  package static let workers: [any Worker<CloudWatch>.Type] = [
    EvaluateAlarm.self, JudgeAlarms.self, JudgeComposite.self, EndSuppression.self, EndMute.self, ActOnAlarm.self, TrimHistory.self,
    TrainDetector.self, ForgetSamples.self, StreamMetrics.self, SendMetrics.self,
  ]

  package let context: RoomContext
  let engine: MetricEngine
  let board = AlarmBoard()
  let anomalies = AnomalyBook()
  /// Accounts whose history of alarms is known to be trimmed daily.
  let trimming = Mutex<Set<Partition>>([])

  package init(_ context: RoomContext, engine: MetricEngine) {
    self.context = context
    self.engine = engine
  }

  package func start() async throws {
    try await ForgetSamples.begin(context)
    try await startAlarms()
  }

  /// What samples of a partition are filed under.
  static func scope(_ partition: Partition) -> String { partition.text }
}

/// Metrics of the other rooms.
extension CloudWatch: MetricSink {
  package func store(_ data: [MetricDatum], in partition: Partition) async throws {
    let scope = Self.scope(partition)
    try await engine.append(
      data.filter { $0.value.isFinite }.map { datum in
        MetricSample(
          key: MetricKey(
            scope: scope, namespace: datum.namespace, name: datum.name,
            dimensions: datum.dimensions.map { Dimension(name: $0.key, value: $0.value) }),
          at: datum.time, unit: datum.unit == "None" ? nil : datum.unit,
          data: Self.data(datum), resolution: datum.resolution ?? 1)
      })
  }

  private static func data(_ datum: MetricDatum) -> MetricSample.Data {
    if let values = datum.values { return .values(values.map { ($0.value, $0.count) }) }
    return datum.summary.map { .statisticSet(count: $0.count, sum: $0.sum, min: $0.min, max: $0.max) } ?? .value(datum.value)
  }
}
