import Series
import Testing

@Suite("A value sketch")
struct ValueSketchTests {
  @Test("keeps few values exactly")
  func exact() {
    var sketch = ValueSketch()
    for value in 1...50 { sketch.add(Double(value)) }
    #expect(sketch.isExact)
    #expect(sketch.percentile(50) == 25)
    #expect(sketch.percentile(0) == 1)
    #expect(sketch.percentile(100) == 50)
    #expect(sketch.percentile(99) == 50)
  }

  @Test("is at most 1 % off for many values, negative ones too", arguments: [1, 2, 3])
  func bins(seed: UInt64) {
    var state = seed
    var sketch = ValueSketch()
    var values: [Double] = []
    for _ in 0..<5_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = (Double(state >> 33) - 1e9) * 1e-3
      values.append(value)
      sketch.add(value)
    }
    values.sort()
    #expect(!sketch.isExact)
    for percent in [1.0, 10, 50, 90, 99, 99.9] {
      let exact = values[max(0, Int((percent / 100 * 5_000).rounded(.up)) - 1)]
      let found = sketch.percentile(percent) ?? .nan
      #expect(abs(found - exact) <= abs(exact) * 0.01)
    }
  }

  @Test("merging is adding")
  func merge() {
    var (left, right, all) = (ValueSketch(), ValueSketch(), ValueSketch())
    for value in 0..<200 {
      if value % 2 == 0 { left.add(Double(value)) } else { right.add(Double(value), count: 3) }
      all.add(Double(value), count: value % 2 == 0 ? 1 : 3)
    }
    left.merge(right)
    #expect(left == all)
  }
}
