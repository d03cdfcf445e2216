import ServiceKit
import Store

/// Deletes the schedules of a group that is being deleted, some at a time, then the group.
struct EmptyGroup: Worker {
  static let queue = "scheduler.empty-group"

  static func run(_ task: AgendaTask, _ work: Work<Scheduler>) async throws {
    let name = try work.payload(String.self)
    while true {
      let left = try await work.write { call in
        let page: Page<Schedule> = try call.transaction.page(Schedule.self, in: call.partition, prefix: "\(name)/", limit: 100)
        for schedule in page.items { try call.remove(schedule.key) }
        return page.next != nil
      }
      if !left { break }
    }
    try await work.finish { try $0.delete(ScheduleGroup.self, name) }
  }
}
