import JSON
import ServiceKit

extension Fault {
  static func pipeNotFound(_ name: String) -> Fault { Fault("NotFoundException", "Pipe \(name) does not exist.", status: 404) }

  static func pipeConflict(_ name: String, _ message: String) -> Fault {
    Fault("ConflictException", message, status: 409, fields: ["resourceId": .string(name), "resourceType": "Pipe"])
  }

  static func pipeQuota(_ name: String) -> Fault {
    Fault(
      "ServiceQuotaExceededException", "The account has reached its limit of 1000 pipes in this Region.", status: 402,
      fields: ["resourceId": .string(name), "resourceType": "Pipe", "serviceCode": "pipes", "quotaCode": "L-6A42BB6E"])
  }
}
