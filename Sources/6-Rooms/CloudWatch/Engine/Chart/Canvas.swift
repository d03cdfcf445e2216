import CCairo

/// A picture that is drawn on and then written as PNG. Lengths are pixels, from the upper left corner.
final class Canvas {
  enum Anchor {
    case start, middle, end
  }
  let width: Double
  let height: Double
  private let surface: OpaquePointer
  private let context: OpaquePointer

  /// Nil when there is no memory for it.
  init?(width: Int, height: Int) {
    guard let surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, Int32(clamping: width), Int32(clamping: height)) else { return nil }
    guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let context = cairo_create(surface) else {
      cairo_surface_destroy(surface)
      return nil
    }
    (self.width, self.height) = (Double(width), Double(height))
    (self.surface, self.context) = (surface, context)
    cairo_select_font_face(context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// The picture as PNG; nil when there is no memory for it.
  func png() -> [UInt8]? {
    final class Sink { var bytes: [UInt8] = [] }
    let sink = Sink()
    cairo_surface_flush(surface)
    let status = cairo_surface_write_to_png_stream(
      surface,
      { closure, data, length in
        guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
        let sink = Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue()
        sink.bytes.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
        return CAIRO_STATUS_SUCCESS
      }, Unmanaged.passUnretained(sink).toOpaque())
    return status == CAIRO_STATUS_SUCCESS ? sink.bytes : nil
  }

  private func use(_ color: Color) { cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha) }

  // MARK: Shapes

  func fill(_ frame: Frame, _ color: Color) {
    use(color)
    cairo_rectangle(context, frame.x, frame.y, frame.width, frame.height)
    cairo_fill(context)
  }

  func line(_ from: Point, _ to: Point, _ color: Color, width: Double = 1, dashes: [Double] = []) {
    use(color)
    cairo_set_line_width(context, width)
    cairo_set_dash(context, dashes, Int32(clamping: dashes.count), 0)
    cairo_move_to(context, from.x, from.y)
    cairo_line_to(context, to.x, to.y)
    cairo_stroke(context)
    cairo_set_dash(context, [], 0, 0)
  }

  func path(_ points: [Point], _ color: Color, width: Double) {
    guard let first = points.first else { return }
    if points.count == 1 { return circle(first, radius: width + 0.5, color) }
    use(color)
    cairo_set_line_width(context, width)
    cairo_move_to(context, first.x, first.y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_stroke(context)
  }

  func polygon(_ points: [Point], _ color: Color) {
    guard let first = points.first, points.count > 2 else { return }
    use(color)
    cairo_move_to(context, first.x, first.y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_close_path(context)
    cairo_fill(context)
  }

  func circle(_ center: Point, radius: Double, _ color: Color) { wedge(center, radius: radius, from: 0, to: 2 * .pi, color) }

  /// A part of a disk, of a ring where there is an inner radius. Angles are radians clockwise from the right.
  func wedge(_ center: Point, radius: Double, inner: Double = 0, from: Double, to: Double, _ color: Color) {
    use(color)
    cairo_new_path(context)
    cairo_arc(context, center.x, center.y, radius, from, to)
    if inner > 0 {
      cairo_arc_negative(context, center.x, center.y, inner, to, from)
    } else if to - from < 2 * .pi {
      cairo_line_to(context, center.x, center.y)
    }
    cairo_close_path(context)
    cairo_fill(context)
  }

  /// Draws with everything outside of the frame cut off.
  func clipped(_ frame: Frame, _ body: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, frame.x, frame.y, frame.width, frame.height)
    cairo_clip(context)
    body()
    cairo_restore(context)
  }

  // MARK: Text

  func textWidth(_ text: String, size: Double, isBold: Bool = false) -> Double {
    font(size, isBold)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  /// Writes a line of text whose baseline is at the point.
  func text(_ text: String, at point: Point, size: Double, _ color: Color, anchor: Anchor = .start, isBold: Bool = false) {
    let width = anchor == .start ? 0 : textWidth(text, size: size, isBold: isBold)
    font(size, isBold)
    use(color)
    cairo_move_to(context, point.x - (anchor == .start ? 0 : anchor == .middle ? width / 2 : width), point.y)
    cairo_show_text(context, text)
    cairo_new_path(context)
  }

  /// As much of the text as fits, with dots where some is left out.
  func fitted(_ text: String, size: Double, width: Double, isBold: Bool = false) -> String {
    let text = String(text.prefix(512).map { $0.isNewline || $0 == "\0" ? " " : $0 })
    if textWidth(text, size: size, isBold: isBold) <= width { return text }
    var (low, high) = (0, text.count)
    while low < high {
      let middle = (low + high + 1) / 2
      if textWidth(text.prefix(middle) + "…", size: size, isBold: isBold) <= width { low = middle } else { high = middle - 1 }
    }
    return low == 0 ? "" : text.prefix(low) + "…"
  }

  private func font(_ size: Double, _ isBold: Bool) {
    cairo_select_font_face(
      context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, size)
  }
}

struct Point {
  var x: Double
  var y: Double
}

struct Frame {
  var x: Double
  var y: Double
  var width: Double
  var height: Double
  var right: Double { x + width }
  var bottom: Double { y + height }
}

struct Color: Equatable, Sendable {
  var red: Double
  var green: Double
  var blue: Double
  var alpha = 1.0

  init(_ rgb: UInt32, alpha: Double = 1) {
    red = Double(rgb >> 16 & 255) / 255
    green = Double(rgb >> 8 & 255) / 255
    blue = Double(rgb & 255) / 255
    self.alpha = alpha
  }

  /// `#rgb` or `#rrggbb`; nil for anything else.
  init?(_ text: String) {
    guard text.first == "#", let number = UInt32(text.dropFirst(), radix: 16) else { return nil }
    switch text.utf8.count {
    case 7: self.init(number)
    case 4: self.init((number >> 8 & 15) * 0x11_0000 | (number >> 4 & 15) * 0x1100 | (number & 15) * 0x11)
    default: return nil
    }
  }

  func faded(_ alpha: Double) -> Color {
    var color = self
    color.alpha = alpha
    return color
  }
}
