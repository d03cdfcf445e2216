import Time

/// An event to be stored.
package struct LogEvent: Hashable, Sendable {
  /// Stored in whole milliseconds, rounded down.
  package var timestamp: Timestamp
  /// UTF-8; stored as it is, whatever it holds.
  package var message: [UInt8]

  package init(timestamp: Timestamp, message: [UInt8]) {
    self.timestamp = timestamp
    self.message = message
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
