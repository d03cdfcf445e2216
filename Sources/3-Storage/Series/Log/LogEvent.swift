import Time

/// An event to be stored.
package struct LogEvent: Hashable, Sendable {
  /// Stored in whole milliseconds, rounded down.
  package var timestamp: Timestamp
  /// UTF-8; stored as it is, whatever it holds.
  package var message: [UInt8]
  /// Ranges of the message's bytes that hold sensitive data, stored with it: whoever reads may see `*` there instead.
  package var marks: [Range<Int>] = []

  package init(timestamp: Timestamp, message: [UInt8], marks: [Range<Int>] = []) {
    self.timestamp = timestamp
    self.message = message
    self.marks = marks
  }
}

/// Ranges of a message as bytes: how many, then for each the distance from the end of the one before and the length.
enum LogMarks {
  /// Ranges that lie in the message, in order and without overlaps.
  static func put(_ marks: [Range<Int>], of count: Int, to bytes: inout [UInt8]) {
    var kept: [Range<Int>] = []
    for mark in marks.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      let mark = mark.clamped(to: 0..<count)
      if mark.isEmpty { continue }
      if let last = kept.last, mark.lowerBound <= last.upperBound {
        kept[kept.count - 1] = last.lowerBound..<max(last.upperBound, mark.upperBound)
      } else {
        kept.append(mark)
      }
    }
    bytes.put(varint: kept.count)
    var end = 0
    for mark in kept {
      bytes.put(varint: mark.lowerBound - end)
      bytes.put(varint: mark.count)
      end = mark.upperBound
    }
  }

  static func skip(_ reader: inout ByteReader) -> Range<Int> {
    let start = reader.place
    let count = reader.length()
    for _ in 0..<count where !reader.isBroken { _ = (reader.varint(), reader.varint()) }
    return start..<reader.place
  }

  /// Writes `*` over what the marks name.
  static func apply(_ marks: UnsafeRawBufferPointer, to message: UnsafeMutableRawBufferPointer) {
    var reader = ByteReader(marks)
    let count = reader.length()
    var end = 0
    for _ in 0..<count {
      let (distance, length) = (reader.varint(), reader.varint())
      guard !reader.isBroken, distance <= UInt64(message.count - end), length <= UInt64(message.count - end) - distance else { return }
      let start = end + Int(distance)
      end = start + Int(length)
      for place in start..<end { message[place] = UInt8(ascii: "*") }
    }
  }

  static func masked(_ message: UnsafeRawBufferPointer, _ marks: UnsafeRawBufferPointer) -> [UInt8] {
    var bytes = Array(message)
    bytes.withUnsafeMutableBytes { apply(marks, to: $0) }
    return bytes
  }
}

/// Events for one stream.
package struct LogBatch: Sendable {
  package var group: String
  package var stream: String
  package var events: [LogEvent]

  package init(group: String, stream: String, events: [LogEvent]) {
    self.group = group
    self.stream = stream
    self.events = events
  }
}

/// What became of an append.
package struct LogAppend: Hashable, Sendable {
  /// The ids of the first and last event in the order in which they are read.
  package let firstID: LogEventID
  package let lastID: LogEventID
  package let ingestedAt: Timestamp
}

/// An event as it is read.
package struct StoredLogEvent: Hashable, Sendable {
  package let id: LogEventID
  package let stream: String
  package let timestamp: Timestamp
  package let ingestedAt: Timestamp
  package let message: [UInt8]
}

/// What is known of a stream that has events.
package struct LogStreamInfo: Hashable, Sendable {
  package let name: String
  package let firstEvent: Timestamp?
  package let lastEvent: Timestamp?
  package let lastIngestion: Timestamp?
  /// Bytes the events take on disk.
  package let storedBytes: Int
  package let eventCount: Int
}

/// Events of one stream, in the order of time whichever way they were read.
package struct LogPage: Sendable {
  package let events: [StoredLogEvent]
  /// Reading forward from here finds what follows the page; it is where the reading began when the page is empty.
  package let forwardPosition: LogPosition
  /// Reading backward from here finds what precedes the page.
  package let backwardPosition: LogPosition
}

/// Events of many streams, merged by time.
package struct LogScan: Sendable {
  package let events: [StoredLogEvent]
  /// Where to go on; nil when everything has been looked at.
  package let next: LogPosition?
  package let scannedBytes: Int
}

/// What was just stored, for those who follow.
package struct LogAppended: Sendable {
  package let group: String
  package let stream: String
  /// In the order in which they are read.
  package let events: [LogEvent]
  /// Of the first event; the others' numbers follow.
  package let firstSequence: UInt64
  package let ingestedAt: Timestamp

  package func id(_ place: Int) -> LogEventID {
    LogEventID(time: events[place].timestamp.milliseconds, sequence: firstSequence + UInt64(place))
  }
}
