import Time

/// What happens to an attempt.
package enum ExecutionEvent: Sendable, Equatable {
  case started(id: String, pid: Int32, at: Timestamp)
  case output(id: String, lines: [OutputLine])
  case sample(id: String, ResourceSample)
  case exited(id: String, ExitReport)
}

/// A line of the output, without its end. Invalid UTF-8 is repaired; lines over 256 KiB are split.
package struct OutputLine: Sendable, Equatable {
  package var at: Timestamp
  package var text: String

  package init(at: Timestamp, text: String) {
    self.at = at
    self.text = text
  }
}

/// What an attempt's processes use together.
package struct ResourceSample: Sendable, Equatable {
  package var at: Timestamp
  /// Since the start.
  package var cpuSeconds: Double
  /// Of one core, since the sample before.
  package var cpuPercent: Double
  package var memoryBytes: Int
  package var diskReadBytes: Int
  package var diskWriteBytes: Int
  /// Nil where it can not be told for one job.
  package var networkReceiveBytes: Int?
  package var networkTransmitBytes: Int?
  package var processes: Int

  package init(
    at: Timestamp, cpuSeconds: Double, cpuPercent: Double, memoryBytes: Int, diskReadBytes: Int, diskWriteBytes: Int,
    networkReceiveBytes: Int?, networkTransmitBytes: Int?, processes: Int
  ) {
    self.at = at
    self.cpuSeconds = cpuSeconds
    self.cpuPercent = cpuPercent
    self.memoryBytes = memoryBytes
    self.diskReadBytes = diskReadBytes
    self.diskWriteBytes = diskWriteBytes
    self.networkReceiveBytes = networkReceiveBytes
    self.networkTransmitBytes = networkTransmitBytes
    self.processes = processes
  }
}

/// How an attempt ended.
package struct ExitReport: Sendable, Equatable {
  package var at: Timestamp
  package var startedAt: Timestamp?
  package var reason: ExitReason
  package var peakMemoryBytes: Int?
  package var cpuSeconds: Double?

  package init(at: Timestamp, startedAt: Timestamp?, reason: ExitReason, peakMemoryBytes: Int?, cpuSeconds: Double?) {
    self.at = at
    self.startedAt = startedAt
    self.reason = reason
    self.peakMemoryBytes = peakMemoryBytes
    self.cpuSeconds = cpuSeconds
  }
}

package enum ExitReason: Sendable, Equatable {
  case exited(code: Int32)
  case signaled(Int32)
  case outOfMemory(limitMiB: Int)
  /// The command could not be run at all.
  case neverStarted(String)
  /// Its end was not seen: the machine restarted, say.
  case lost(String)
}
