import MetricMath
import Series

extension MetricMath.Statistic {
  /// Nil when the bucket can not tell: a percentile of values that were only given as a statistic set.
  func value(of bucket: MetricBucket) -> Double? { compute(BucketDistribution(bucket: bucket)) }

  /// The value of one period of a column that was read for `need`; nil without samples.
  func value(of column: MetricColumn, _ step: Int, _ grid: MetricGrid) -> Double? {
    let count = column.count[step]
    guard count > 0 else { return nil }
    switch self {
    case .sampleCount: return count
    case .sum: return column.sum[step]
    case .average: return column.sum[step] / count
    case .minimum: return column.min[step]
    case .maximum: return column.max[step]
    default: return column.bucket(step, grid).flatMap { value(of: $0) }
    }
  }

  /// What a read has to tell for it.
  var need: MetricNeed {
    switch self {
    case .sampleCount: []
    case .sum, .average: .sum
    case .minimum: .min
    case .maximum: .max
    default: .all
    }
  }
}
