import CCairo
import FoundationEssentials
import JSON

/// A PNG that was read back.
struct Picture {
  let width: Int
  let height: Int
  private let pixels: [UInt32]

  init?(_ bytes: [UInt8]) {
    final class Source {
      var rest: ArraySlice<UInt8>
      init(_ bytes: [UInt8]) { rest = bytes[...] }
    }
    let source = Source(bytes)
    let surface = cairo_image_surface_create_from_png_stream(
      { closure, data, length in
        guard let closure, let data else { return CAIRO_STATUS_READ_ERROR }
        let source = Unmanaged<Source>.fromOpaque(closure).takeUnretainedValue()
        guard source.rest.count >= Int(length) else { return CAIRO_STATUS_READ_ERROR }
        for (position, byte) in source.rest.prefix(Int(length)).enumerated() { data[position] = byte }
        source.rest = source.rest.dropFirst(Int(length))
        return CAIRO_STATUS_SUCCESS
      }, Unmanaged.passUnretained(source).toOpaque())
    defer { cairo_surface_destroy(surface) }
    guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let data = cairo_image_surface_get_data(surface) else { return nil }
    width = Int(cairo_image_surface_get_width(surface))
    height = Int(cairo_image_surface_get_height(surface))
    let stride = Int(cairo_image_surface_get_stride(surface))
    var pixels: [UInt32] = []
    for y in 0..<height {
      for x in 0..<width {
        let at = y * stride + x * 4
        pixels.append(UInt32(data[at + 2]) << 16 | UInt32(data[at + 1]) << 8 | UInt32(data[at]))
      }
    }
    self.pixels = pixels
  }

  /// 0xRRGGBB
  func color(_ x: Int, _ y: Int) -> UInt32 { pixels[y * width + x] }

  /// Where pixels of that color are.
  func places(_ color: UInt32) -> [(x: Int, y: Int)] {
    pixels.indices.filter { pixels[$0] == color }.map { ($0 % width, $0 / width) }
  }
}
