import JSON
import JSONata
import Testing

/// Nothing that comes from outside may crash, run without end or take memory without bound.
@Suite struct HostileTests {
  /// The code of the error, or nil.
  private func code(_ text: String, _ input: JSONValue? = nil, _ limits: JSONata.Limits = .init(steps: 30_000_000)) -> String? {
    do {
      _ = try JSONata(text).evaluate(input, limits: limits)
      return nil
    } catch { return error.code }
  }

  private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

  @Test func deepNestingIsRefusedOrEvaluated() {
    for unit in [
      "(", "[", "{'a':", "-", "function(){", "a.(", "a[", "$f(", "1?", "|a|", "%.", "a^(", "$x:=", "/*", "'", "1+(", "λ($x){", "!",
    ] {
      _ = code(repeated(unit, 20_000))
      _ = code(repeated(unit, 4_000) + "1")
      _ = code(repeated(unit, 90) + "1")
    }
    #expect(code(repeated("(", 3_000) + "1" + repeated(")", 3_000)) == nil)
    #expect(code(repeated("[", 900) + "1" + repeated("]", 900)) == nil)
    #expect(code(repeated("[", 3_000) + "1" + repeated("]", 3_000)) == "U1001")
    #expect(code("1" + repeated("+1", 4_000)) == nil)
    #expect(code("1" + repeated("+1", 100_000)) == "U1001")
    #expect(code("'a'" + repeated(" & 'a'", 4_000)) == nil)
    #expect(code("a" + repeated(".a", 4_000)) == nil)
    #expect(code("$" + repeated("[0]", 3_000)) == nil)
  }

  @Test func recursionIsBounded() throws {
    #expect(code("($f := function($n){1 + $f($n + 1)}; $f(0))") == "U1001")
    #expect(code("($f := function($n){$f($n + 1)}; $f(0))", nil, .init(steps: 100_000)) == "U1001")
    #expect(code("($f := function($n){$map([1], function($x){$f($n + 1)})}; $f(0))") == "U1001")
    let deep = try JSONata("($f := function($n){$n = 0 ? 0 : 1 + $f($n - 1)}; $f(10000))")
    #expect(try deep.evaluate(nil) == 10_000)
    let tail = try JSONata("($f := function($n, $sum){$n = 0 ? $sum : $f($n - 1, $sum + $n)}; $f(200000, 0))")
    #expect(try tail.evaluate(nil) == 20_000_100_000)
  }

  @Test func valuesAndFunctionsDoNotNestWithoutBound() {
    #expect(code("$reduce([1..100000], function($a, $b){{'a': $a}})") == "U1001")
    #expect(code("$reduce([1..100000], function($a, $b){[[$a]]})") == "U1001")
    #expect(code("$reduce([1..100000], function($a, $b){function(){$a}})") == "U1001")
    #expect(code("($c := function($g, $n){$n = 0 ? $g : $c($g ~> $string, $n - 1)}; $c($string, 100000))") == "U1001")
    #expect(code("($c := function($g, $n){$n = 0 ? $g : $c($g(?, 1), $n - 1)}; $c($string, 100000))") == "U1001")
    #expect(code("($f := function($a, $b){$f2 := function(){[$a, $b]}}; $reduce([1..100000], $f))") == "U1001")
  }

  @Test func memoryIsBounded() {
    let limits = JSONata.Limits(values: 3_000_000)
    #expect(code("[1..10000000].[1..10000000]", nil, limits) == "U1001")
    #expect(code("[1..10000001]") == "D2014")
    #expect(code("[-1e300..1e300]") == "D2014")
    #expect(code("$pad('', 1e15)", nil, limits) == "U1001")
    #expect(code("$pad('a', -1e300, 'xyz')", nil, limits) == "U1001")
    #expect(code("($f := function($s, $n){$n = 0 ? $length($s) : $f($s & $s, $n - 1)}; $f('abcdefgh', 60))", nil, limits) == "U1001")
    #expect(code("($f := function($s, $n){$n = 0 ? $count($s) : $f($append($s, $s), $n - 1)}; $f([1..1000], 60))", nil, limits) == "U1001")
    #expect(code("$formatInteger(1e300, 'I')", nil, limits) == "U1001")
  }

