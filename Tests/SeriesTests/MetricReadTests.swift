import Foundation
import Series
import Synchronization
import Testing
import Time

@Suite("Reading many series")
struct MetricReadTests {
  let store = MetricStoreCase()

  private func filled() async throws -> MetricEngine {
    let engine = try store.open(journal: 4_000)
    for number in 0..<60 {
      let key = store.key("m\(number % 3)", ["host": "h\(number)", "zone": "z\(number % 4)"], namespace: number < 30 ? "A" : "B")
      try await engine.append(
        (0..<20).map { store.sample(key, Int64($0 * 30), Double(number * 100 + $0), unit: number == 7 ? "Bytes" : nil) })
    }
    return engine
  }

  @Test("finds series by any of their parts, as looking at each does")
  func selection() async throws {
    let engine = try await filled()
    try await engine.append([store.sample(store.key("m0", [:], scope: "2/us"), 0, 1), store.sample(store.key("m0", namespace: "A"), 0, 1)])
    let all = engine.keys(of: engine.select(MetricSelection(scope: "1/eu")))
    #expect(all.count == 61)
    for namespace in [nil, "A", "B", "C"] as [String?] {
      for name in [nil, "m0", "m2", "m9"] as [String?] {
        for filters in [[], [("zone", "z1")], [("zone", nil)], [("host", "h9"), ("zone", "z1")], [("rack", nil)]] as [[(String, String?)]] {
          for isExact in [false, true] {
            let dimensions = filters.map { DimensionFilter(name: $0.0, value: $0.1) }
            let found = engine.keys(
              of: engine.select(
                MetricSelection(scope: "1/eu", namespace: namespace, name: name, dimensions: dimensions, isExact: isExact)))
            let expected = all.filter { key in
              (namespace ?? key.namespace) == key.namespace && (name ?? key.name) == key.name
                && (!isExact || key.dimensions.count == filters.count)
                && filters.allSatisfy { filter in key.dimensions.contains { $0.name == filter.0 && (filter.1 ?? $0.value) == $0.value } }
            }
            #expect(Set(found) == Set(expected) && found.count == expected.count)
          }
        }
      }
    }
    #expect(engine.select(MetricSelection(scope: "1/eu", activeSince: store.time(571))).isEmpty)
    #expect(engine.scopes == ["1/eu", "2/us"])
    await engine.close()
  }

  @Test("columns say what the reads of one series say")
  func columns() async throws {
    let engine = try await filled()
    let keys = engine.keys(of: engine.select(MetricSelection(scope: "1/eu"))) + [store.key("none")]
    for (from, to, period) in [(0, 600, 60), (-3_600, 90, 30), (15, 100, 300), (0, 1, 86_400)] as [(Int64, Int64, Int)] {
      let (grid, columns) = try engine.buckets(of: keys, from: store.time(from), to: store.time(to), period: period, unit: nil, need: .all)
      #expect(columns.map(\.place) == Array(0..<60))
      for column in columns {
        let one = try engine.buckets(keys[column.place], from: store.time(from), to: store.time(to), period: period, unit: nil)
        let many = (0..<grid.steps).compactMap { column.bucket($0, grid) }
        #expect(one.map(\.start) == many.map(\.start) && one.map(\.sum) == many.map(\.sum) && one.map(\.count) == many.map(\.count))
        #expect(one.map(\.min) == many.map(\.min) && one.map(\.max) == many.map(\.max) && one.map(\.sketch) == many.map(\.sketch))
        #expect(one.first?.unit == column.unit)
      }
      let few = try engine.buckets(of: keys, from: store.time(from), to: store.time(to), period: period, unit: "Bytes", need: .max).columns
      #expect(few.count == 1 && few.first?.sum.isEmpty == true && few.first?.max.count == grid.steps)
    }
    #expect(throws: SeriesFault.self) {
      _ = try engine.buckets(of: keys, from: Timestamp(seconds: 0), to: store.time(0), period: 1, unit: nil, need: .sum)
    }
    await engine.close()
  }

  @Test("groups by dimensions, and sums groups up as one series")
  func groups() async throws {
    let engine = try await filled()
    let handles = engine.select(MetricSelection(scope: "1/eu"))
    let groups = engine.groups(of: handles, by: ["zone", "rack"])
    #expect(Set(groups.values) == Set((0..<4).map { ["z\($0)", ""] }))
    let grid = MetricGrid(from: store.time(0), to: store.time(600), period: 600)
    let columns = try engine.grouped(handles, groups.places, grid, need: .all)
    #expect(columns.map(\.place) == [0, 1, 2, 3] && columns.map { $0.count[0] } == [300, 300, 300, 300])
    for column in columns {
      let zone = try need(Int(groups.values[column.place][0].dropFirst()))
      let values = (0..<60).filter { $0 % 4 == zone }.flatMap { number in (0..<20).map { Double(number * 100 + $0) } }.sorted()
      #expect(column.sum[0] == values.reduce(0, +) && column.min[0] == values.first && column.max[0] == values.last)
      let middle = column.sketches[0]?.percentile(50) ?? .nan
      #expect(abs(middle - values[149]) <= values[149] * 0.01)
    }
    await engine.close()
  }

  @Test("changes name each series once, and nothing while nothing comes")
  func changes() async throws {
    let engine = try store.open()
    try await engine.append([store.sample(store.key("a"), 0, 1)])
    var look = engine.changes(since: nil)
    #expect(look.handles.isEmpty && look.isComplete)
    let other = look.token
    for number in 0..<5 { try await engine.append([store.sample(store.key("a"), Int64(number), 1), store.sample(store.key("b"), 0, 2)]) }
    look = engine.changes(since: look.token)
    #expect(engine.keys(of: look.handles).map(\.name).sorted() == ["a", "b"] && look.isComplete)
    look = engine.changes(since: look.token)
    #expect(look.handles.isEmpty)
    try await engine.append([store.sample(store.key("a"), 9, 1)])
    look = engine.changes(since: look.token)
    #expect(engine.keys(of: look.handles).map(\.name) == ["a"])
    #expect(engine.keys(of: engine.changes(since: other).handles).map(\.name).sorted() == ["a", "b"])
    await engine.close()
    let again = try store.open()
    #expect(!again.changes(since: look.token).isComplete)
    await again.close()
  }
}
