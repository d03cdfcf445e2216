import Synchronization

extension MetricEngine {
  /// Every scope that has series, in order.
  package var scopes: [String] {
    state.withLock { state in
      let keys = state.sorted ?? state.units.keys.sorted()
      state.sorted = keys
      var found: [String] = []
      var place = 0
      while place < keys.count {
        let scope = keys[place].scope
        found.append(scope)
        var (low, high) = (place, keys.count)
        while low < high {
          let middle = (low + high) / 2
          if keys[middle].scope <= scope { low = middle + 1 } else { high = middle }
        }
        place = low
      }
      return found
    }
  }
}
