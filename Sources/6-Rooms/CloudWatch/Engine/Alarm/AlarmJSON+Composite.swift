import JSON
import ServiceKit
import Time

extension CompositeAlarm {
  var eventConfiguration: JSONObject {
    var object: JSONObject = ["alarmRule": .string(rule)]
    object["description"] = description.map { .string($0) }
    object["actionsSuppressor"] = suppressor.map { .string($0) }
    object["actionsSuppressorWaitPeriod"] = waitPeriod.map { .int(Int64($0)) }
    object["actionsSuppressorExtensionPeriod"] = extensionPeriod.map { .int(Int64($0)) }
    return object
  }

  var ownConfiguration: JSONObject {
    var object = eventConfiguration
    object["description"] = nil
    return object
  }

  func notification() -> JSONObject {
    let triggering = stateReasonData?["triggeringAlarms"]?.array ?? []
    return [
      "AlarmRule": .string(rule),
      "TriggeringChildren": .array(
        triggering.map { child in
          [
            "Arn": child["arn"] ?? .null,
            "State": ["Value": child["state"]?["value"] ?? .null, "Timestamp": child["state"]?["timestamp"] ?? .null],
          ]
        }),
    ]
  }
}
