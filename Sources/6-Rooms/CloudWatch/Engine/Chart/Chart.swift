import MetricMath

/// What is to be drawn: the model of a chart, without any picture.
struct Chart: Sendable {
  enum View: String, Sendable, CaseIterable {
    case timeSeries, bar, pie, singleValue, gauge, table
  }
  enum LegendPlace: String, Sendable {
    case bottom, right, hidden
  }
  struct Line: Sendable {
    var label: String
    var color: Color
    var isRight = false
    var series: TimeSeries
    var isComplete = true
    /// The lower edge of a band whose upper edge the series is.
    var band: TimeSeries?
    /// The latest value.
    var last: Double? { series.values.last }
  }
  struct Axis: Sendable {
    var min: Double?
    var max: Double?
    var label: String?
  }
  struct Mark: Sendable {
    /// A value of the axis, or seconds since 1970.
    var value: Double
    /// The other edge of a band.
    var other: Double?
    var label: String
    var otherLabel = ""
    var color: Color
    /// `above`, `below`, `before`, `after`
    var fill: String?
    var isRight = false
  }
  var title = ""
  var width = 600
  var height = 400
  var view = View.timeSeries
  var isStacked = false
  var isDark = false
  var legend = LegendPlace.bottom
  var window: TimeWindow
  /// Seconds ahead of UTC of the times shown.
  var offset = 0
  var lines: [Line] = []
  var left = Axis()
  var right = Axis()
  var horizontal: [Mark] = []
  var vertical: [Mark] = []
  /// Whether a number stands above a small graph.
  var hasSparkline = false

  /// The colors of series that have none of their own.
  static let palette: [Color] = [
    0x1F77B4, 0xFF7F0E, 0x2CA02C, 0xD62728, 0x9467BD, 0x8C564B, 0xE377C2, 0x7F7F7F, 0xBCBD22, 0x17BECF, 0xAEC7E8, 0xFFBB78, 0x98DF8A,
    0xFF9896, 0xC5B0D5, 0xC49C94, 0xF7B6D2, 0xC7C7C7, 0xDBDB8D, 0x9EDAE5,
  ].map { Color($0) }

  var theme: Theme { isDark ? .dark : .light }

  struct Theme: Sendable {
    var background: Color
    var text: Color
    var faint: Color
    var grid: Color
    var axis: Color

    static let light = Theme(
      background: Color(0xFFFFFF), text: Color(0x16191F), faint: Color(0x545B64), grid: Color(0xE8EAED), axis: Color(0xAAB7B8))
    static let dark = Theme(
      background: Color(0x161D26), text: Color(0xE9EBED), faint: Color(0xB5BCC5), grid: Color(0x2E3A48), axis: Color(0x5F6B7A))
  }
}
