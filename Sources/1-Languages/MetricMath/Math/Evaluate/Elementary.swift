#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The elementary functions come from the system's C library; Foundation is not needed for them.

func mathPower(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
func naturalLogarithm(_ value: Double) -> Double { log(value) }
func decimalLogarithm(_ value: Double) -> Double { log10(value) }
