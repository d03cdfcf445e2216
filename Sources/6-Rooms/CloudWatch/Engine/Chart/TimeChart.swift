import MetricMath

/// Values over time: lines, or areas on top of each other.
struct TimeChart {
  private let picture: ChartPicture
  private var chart: Chart { picture.chart }
  private var canvas: Canvas { picture.canvas }
  private let times: TimeScale

  init(_ picture: ChartPicture) {
    self.picture = picture
    times = TimeScale(picture.chart.window, offset: picture.chart.offset, count: max(1, Int(picture.canvas.width / 75)))
  }

  func draw(_ frame: Frame) {
    let stacks = Stacks(chart)
    let hasRight = chart.lines.contains(where: \.isRight) || chart.horizontal.contains(where: \.isRight)
    var plot = frame
    let hasLabels = chart.left.label != nil || (hasRight && chart.right.label != nil)
    plot.y += hasLabels ? picture.size + 8 : 4
    plot.height -= (hasLabels ? picture.size + 8 : 4) + picture.size + 10
    guard plot.height > 10 else { return }
    let count = max(2, Int(plot.height / 45))
    let left = Scale(range(stacks, isRight: false), chart.left, isFromZero: chart.isStacked, count: count)
    let right = Scale(range(stacks, isRight: true), chart.right, isFromZero: chart.isStacked, count: count)
    let leftWidth = left.ticks.map { canvas.textWidth(left.text($0), size: picture.size) }.max() ?? 0
    let rightWidth = hasRight ? right.ticks.map { canvas.textWidth(right.text($0), size: picture.size) }.max() ?? 0 : 0
    plot.x += leftWidth + 8
    plot.width -= leftWidth + 8 + (hasRight ? rightWidth + 8 : 6)
    guard plot.width > 10 else { return }
    axes(plot, left, hasRight ? right : nil)
    canvas.clipped(plot) {
      fills(plot, left, right)
      for (position, line) in chart.lines.enumerated() {
        let scale = line.isRight ? right : left
        if let lower = line.band {
          band(line, lower, plot, scale)
        } else if chart.isStacked {
          area(stacks, position, plot, scale)
        } else {
          self.line(line, plot, scale)
        }
      }
    }
    marks(plot, left, right)
    if chart.lines.allSatisfy(\.series.isEmpty) { picture.nothing(plot) }
  }

  private func x(_ time: Double, _ plot: Frame) -> Double { plot.x + times.share(time) * plot.width }
  private func y(_ value: Double, _ plot: Frame, _ scale: Scale) -> Double {
    // Far outside of the plot nothing is seen, and cairo's numbers end.
    plot.bottom - min(max(scale.share(value), -100), 100) * plot.height
  }

  /// The least and greatest of what is shown on a side, its visible annotations among it.
  private func range(_ stacks: Stacks, isRight: Bool) -> ClosedRange<Double>? {
    var values: [Double] = []
    for (position, line) in chart.lines.enumerated() where line.isRight == isRight {
      let shown = chart.isStacked ? stacks.tops[position] : line.series.values
      if let least = shown.min(), let greatest = shown.max() { values += [least, greatest] }
      if let least = line.band?.values.min() { values.append(least) }
    }
    for mark in chart.horizontal where mark.isRight == isRight {
      values.append(mark.value)
      if let other = mark.other { values.append(other) }
    }
    guard let least = values.min(), let greatest = values.max() else { return nil }
    return least...greatest
  }

  // MARK: Around the plot

