import Foundation
import LogsInsights

/// A block of events, as a store would hold it after decompression.
struct Block {
  var bytes: [UInt8] = []
  var starts: [UInt32] = []
  var ends: [UInt32] = []
  var times: [Int64] = []
  var origins: [UInt32] = []
}

/// All events of a folder of generated logs, in blocks of about a megabyte.
final class Logs {
  private(set) var blocks: [Block] = []
  private(set) var origins: [LogOrigin] = []
  private(set) var count = 0
  private(set) var bytes = 0
  private var numbers: [String: UInt32] = [:]

  init(folder: String) throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".tsv") }.sorted()
    for file in files { read(try Data(contentsOf: URL(filePath: folder + "/" + file))) }
    if files.isEmpty { throw CocoaError(.fileNoSuchFile) }
  }

  private func read(_ data: Data) {
    var block = Block()
    data.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        start = end + 1
        guard let first = line.firstIndex(of: 0x09), let second = line[(first + 1)...].firstIndex(of: 0x09) else { continue }
        block.starts.append(UInt32(block.bytes.count))
        block.bytes.append(contentsOf: line[(second + 1)...])
        block.ends.append(UInt32(block.bytes.count))
        block.bytes.append(0x0A)
        block.times.append(Int64(String(decoding: line[..<first], as: UTF8.self)) ?? 0)
        block.origins.append(origin(String(decoding: line[(first + 1)..<second], as: UTF8.self)))
        if block.bytes.count >= 1 << 20 {
          keep(block)
          block = Block()
        }
      }
    }
    keep(block)
  }

  private func keep(_ block: Block) {
    blocks.append(block)
    count += block.times.count
    bytes += block.bytes.count - block.times.count
  }

  private func origin(_ stream: String) -> UInt32 {
    if let number = numbers[stream] { return number }
    origins.append(LogOrigin(log: "123456789012:/aws/batch/job", stream: stream))
    numbers[stream] = UInt32(origins.count - 1)
    return UInt32(origins.count - 1)
  }

  /// Gives the scan every event of the time range, oldest first.
  func give(to scan: Scan, times: Range<Int64>?) throws {
    var location: UInt64 = 0
    for block in blocks {
      defer { location += UInt64(block.times.count) }
      var range = 0..<block.times.count
      if let times {
        range = (block.times.firstIndex { $0 >= times.lowerBound } ?? range.upperBound)..<range.upperBound
        range = range.lowerBound..<(block.times[range].firstIndex { $0 >= times.upperBound } ?? range.upperBound)
        if range.isEmpty { continue }
      }
      try block.bytes.withUnsafeBufferPointer { bytes in
        try block.starts.withUnsafeBufferPointer { starts in
          try block.ends.withUnsafeBufferPointer { ends in
            try block.times.withUnsafeBufferPointer { times in
              try block.origins.withUnsafeBufferPointer { numbers in
                let batch = EventBatch(
                  bytes: bytes, starts: starts, ends: ends, timestamps: times, originNumbers: numbers, origins: origins,
                  firstLocation: location)
                try scan.add(batch, range)
              }
            }
          }
        }
      }
    }
  }
}
