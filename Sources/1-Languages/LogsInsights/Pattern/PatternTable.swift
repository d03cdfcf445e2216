/// Clusters messages into patterns as they come (after Drain: He, Zhu, Zheng and Lyu 2017); bounded, mergeable.
///
/// Messages whose words are the same but for those with digits share a shape, found by hash. A new shape joins the most alike
/// pattern with as many tokens when at least 60 % of the words are the same (words, not signs, are compared), else it makes a
/// pattern of its own.
final class PatternTable {
  struct Pattern {
    /// Nil where the messages differ.
    var tokens: [[UInt8]?]
    /// What is where they differ.
    var kinds: [TokenKind]
    var hashes: [UInt64]
    var count = 0
    var previous = 0
    /// Of the first message.
    var severity: String
  }

  private static let alike = 0.6
  private static let mostShapes = 200_000
  /// Patterns of one skeleton that a new shape is compared with.
  private static let mostCandidates = 64
  @exclusivity(unchecked) private(set) var patterns: [Pattern] = []
  @exclusivity(unchecked) private var shapes: [UInt64: Int32] = [:]
  /// Patterns by the number of their tokens and the first word.
  @exclusivity(unchecked) private var candidates: [UInt64: [Int32]] = [:]
  private let most: Int
  @exclusivity(unchecked) private(set) var total = 0
  @exclusivity(unchecked) private(set) var previousTotal = 0

  init(most: Int) { self.most = most }

  func add(_ text: Text, isPrevious: Bool, count: Int = 1) {
    let shape = Tokens.shape(text)
    let number = Int(shapes[shape] ?? place(text, shape))
    if isPrevious {
      patterns[number].previous += count
      previousTotal += count
    } else {
      patterns[number].count += count
      total += count
    }
  }

  private func place(_ text: Text, _ shape: UInt64) -> Int32 {
    let list = Tokens.list(text)
    let tokens = list.map { token -> [UInt8]? in
      token.isDynamic ? nil : Array(UnsafeBufferPointer(start: text.start + token.start, count: token.end - token.start))
    }
    let kinds = list.map { token in
      token.isDynamic ? TokenKind(UnsafeBufferPointer(start: text.start + token.start, count: token.end - token.start)) : .other
    }
    let pattern = Pattern(tokens: tokens, kinds: kinds, hashes: list.map(\.hash), severity: Severity.of(text))
    let number = insert(pattern)
    if shapes.count < Self.mostShapes { shapes[shape] = number }
    return number
  }

  /// The pattern that this one is or joins.
  private func insert(_ pattern: Pattern) -> Int32 {
    let bucket = Self.bucket(pattern)
    var best: Int32 = -1
    var bestScore = -1.0
    for candidate in (candidates[bucket] ?? []).prefix(Self.mostCandidates) {
      let score = Self.likeness(patterns[Int(candidate)], pattern)
      if score > bestScore { (best, bestScore) = (candidate, score) }
    }
    if best >= 0, bestScore >= Self.alike || patterns.count >= most {
      generalise(Int(best), pattern)
      return best
    }
    if patterns.count >= most { return overflow(pattern) }
    patterns.append(pattern)
    let number = Int32(patterns.count - 1)
    candidates[bucket, default: []].append(number)
    return number
  }

  /// One pattern takes what there is no room for.
  private func overflow(_ pattern: Pattern) -> Int32 {
    if let other = candidates[0]?.first { return other }
    patterns.append(Pattern(tokens: [nil], kinds: [.other], hashes: [0], severity: ""))
    candidates[0] = [Int32(patterns.count - 1)]
    return Int32(patterns.count - 1)
  }

  private static func bucket(_ pattern: Pattern) -> UInt64 {
    var hash = UInt64(pattern.tokens.count) &* 0x9E37_79B9_7F4A_7C15 | 1
    // Signs are the skeleton of a message and are never dynamic.
    for token in pattern.tokens {
      if let token, token.count == 1, let byte = token.first, !Lexer.startsWord(byte) {
        hash = ValueCoder.mix(hash ^ UInt64(byte)) | 1
      } else {
        hash = ValueCoder.mix(hash) | 1
      }
    }
    return hash
  }

