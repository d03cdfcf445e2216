import MetricMath

/// The latest value of each series as a number, above a small graph where asked for.
struct NumberView {
  private let picture: ChartPicture
  private var canvas: Canvas { picture.canvas }

  init(_ picture: ChartPicture) { self.picture = picture }

  func draw(_ frame: Frame) {
    let lines = picture.chart.lines
    guard !lines.isEmpty, frame.width > 10, frame.height > 10 else { return picture.nothing(frame) }
    // A grid whose cells are about twice as wide as high.
    var columns = 1
    while columns < lines.count, frame.width / Double(columns + 1) >= 1.6 * frame.height / Double((lines.count + columns) / (columns + 1)) {
      columns += 1
    }
    let rows = (lines.count + columns - 1) / columns
    let cell = (width: frame.width / Double(columns), height: frame.height / Double(rows))
    for (position, line) in lines.enumerated() {
      let x = frame.x + Double(position % columns) * cell.width
      let y = frame.y + Double(position / columns) * cell.height
      number(line, Frame(x: x, y: y, width: cell.width - 8, height: cell.height - 4))
    }
  }

  private func number(_ line: Chart.Line, _ frame: Frame) {
    let text = line.last.map { Scale.text($0) } ?? "--"
    var size = min(frame.height * (picture.chart.hasSparkline ? 0.32 : 0.45), 64)
    let width = canvas.textWidth(text, size: size, isBold: true)
    if width > frame.width { size *= frame.width / width }
    guard size > 4 else { return }
    let labelSize = max(min(picture.size, size * 0.5), 8)
    let y = frame.y + (picture.chart.hasSparkline ? size * 1.1 : (frame.height - labelSize - 6) / 2 + size * 0.4)
    canvas.text(text, at: Point(x: frame.x, y: y), size: size, picture.theme.text, isBold: true)
    let below = y + labelSize + 8
    canvas.fill(Frame(x: frame.x, y: below - labelSize + 1, width: labelSize * 0.8, height: labelSize * 0.8), line.color)
    canvas.text(
      canvas.fitted(line.label, size: labelSize, width: frame.width - labelSize - 6), at: Point(x: frame.x + labelSize + 4, y: below),
      size: labelSize, picture.theme.faint)
    if picture.chart.hasSparkline { sparkline(line, Frame(x: frame.x, y: below + 6, width: frame.width, height: frame.bottom - below - 8)) }
  }

  private func sparkline(_ line: Chart.Line, _ frame: Frame) {
    guard frame.height > 8, let least = line.series.values.min(), let greatest = line.series.values.max() else { return }
    let times = TimeScale(picture.chart.window, offset: 0, count: 1)
    let length = greatest > least ? greatest - least : 1
    let points = zip(line.series.times, line.series.values).map { time, value in
      Point(x: frame.x + times.share(Double(time)) * frame.width, y: frame.bottom - (value - least) / length * frame.height)
    }
    guard let first = points.first, let last = points.last else { return }
    canvas.polygon(
      [Point(x: first.x, y: frame.bottom)] + points + [Point(x: last.x, y: frame.bottom)], line.color.faded(0.25))
    canvas.path(points, line.color, width: 1.2)
  }
}

/// The latest value of each series on a half circle between the ends of the left axis.
struct GaugeView {
  private let picture: ChartPicture
  private var canvas: Canvas { picture.canvas }

  init(_ picture: ChartPicture) { self.picture = picture }

  func draw(_ frame: Frame) {
    let lines = picture.chart.lines
    guard !lines.isEmpty, frame.width > 10 else { return picture.nothing(frame) }
    let width = frame.width / Double(lines.count)
    for (position, line) in lines.enumerated() {
      gauge(line, Frame(x: frame.x + width * Double(position), y: frame.y, width: width - 6, height: frame.height))
    }
  }

  private func gauge(_ line: Chart.Line, _ frame: Frame) {
    let chart = picture.chart
    let radius = min(frame.width / 2, frame.height - picture.size * 2 - 14) - 4
    guard radius > 6 else { return }
    let center = Point(x: frame.x + frame.width / 2, y: frame.y + radius + (frame.height - radius - picture.size * 2 - 14) / 2)
    let low = chart.left.min ?? 0
    let high = max(chart.left.max ?? max(line.last ?? 1, low + 1), low + .leastNormalMagnitude)
    func angle(_ value: Double) -> Double { .pi + min(max((value - low) / (high - low), 0), 1) * .pi }
    let inner = radius * 0.72
    canvas.wedge(center, radius: radius, inner: inner, from: .pi, to: 2 * .pi, picture.theme.grid)
    if let value = line.last {
      let color =
        chart.horizontal.last { mark in
          mark.fill == "above"
            ? value >= mark.value
            : mark.fill == "below"
              ? value <= mark.value : mark.other.map { min(mark.value, $0) <= value && value <= max(mark.value, $0) } ?? false
        }?.color ?? line.color
      canvas.wedge(center, radius: radius, inner: inner, from: .pi, to: angle(value), color)
    }
    for mark in chart.horizontal where mark.value > low && mark.value < high {
      let at = angle(mark.value)
      canvas.wedge(center, radius: radius + 3, inner: inner - 3, from: at - 0.012, to: at + 0.012, mark.color)
    }
    let text = line.last.map { Scale.text($0) } ?? "--"
    var size = min(radius * 0.4, 48)
    size *= min(1, inner * 1.5 / max(canvas.textWidth(text, size: size, isBold: true), 1))
    canvas.text(
      text, at: Point(x: center.x, y: center.y - 2), size: size, picture.theme.text, anchor: .middle,
      isBold: true)
    let below = center.y + picture.size + 6
    canvas.text(
      Scale.text(low), at: Point(x: center.x - (radius + inner) / 2, y: below), size: picture.size, picture.theme.faint, anchor: .middle)
    canvas.text(
      Scale.text(high), at: Point(x: center.x + (radius + inner) / 2, y: below), size: picture.size, picture.theme.faint, anchor: .middle)
    canvas.text(
      canvas.fitted(line.label, size: picture.size, width: frame.width), at: Point(x: center.x, y: below + picture.size + 6),
      size: picture.size,
      picture.theme.faint, anchor: .middle)
  }
}
