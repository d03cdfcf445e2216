import ServiceKit

extension Fault {
  static func userNotFound(_ name: String) -> Fault {
    Fault("NoSuchEntity", "The user with name \(name) cannot be found.", status: 404)
  }
  static func roleNotFound(_ name: String) -> Fault {
    Fault("NoSuchEntity", "The role with name \(name) cannot be found.", status: 404)
  }
  static func accessKeyNotFound(_ id: String) -> Fault {
    Fault("NoSuchEntity", "The Access Key with id \(id) cannot be found.", status: 404)
  }
  static func userExists(_ name: String) -> Fault {
    Fault("EntityAlreadyExists", "User with name \(name) already exists.", status: 409)
  }
  static func roleExists(_ name: String) -> Fault {
    Fault("EntityAlreadyExists", "Role with name \(name) already exists.", status: 409)
  }
  static let tooManyKeys = Fault("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", status: 409)
  static let keysLeft = Fault("DeleteConflict", "Cannot delete entity, must delete access keys first.", status: 409)
  static let userNameNeeded = Fault("ValidationError", "Must specify userName when calling with non-User credentials")
}