  private func axes(_ plot: Frame, _ left: Scale, _ right: Scale?) {
    let (theme, size) = (picture.theme, picture.size)
    for tick in left.ticks {
      let y = y(tick, plot, left).rounded() + 0.5
      canvas.line(Point(x: plot.x, y: y), Point(x: plot.right, y: y), theme.grid)
      canvas.text(left.text(tick), at: Point(x: plot.x - 6, y: y + size * 0.35), size: size, theme.faint, anchor: .end)
    }
    for tick in right?.ticks ?? [] {
      guard let right else { break }
      let y = y(tick, plot, right).rounded() + 0.5
      canvas.text(right.text(tick), at: Point(x: plot.right + 6, y: y + size * 0.35), size: size, theme.faint)
    }
    var end = -Double.infinity
    for (time, text) in times.ticks {
      let x = x(Double(time), plot).rounded() + 0.5
      canvas.line(Point(x: x, y: plot.bottom), Point(x: x, y: plot.bottom + 4), theme.axis)
      let half = canvas.textWidth(text, size: size) / 2
      guard x - half > end + 4, x - half > 0, x + half < canvas.width else { continue }
      canvas.text(text, at: Point(x: x, y: plot.bottom + size + 6), size: size, theme.faint, anchor: .middle)
      end = x + half
    }
    canvas.line(Point(x: plot.x, y: plot.bottom + 0.5), Point(x: plot.right, y: plot.bottom + 0.5), theme.axis)
    if let label = chart.left.label {
      canvas.text(
        canvas.fitted(label, size: size, width: plot.width / 2), at: Point(x: max(plot.x - 30, 4), y: plot.y - 8), size: size, theme.faint)
    }
    if right != nil, let label = chart.right.label {
      canvas.text(
        canvas.fitted(label, size: size, width: plot.width / 2), at: Point(x: min(plot.right + 30, canvas.width - 4), y: plot.y - 8),
        size: size, theme.faint, anchor: .end)
    }
  }

  // MARK: Series

  private func band(_ line: Chart.Line, _ lower: TimeSeries, _ plot: Frame, _ scale: Scale) {
    func points(_ series: TimeSeries) -> [Point] {
      zip(series.times, series.values).map { Point(x: x(Double($0), plot), y: y($1, plot, scale)) }
    }
    let (upper, lower) = (points(line.series), points(lower))
    canvas.polygon(upper + lower.reversed(), line.color.faded(0.2))
    canvas.path(upper, line.color.faded(0.5), width: 1)
    canvas.path(lower, line.color.faded(0.5), width: 1)
  }

  private func line(_ line: Chart.Line, _ plot: Frame, _ scale: Scale) {
    let points = zip(line.series.times, line.series.values).lazy.map { time, value in
      Point(x: plot.x + times.share(Double(time)) * plot.width, y: y(value, plot, scale))
    }
    canvas.path(Self.thinned(points, most: 4 * Int(plot.width), count: line.series.count), line.color, width: 1.5)
  }

  /// Of more points than anybody can see, those that shape the picture: in each column of pixels the first, lowest, highest and last.
  private static func thinned(_ points: some Sequence<Point>, most: Int, count: Int) -> [Point] {
    if count <= most { return Array(points) }
    var kept: [Point] = []
    var (column, first, low, high, last) = (Int.min, Point(x: 0, y: 0), Point(x: 0, y: 0), Point(x: 0, y: 0), Point(x: 0, y: 0))
    func close() {
      guard column != .min else { return }
      kept += [first] + (low.x <= high.x ? [low, high] : [high, low]) + [last]
    }
    for point in points {
      let place = Int(point.x)
      if place != column {
        close()
        (column, first, low, high) = (place, point, point, point)
      }
      if point.y > low.y { low = point }
      if point.y < high.y { high = point }
      last = point
    }
    close()
    return kept
  }

  private func area(_ stacks: Stacks, _ position: Int, _ plot: Frame, _ scale: Scale) {
    let line = chart.lines[position]
    let (tops, bottoms) = (stacks.tops[position], stacks.bottoms[position])
    guard !tops.isEmpty else { return }
    let upper = zip(stacks.times, tops).map { Point(x: x(Double($0), plot), y: y($1, plot, scale)) }
    let lower = zip(stacks.times, bottoms).map { Point(x: x(Double($0), plot), y: y($1, plot, scale)) }
    canvas.polygon(upper + lower.reversed(), line.color.faded(0.5))
    canvas.path(upper, line.color, width: 1.5)
  }

  // MARK: Annotations

