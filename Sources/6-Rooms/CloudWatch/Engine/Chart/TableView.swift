import MetricMath

/// Each series as a row: its label and what sums it up.
struct TableView {
  private let picture: ChartPicture
  private var canvas: Canvas { picture.canvas }
  private static let columns: [(name: String, value: @Sendable (TimeSeries) -> Double?)] = [
    ("Last", { $0.values.last }), ("Min", { $0.values.min() }), ("Max", { $0.values.max() }),
    ("Avg", { $0.isEmpty ? nil : $0.values.reduce(0, +) / Double($0.count) }), ("Sum", { $0.isEmpty ? nil : $0.values.reduce(0, +) }),
  ]

  init(_ picture: ChartPicture) { self.picture = picture }

  func draw(_ frame: Frame) {
    let lines = picture.chart.lines
    guard !lines.isEmpty else { return picture.nothing(frame) }
    let (size, theme) = (picture.size, picture.theme)
    let height = size + 11
    let number = min(80, frame.width * 0.13)
    let label = frame.width - number * Double(Self.columns.count)
    guard label > 30, frame.height > 2 * height else { return }
    for (position, column) in Self.columns.enumerated() {
      let x = frame.x + label + number * Double(position + 1) - 4
      canvas.text(column.name, at: Point(x: x, y: frame.y + size), size: size, theme.faint, anchor: .end, isBold: true)
    }
    let room = Int((frame.height - height) / height)
    for (position, line) in lines.prefix(room).enumerated() {
      let y = frame.y + height * Double(position + 1)
      canvas.line(Point(x: frame.x, y: y + 0.5), Point(x: frame.right, y: y + 0.5), theme.grid)
      let base = y + size + 5
      if position == room - 1, lines.count > room {
        canvas.text("+\(lines.count - position) more", at: Point(x: frame.x, y: base), size: size, theme.faint)
        break
      }
      canvas.fill(Frame(x: frame.x, y: base - size + 2, width: size - 2, height: size - 2), line.color)
      canvas.text(
        canvas.fitted(line.label, size: size, width: label - size - 12), at: Point(x: frame.x + size + 4, y: base), size: size, theme.text)
      for (position, column) in Self.columns.enumerated() {
        let x = frame.x + label + number * Double(position + 1) - 4
        canvas.text(
          column.value(line.series).map { Scale.text($0) } ?? "--", at: Point(x: x, y: base), size: size, theme.text, anchor: .end)
      }
    }
  }
}
