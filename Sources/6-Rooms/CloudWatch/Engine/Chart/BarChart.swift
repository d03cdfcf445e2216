import MetricMath

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The latest value of each series as a bar beside the others.
struct BarChart {
  private let picture: ChartPicture
  private var canvas: Canvas { picture.canvas }

  init(_ picture: ChartPicture) { self.picture = picture }

  func draw(_ frame: Frame) {
    let chart = picture.chart
    let bars = chart.lines.compactMap { line in line.last.map { (line, $0) } }
    guard !bars.isEmpty else { return picture.nothing(frame) }
    var plot = frame
    plot.y += 4
    plot.height -= 12
    guard plot.height > 10 else { return }
    let values = bars.map(\.1) + chart.horizontal.map(\.value)
    let scale = Scale(
      (values.min() ?? 0)...(values.max() ?? 1), chart.left, isFromZero: true, count: max(2, Int(plot.height / 45)))
    let width = scale.ticks.map { canvas.textWidth(scale.text($0), size: picture.size) }.max() ?? 0
    plot.x += width + 8
    plot.width -= width + 14
    guard plot.width > 10 else { return }
    func y(_ value: Double) -> Double { plot.bottom - min(max(scale.share(value), -1), 2) * plot.height }
    for tick in scale.ticks {
      let at = y(tick).rounded() + 0.5
      canvas.line(Point(x: plot.x, y: at), Point(x: plot.right, y: at), picture.theme.grid)
      canvas.text(
        scale.text(tick), at: Point(x: plot.x - 6, y: at + picture.size * 0.35), size: picture.size, picture.theme.faint, anchor: .end)
    }
    let slot = plot.width / Double(bars.count)
    let bar = min(slot * 0.7, 80)
    for (position, (line, value)) in bars.enumerated() {
      let x = plot.x + slot * (Double(position) + 0.5) - bar / 2
      let (top, base) = (y(value), y(min(max(0, scale.low), scale.high)))
      canvas.clipped(plot) { canvas.fill(Frame(x: x, y: min(top, base), width: bar, height: abs(top - base)), line.color) }
      let text = Scale.text(value)
      if canvas.textWidth(text, size: picture.size) < slot {
        canvas.text(
          text, at: Point(x: x + bar / 2, y: max(min(top, base) - 4, plot.y + picture.size)), size: picture.size, picture.theme.text,
          anchor: .middle)
      }
    }
    canvas.line(Point(x: plot.x, y: plot.bottom + 0.5), Point(x: plot.right, y: plot.bottom + 0.5), picture.theme.axis)
    for mark in chart.horizontal {
      let at = y(mark.value).rounded() + 0.5
      canvas.line(Point(x: plot.x, y: at), Point(x: plot.right, y: at), mark.color, width: 1.2)
      canvas.text(mark.label, at: Point(x: plot.right - 4, y: at - 4), size: picture.size, mark.color, anchor: .end)
    }
  }
}

/// The latest value of each series as a share of all.
struct PieChart {
  private let picture: ChartPicture
  private var canvas: Canvas { picture.canvas }

  init(_ picture: ChartPicture) { self.picture = picture }

  func draw(_ frame: Frame) {
    let parts = picture.chart.lines.compactMap { line in line.last.flatMap { $0 > 0 ? (line, $0) : nil } }
    let total = parts.reduce(0) { $0 + $1.1 }
    guard total > 0, total.isFinite else { return picture.nothing(frame) }
    let radius = min(frame.width, frame.height) / 2 - 4
    guard radius > 4 else { return }
    let center = Point(x: frame.x + frame.width / 2, y: frame.y + frame.height / 2)
    var angle = -Double.pi / 2
    for (line, value) in parts {
      let end = angle + value / total * 2 * .pi
      canvas.wedge(center, radius: radius, inner: radius * 0.55, from: angle, to: end, line.color)
      angle = end
    }
    guard radius > 40 else { return }
    angle = -Double.pi / 2
    for (_, value) in parts {
      let share = value / total
      let middle = angle + share * .pi
      angle += share * 2 * .pi
      guard share > 0.04 else { continue }
      canvas.text(
        "\(Scale.fixed(share * 100, 1))%",
        at: Point(x: center.x + cos(middle) * radius * 0.78, y: center.y + sin(middle) * radius * 0.78 + picture.size * 0.35),
        size: picture.size, Color(0xFFFFFF), anchor: .middle, isBold: true)
    }
    canvas.text(
      Scale.text(total), at: Point(x: center.x, y: center.y + picture.size * 0.6), size: picture.size * 1.7, picture.theme.text,
      anchor: .middle,
      isBold: true)
  }
}
