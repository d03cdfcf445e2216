import MetricMath

/// Draws charts. What there is no room for is left out, so that every size from one pixel on gives a picture.
struct ChartPicture {
  let chart: Chart
  let canvas: Canvas
  let theme: Chart.Theme
  /// Of the texts.
  let size: Double

  init(_ chart: Chart, on canvas: Canvas) {
    self.chart = chart
    self.canvas = canvas
    theme = chart.theme
    size = min(canvas.width, canvas.height * 1.5) < 300 ? 9 : 11
  }

  /// The chart as PNG; nil when there is no memory for it.
  static func png(_ chart: Chart) -> [UInt8]? {
    guard let canvas = Canvas(width: chart.width, height: chart.height) else { return nil }
    ChartPicture(chart, on: canvas).draw()
    return canvas.png()
  }

  private func draw() {
    canvas.fill(Frame(x: 0, y: 0, width: canvas.width, height: canvas.height), theme.background)
    var frame = Frame(x: 12, y: 10, width: canvas.width - 24, height: canvas.height - 20)
    if !chart.title.isEmpty, frame.height > 60 {
      let text = canvas.fitted(chart.title, size: size + 2, width: frame.width, isBold: true)
      canvas.text(text, at: Point(x: frame.x, y: frame.y + size + 2), size: size + 2, theme.text, isBold: true)
      frame.y += size + 14
      frame.height -= size + 14
    }
    switch chart.view {
    case .singleValue: NumberView(self).draw(frame)
    case .gauge: GaugeView(self).draw(frame)
    case .table: TableView(self).draw(frame)
    case .timeSeries, .bar, .pie:
      frame = LegendView(self).draw(frame)
      guard frame.width > 20, frame.height > 20 else { return }
      if chart.view == .timeSeries {
        TimeChart(self).draw(frame)
      } else if chart.view == .bar {
        BarChart(self).draw(frame)
      } else {
        PieChart(self).draw(frame)
      }
    }
  }

  /// What stands where there is nothing to show.
  func nothing(_ frame: Frame) {
    canvas.text(
      "No data available", at: Point(x: frame.x + frame.width / 2, y: frame.y + frame.height / 2), size: size + 1, theme.faint,
      anchor: .middle)
  }
}

/// Draws the legend and tells what room is left.
struct LegendView {
  private let picture: ChartPicture
  private var canvas: Canvas { picture.canvas }
  private var size: Double { picture.size }
  private static let swatch = 10.0

  init(_ picture: ChartPicture) { self.picture = picture }

  func draw(_ frame: Frame) -> Frame {
    let chart = picture.chart
    guard chart.legend != .hidden, !chart.lines.isEmpty, frame.height > 80, frame.width > 80 else { return frame }
    return chart.legend == .right ? right(frame, chart.lines) : bottom(frame, chart.lines)
  }

  private func entry(_ line: Chart.Line, at point: Point, width: Double) {
    canvas.fill(Frame(x: point.x, y: point.y - Self.swatch + 1, width: Self.swatch, height: Self.swatch), line.color)
    var x = point.x + Self.swatch + 5
    if !line.isComplete {
      canvas.polygon(
        [Point(x: x, y: point.y), Point(x: x + 10, y: point.y), Point(x: x + 5, y: point.y - 9)], Color(0xFF9900))
      canvas.text("!", at: Point(x: x + 5, y: point.y - 1), size: 8, Color(0xFFFFFF), anchor: .middle, isBold: true)
      x += 13
    }
    canvas.text(
      canvas.fitted(line.label, size: size, width: width - (x - point.x)), at: Point(x: x, y: point.y), size: size, picture.theme.text)
  }

  private func width(_ line: Chart.Line) -> Double {
    Self.swatch + 5 + (line.isComplete ? 0 : 13) + canvas.textWidth(String(line.label.prefix(128)), size: size)
  }

  private func bottom(_ frame: Frame, _ lines: [Chart.Line]) -> Frame {
    let height = size + 7
    let most = max(1, Int(frame.height * 0.35 / height))
    var rows: [[(Chart.Line, Double)]] = [[]]
    var x = 0.0
    var left = 0
    for (position, line) in lines.enumerated() {
      let width = min(width(line), frame.width)
      if x > 0, x + width > frame.width {
        if rows.count == most {
          left = lines.count - position
          break
        }
        rows.append([])
        x = 0
      }
      rows[rows.count - 1].append((line, width))
      x += width + 16
    }
    var y = frame.bottom - Double(rows.count - 1) * height - 2
    let top = y - size
    for (number, row) in rows.enumerated() {
      var x = frame.x
      for (line, width) in row {
        entry(line, at: Point(x: x, y: y), width: width + 1)
        x += width + 16
      }
      if left > 0, number == rows.count - 1 {
        canvas.text("+\(left)", at: Point(x: min(x, frame.right - 24), y: y), size: size, picture.theme.faint)
      }
      y += height
    }
    return Frame(x: frame.x, y: frame.y, width: frame.width, height: top - frame.y - 8)
  }

  private func right(_ frame: Frame, _ lines: [Chart.Line]) -> Frame {
    let widest = lines.map(width).max() ?? 0
    let width = min(widest + 4, frame.width * 0.35)
    let height = size + 7
    let most = max(1, Int(frame.height / height))
    let x = frame.right - width
    for (position, line) in lines.prefix(most).enumerated() {
      let y = frame.y + size + Double(position) * height
      if position == most - 1, lines.count > most {
        canvas.text("+\(lines.count - position)", at: Point(x: x, y: y), size: size, picture.theme.faint)
      } else {
        entry(line, at: Point(x: x, y: y), width: width)
      }
    }
    return Frame(x: frame.x, y: frame.y, width: frame.width - width - 12, height: frame.height)
  }
}