  private static func likeness(_ pattern: Pattern, _ other: Pattern) -> Double {
    var words = 0
    var same = 0
    for position in pattern.tokens.indices {
      guard let mine = pattern.tokens[position], let theirs = other.tokens[position] else {
        if pattern.tokens[position] == nil, other.tokens[position] == nil { continue }
        words += 1
        continue
      }
      if mine.count == 1, let byte = mine.first, !Lexer.startsWord(byte) { continue }
      words += 1
      if pattern.hashes[position] == other.hashes[position], mine == theirs { same += 1 }
    }
    return words == 0 ? 1 : Double(same) / Double(words)
  }

  private func generalise(_ number: Int, _ other: Pattern) {
    for position in patterns[number].tokens.indices where position < other.tokens.count {
      if patterns[number].tokens[position] != other.tokens[position] { patterns[number].tokens[position] = nil }
      if patterns[number].kinds[position] != other.kinds[position] { patterns[number].kinds[position] = .other }
    }
  }

  func merge(_ other: PatternTable) {
    total += other.total
    previousTotal += other.previousTotal
    for pattern in other.patterns {
      var bare = pattern
      bare.count = 0
      bare.previous = 0
      let number = Int(insert(bare))
      patterns[number].count += pattern.count
      patterns[number].previous += pattern.previous
    }
  }
}

extension PatternTable.Pattern {
  /// Neighbouring dynamic tokens, with signs that hold numbers together between them, are one: `<Time-1>`, `<IPAddress-2>`, `<UUID-3>`, or
  /// `<Token-4>` where it is none of these.
  ///
  /// Source: CloudWatch Logs User Guide, pattern.
  var text: [UInt8] {
    var bytes: [UInt8] = []
    var (position, number) = (0, 0)
    while position < tokens.count {
      guard let token = tokens[position] else {
        let (start, hasColons) = (position, run(&position))
        number += 1
        bytes.append(contentsOf: "<\(name(start..<position, hasColons))-\(number)>".utf8)
        continue
      }
      bytes += token
      position += 1
    }
    return bytes
  }

  /// Goes behind the dynamic tokens that belong together. Answers how many colons are between them.
  private func run(_ position: inout Int) -> Int {
    var colons = 0
    position += 1
    while position + 1 < tokens.count, let sign = tokens[position], tokens[position + 1] == nil,
      sign == [UInt8(ascii: ":")] || sign == [UInt8(ascii: "/")] || sign == [UInt8(ascii: ",")]
    {
      colons += sign == [UInt8(ascii: ":")] ? 1 : 0
      position += 2
    }
    return colons
  }

  private func name(_ range: Range<Int>, _ colons: Int) -> String {
    let first = kinds[range.lowerBound]
    if first == .date || colons == 2 && first == .number { return "Time" }
    if first == .address, range.count == 1 || colons == 1 && range.count == 3 { return "IPAddress" }
    return first == .uuid && range.count == 1 ? "UUID" : "Token"
  }
}

/// What a word with digits looks like.
enum TokenKind: UInt8 {
  case other
  /// Digits, and points among them.
  case number
  /// Begins with year, month and day.
  case date
  case address
  case uuid

  init(_ word: UnsafeBufferPointer<UInt8>) {
    let digits = word.count { $0 &- 48 < 10 }
    let points = word.count { $0 == UInt8(ascii: ".") }
    if digits + points == word.count {
      self = points == 3 && word.count <= 15 ? .address : .number
    } else if word.count >= 10, word[4] == 45, word[7] == 45, word[..<4].allSatisfy({ $0 &- 48 < 10 }), word[8] &- 48 < 10 {
      self = .date
    } else if word.count == 36, [8, 13, 18, 23].allSatisfy({ word[$0] == 45 }), word.allSatisfy(Self.isHex) {
      self = .uuid
    } else {
      self = .other
    }
  }

  private static func isHex(_ byte: UInt8) -> Bool { byte &- 48 < 10 || (byte | 0x20) &- 97 < 6 || byte == 45 }
}

/// How bad a message says it is.
enum Severity {
  private static let words: [(label: String, words: [String])] = [
    ("FATAL", ["fatal", "panic", "critical", "emerg"]), ("ERROR", ["error", "exception", "fail", "traceback", "severe"]),
    ("WARN", ["warn"]), ("INFO", ["info", "notice"]), ("DEBUG", ["debug"]), ("TRACE", ["trace"]),
  ]

  /// Of the first kind of word found in the first kilobyte, worst first; none is empty.
  static func of(_ text: Text) -> String {
    let beginning = String(decoding: text.buffer.prefix(1_024), as: UTF8.self).lowercased()
    for (label, words) in words where words.contains(where: { beginning.contains($0) }) { return label }
    return ""
  }
}