  @Test func regularExpressionsAreBounded() {
    let text = repeated("a", 40) + "!"
    let limits = JSONata.Limits(steps: 300_000)
    for pattern in ["(a+)+$", "(a|a)*$", "(a*)*$", "(.*)*x", "(a?){40}a{40}$", "(?:(?:a+)+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$"] {
      let outcome = code("$contains(t, /\(pattern)/)", ["t": .string(text)], limits)
      #expect(outcome == nil || outcome == "U1001")
    }
    #expect(code("$contains(t, /(a+)+$/)", ["t": .string(text)], limits) == "U1001")
    #expect(code("$match(t, /(x+x+)+y/)", ["t": .string(repeated("x", 5_000))], limits) == "U1001")
    for pattern in ["(", ")", "[", "*", "a**", "a{2,1}", "\\", "(?<a>x)(?<a>y)", "(?", "[z-a]", "(?<", "{1}", repeated("(", 500)] {
      _ = code("$match('x', /\(pattern)/)", nil, limits)
    }
    _ = code("$match('x', /(((((a{0,1000}){0,1000}){0,1000}){0,1000}){0,1000})/)", nil, limits)
  }

  @Test func anyBytesAreAnswered() {
    var state: UInt64 = 42
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let pieces = [
      "a", "b.c", "$", "$$", "$x", ":=", "(", ")", "[", "]", "{", "}", "'s'", "\"t\"", "1", "-2.5e3", ".", "..", "*", "**", "%", "@$v",
      "#$i",
      "^(", ">", "<", "=", "!=", "and", "or", "in", "&", "+", "-", "/", "/a+/", "?", ":", "?:", "??", "~>", ",", ";", "|", "function($a){",
      "λ", "$sum", "$map(", "$string(", "$eval(", "null", "true", "`q n`", "/*c*/", "<n:n>", "\u{e9}", "\u{1F600}", "\n",
    ]
    let input: JSONValue = ["a": [1, 2, ["b": 3]], "b": ["c": [["d": "x"], ["d": "y"]]], "s": "text"]
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<(1 + next(14)) { text += pieces[next(pieces.count)] + (next(3) == 0 ? " " : "") }
      _ = code(text, input, .init(steps: 20_000, values: 100_000))
    }
    for _ in 0..<5_000 {
      let bytes = (0..<next(40)).map { _ in UInt8(next(256)) }
      _ = code(String(decoding: bytes, as: UTF8.self), input, .init(steps: 20_000, values: 100_000))
    }
  }

  @Test func numbersAtTheirLimitsAreAnswered() {
    let numbers = ["0", "-0", "1e308", "-1e308", "5e-324", "1e19", "-1e19", "9007199254740993", "2147483648", "0.5", "1/0", "0/0", "-1/0"]
    let functions = [
      "$round(N)", "$round(1.5, N)", "$formatBase(N, 2)", "$formatBase(10, N)", "$formatNumber(N, '#,##0.00')", "$formatNumber(N, '0e0')",
      "$formatNumber(N, '0%')", "$formatInteger(N, '0')", "$formatInteger(N, 'A')", "$formatInteger(N, 'w')",
      "$formatInteger(N, '#,##0;o')",
      "$fromMillis(N)", "$fromMillis(N, '[Y]-[X]-[W]-[w]-[x]-[d]-[F] [h][P]')", "$fromMillis(0, '[Y,N-N]')", "$substring('abc', N)",
      "$substring('abc', N, N)", "$substring('abc', 0, N)", "$pad('a', 5 - 0 * N)", "$split('abc', '', N)", "$match('aaa', /a/, N)",
      "$replace('aaa', 'a', 'b', N)", "[1, 2, 3][N]", "[N..N]", "$power(N, N)", "$sqrt(N)", "N % N", "$string(N)", "$abs(N)", "$floor(N)",
      "$shuffle([N, N])", "$sort([N, 1])", "$number($string(N))", "[N] = [N]", "$distinct([N, N])", "$sum([N, N])", "$max([N, 1])", "-N",
      "$boolean(N)", "{$string(N): N}", "N & N", "$formatNumber(1, '0.' & $pad('', 0 * N + 5, '0'))",
    ]
    for function in functions {
      for number in numbers { _ = code(function.split(separator: "N", omittingEmptySubsequences: false).joined(separator: "(\(number))")) }
    }
  }
}
