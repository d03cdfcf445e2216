import ServiceKit

extension Fault {
  static let topicNotFound = Fault("NotFoundException", "Topic does not exist", status: 404, queryCode: "NotFound")
  static let subscriptionNotFound = Fault("NotFoundException", "Subscription does not exist", status: 404, queryCode: "NotFound")
  static func parameter(_ reason: String) -> Fault {
    Fault("InvalidParameterException", "Invalid parameter: \(reason)", queryCode: "InvalidParameter")
  }
}
