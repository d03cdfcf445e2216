import ServiceKit
import Store
import Time

/// What the dispatcher knows of a job that waits for room.
struct RunnableJob: Sendable {
  var id: String
  var queue: String
  var cpus: Double
  /// MiB.
  var memory: Int

  init(_ job: Job) {
    id = job.id
    queue = job.queue
    cpus = job.container.requiredCPUs
    memory = job.container.requiredMemory ?? 0
  }
}

/// Who waits and who runs: the dispatcher's memory, a pure value. The store is the truth; it is rebuilt from there at every start.
struct RunQueue: Sendable {
  struct Key: Hashable, Sendable {
    var partition: Partition
    var queue: String
  }
  struct Place: Sendable {
    var partition: Partition
    var environment: String
    var cpus: Double
    var memory: Int
  }
  /// A queue as it is now, in the order in which queues are served.
  struct QueueState: Sendable {
    var key: Key
    /// Enabled environments by name, in the queue's order, with their vCPUs.
    var environments: [(name: String, maxvCpus: Double)]
  }

  /// MiB that jobs may use together.
  var machineMemory: Int
  private(set) var waiting: [Key: [RunnableJob]] = [:]
  /// Positions in `waiting` before which everything has been taken, so that taking does not move the rest.
  private var heads: [Key: Int] = [:]
  private(set) var running: [String: Place] = [:]
  private var usedCPUs: [String: Double] = [:]
  private var usedMemory = 0

  init(machineMemory: Int) { self.machineMemory = machineMemory }

  mutating func enqueue(_ job: RunnableJob, in partition: Partition) {
    waiting[Key(partition: partition, queue: job.queue), default: []].append(job)
  }

  mutating func start(_ job: RunnableJob, in partition: Partition, on environment: String) {
    running[job.id] = Place(partition: partition, environment: environment, cpus: job.cpus, memory: job.memory)
    usedCPUs["\(partition.text)/\(environment)", default: 0] += job.cpus
    usedMemory += job.memory
  }

  mutating func free(_ id: String) {
    guard let place = running.removeValue(forKey: id) else { return }
    usedCPUs["\(place.partition.text)/\(place.environment)", default: 0] -= place.cpus
    usedMemory -= place.memory
  }

  /// Takes the jobs that may start now: queues in the given order, within a queue the oldest first. A job that this machine can never
  /// run is passed over, so that it blocks nobody; one that only waits for room blocks those behind it.
  mutating func take(_ queues: [QueueState], limit: Int) -> [(job: RunnableJob, partition: Partition, environment: String)] {
    var taken: [(job: RunnableJob, partition: Partition, environment: String)] = []
    for queue in queues {
      var left: [RunnableJob] = []
      let jobs = waiting[queue.key] ?? []
      var position = heads[queue.key] ?? 0
      while position < jobs.count, taken.count < limit {
        let job = jobs[position]
        if job.memory > machineMemory || !queue.environments.contains(where: { job.cpus <= $0.maxvCpus }) {
          left.append(job)
          position += 1
          continue
        }
        guard usedMemory + job.memory <= machineMemory,
          let environment = queue.environments.first(where: { fits(job, $0, queue.key.partition) })
        else { break }
        start(job, in: queue.key.partition, on: environment.name)
        taken.append((job, queue.key.partition, environment.name))
        position += 1
      }
      keep(left, jobs, from: position, for: queue.key)
    }
    return taken
  }

  private mutating func keep(_ left: [RunnableJob], _ jobs: [RunnableJob], from position: Int, for key: Key) {
    if !left.isEmpty || position > 4_096 || position >= jobs.count {
      waiting[key] = left + jobs[position...]
      heads[key] = 0
    } else {
      heads[key] = position
    }
  }

  private func fits(_ job: RunnableJob, _ environment: (name: String, maxvCpus: Double), _ partition: Partition) -> Bool {
    (usedCPUs["\(partition.text)/\(environment.name)"] ?? 0) + job.cpus <= environment.maxvCpus
  }

  var hasWaiting: Bool { waiting.contains { key, jobs in jobs.count > heads[key] ?? 0 } }

  /// Why a job waits, in one sentence with the evidence.
  func reason(_ job: RunnableJob, _ queue: QueueState) -> String {
    if queue.environments.isEmpty { return "Waiting: no compute environment of job queue \(job.queue) is enabled." }
    if job.memory > machineMemory {
      return "Waiting: it needs \(job.memory) MiB of memory, and this machine has \(machineMemory) MiB for jobs."
    }
    guard let largest = queue.environments.map(\.maxvCpus).max(), job.cpus <= largest else {
      let sizes = queue.environments.map { "\($0.name) has \($0.maxvCpus)" }.joined(separator: ", ")
      return "Waiting: it needs \(job.cpus) vCPUs, and \(sizes)."
    }
    if usedMemory + job.memory > machineMemory {
      return "Waiting: it needs \(job.memory) MiB of memory, and \(max(0, machineMemory - usedMemory)) of \(machineMemory) MiB are free."
    }
    let jobs = waiting[queue.key] ?? []
    if let position = jobs[(heads[queue.key] ?? 0)...].firstIndex(where: { $0.id == job.id }), position > heads[queue.key] ?? 0 {
      return "Waiting: \(position - (heads[queue.key] ?? 0)) jobs are before it in job queue \(job.queue)."
    }
    let free = queue.environments.map { environment -> String in
      let used = usedCPUs["\(queue.key.partition.text)/\(environment.name)"] ?? 0
      return "\(max(0, environment.maxvCpus - used)) of \(environment.maxvCpus) are free in \(environment.name)"
    }
    return "Waiting: it needs \(job.cpus) vCPUs, and \(free.joined(separator: ", "))."
  }
}