  private func fills(_ plot: Frame, _ left: Scale, _ right: Scale) {
    for mark in chart.horizontal {
      let scale = mark.isRight ? right : left
      let edge = y(mark.value, plot, scale)
      var other: Double?
      if let value = mark.other {
        other = y(value, plot, scale)
      } else if mark.fill == "above" {
        other = plot.y
      } else if mark.fill == "below" {
        other = plot.bottom
      }
      guard let other else { continue }
      canvas.fill(Frame(x: plot.x, y: min(edge, other), width: plot.width, height: abs(edge - other)), mark.color.faded(0.15))
    }
    for mark in chart.vertical {
      let edge = x(mark.value, plot)
      var other: Double?
      if let value = mark.other {
        other = x(value, plot)
      } else if mark.fill == "before" {
        other = plot.x
      } else if mark.fill == "after" {
        other = plot.right
      }
      guard let other else { continue }
      canvas.fill(Frame(x: min(edge, other), y: plot.y, width: abs(edge - other), height: plot.height), mark.color.faded(0.15))
    }
  }

  private func marks(_ plot: Frame, _ left: Scale, _ right: Scale) {
    for mark in chart.horizontal {
      let scale = mark.isRight ? right : left
      for (value, label) in [(mark.value, mark.label), (mark.other ?? .nan, mark.otherLabel)]
      where scale.share(value) >= -0.001 && scale.share(value) <= 1.001 {
        let y = y(value, plot, scale).rounded() + 0.5
        canvas.line(Point(x: plot.x, y: y), Point(x: plot.right, y: y), mark.color, width: 1.2)
        tag(
          label, at: Point(x: plot.right - 4, y: y - 4 < plot.y + picture.size ? y + picture.size + 2 : y - 4), plot, mark.color,
          anchor: .end)
      }
    }
    for mark in chart.vertical {
      for (value, label) in [(mark.value, mark.label), (mark.other ?? .nan, mark.otherLabel)]
      where times.share(value) >= 0 && times.share(value) <= 1 {
        let x = x(value, plot).rounded() + 0.5
        canvas.line(Point(x: x, y: plot.y), Point(x: x, y: plot.bottom), mark.color, width: 1.2, dashes: [4, 3])
        let isLate = times.share(value) > 0.7
        tag(label, at: Point(x: isLate ? x - 4 : x + 4, y: plot.y + picture.size), plot, mark.color, anchor: isLate ? .end : .start)
      }
    }
  }

  private func tag(_ text: String, at point: Point, _ plot: Frame, _ color: Color, anchor: Canvas.Anchor) {
    let text = canvas.fitted(text, size: picture.size, width: plot.width * 0.6)
    guard !text.isEmpty else { return }
    let width = canvas.textWidth(text, size: picture.size)
    let x = anchor == .end ? point.x - width : point.x
    canvas.fill(
      Frame(x: x - 2, y: point.y - picture.size + 1, width: width + 4, height: picture.size + 2), picture.theme.background.faded(0.7))
    canvas.text(text, at: point, size: picture.size, color, anchor: anchor)
  }
}

/// Series on top of each other at all times that any of them has.
struct Stacks {
  let times: [Int64]
  /// Of each line at each of the times; empty for a line without values.
  let tops: [[Double]]
  let bottoms: [[Double]]

  init(_ chart: Chart) {
    guard chart.isStacked else {
      (times, tops, bottoms) = ([], [], [])
      return
    }
    let all = Set(chart.lines.flatMap(\.series.times)).sorted()
    var (tops, bottoms): ([[Double]], [[Double]]) = ([], [])
    // The two axes are two piles.
    var piles = [[Double](repeating: 0, count: all.count), [Double](repeating: 0, count: all.count)]
    for line in chart.lines {
      let side = line.isRight ? 1 : 0
      guard !line.series.isEmpty, line.band == nil else {
        tops.append([])
        bottoms.append([])
        continue
      }
      bottoms.append(piles[side])
      var at = 0
      for (place, time) in all.enumerated() {
        while at < line.series.count, line.series.times[at] < time { at += 1 }
        if at < line.series.count, line.series.times[at] == time { piles[side][place] += line.series.values[at] }
      }
      tops.append(piles[side])
    }
    (times, self.tops, self.bottoms) = (all, tops, bottoms)
  }
}
