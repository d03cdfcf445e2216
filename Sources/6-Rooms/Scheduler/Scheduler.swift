import JSON
import ServiceKit
import Store
import Time
import Wire

/// Schedules that call any operation at their times. Source: EventBridge Scheduler API Reference.
package final class Scheduler: Room {
  package static let identity = ServiceIdentity(
    id: "scheduler", signingName: "scheduler", protocols: [.restJson1], apiVersion: "2021-06-30",
    xmlNamespace: "http://scheduler.amazonaws.com/doc/2021-06-30")
  package static let memberCase = JSONMemberCase.pascal
  package static let operations: [any OperationDescription<Scheduler>.Type] = [
    CreateSchedule.self, UpdateSchedule.self, GetSchedule.self, DeleteSchedule.self, ListSchedules.self,
    CreateScheduleGroup.self, GetScheduleGroup.self, DeleteScheduleGroup.self, ListScheduleGroups.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self,
  ]
  package static let extensions: [any OperationDescription<Scheduler>.Type] = [
    ListDeliveries.self, ListScheduleRuns.self, RunSchedule.self, GetScheduleStatus.self, ListScheduleStatuses.self,
    ForecastSchedules.self, PutCatchUpPolicy.self, GetCatchUpPolicy.self, StartBackfill.self, DescribeBackfill.self, ListBackfills.self,
    CancelBackfill.self,
  ]
  package static let workers: [any Worker<Scheduler>.Type] = [
    FireSchedule.self, CallTarget.self, EmptyGroup.self, CatchUpSchedule.self, AdvanceBackfill.self, AccountRuns<Scheduler>.self,
    ForgetRuns<Scheduler>.self,
  ]

  package let context: RoomContext
  let count = ScheduleCount()
  /// How many schedules an account may have in a region; nil for any number.
  let most: Int?

  /// - Parameter most: by default AWS's quota in the profile `aws`, none in `open`.
  package init(_ context: RoomContext, most: Int? = nil) {
    self.context = context
    self.most = most ?? (context.limits == .aws ? 1_000_000 : nil)
  }

  package func start() async throws {
    guard most != nil else { return }
    let counts = try await context.store.read { transaction in
      try transaction.partitions(holding: Schedule.kind).map { partition in
        (partition, try transaction.count(Schedule.kind, in: partition, prefix: ""))
      }
    }
    for (partition, number) in counts { count.add(number, partition) }
  }
}
