import JSON
import ServiceKit

/// What only partners of AWS call: refused, because nobody is one here.
///
/// Source: Amazon EventBridge API Reference, OperationDisabledException.
protocol PartnerOperation: Operation where Home == EventBridge, Input == Empty, Output == Empty {}

extension PartnerOperation {
  static func run(_ input: Empty, _ call: Call<EventBridge>) throws -> Empty {
    throw Fault(
      "OperationDisabledException", "\(name) is for partners of AWS, of which Martlet has none: put events with PutEvents instead.")
  }
}

struct CreatePartnerEventSource: PartnerOperation {}
struct DeletePartnerEventSource: PartnerOperation {}
struct DescribePartnerEventSource: PartnerOperation {}
struct ListPartnerEventSources: PartnerOperation {}
struct ListPartnerEventSourceAccounts: PartnerOperation {}
struct PutPartnerEvents: PartnerOperation {}
struct ActivateEventSource: PartnerOperation {}
struct DeactivateEventSource: PartnerOperation {}
