/// A kind of sensitive data that AWS has a name for.
///
/// Source: CloudWatch Logs User Guide, "Types of data that you can protect".
/// Differs: credit card numbers and hyphenated social security numbers are found without a keyword near them too, when their digits check.
struct ManagedIdentifier: Sendable {
  /// What a message must have somewhere for the expression to be tried.
  enum Trigger: UInt8, Sendable {
    case digit = 1
    case at = 2
    case dashes = 4
    case letter = 8
  }
  var name: String
  var trigger: Trigger
  var expression: String
  /// One of these, in lower case, must stand near; none: nothing need.
  var keywords: [String] = []
  var check: Checksum?

  static let arnPrefix = "arn:aws:dataprotection::aws:data-identifier/"
  static let all = Dictionary((credentials + financial + personal + health).map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  /// What AWS finds and we do not: by models of language, or in forms that are not written down.
  static let notServed: Set<String> = [
    "Address", "Name", "CepCode-BR", "DriversLicense-CA", "ElectoralRollNumber-GB", "HealthInsuranceCardNumber-EU",
    "HealthInsuranceClaimNumber-US", "HealthInsuranceNumber-FR", "HealthcareProcedureCode-US", "NationalDrugCode-US",
    "PersonalHealthNumber-CA", "PermanentResidenceNumber-CA",
  ]

  private static let credentials = [
    ManagedIdentifier(
      name: "AwsSecretKey", trigger: .letter, expression: "(?:^|[^A-Za-z0-9/+=])([A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=])",
      keywords: ["aws_secret_access_key", "credentials", "secret access key", "secret key", "set-awscredential", "secretaccesskey"]),
    key("OpenSshPrivateKey", "OPENSSH PRIVATE KEY"), key("PgpPrivateKey", "PGP PRIVATE KEY BLOCK"),
    key("PkcsPrivateKey", "(?:RSA |DSA |EC |ENCRYPTED )?PRIVATE KEY"),
    ManagedIdentifier(name: "PuttyPrivateKey", trigger: .digit, expression: #"PuTTY-User-Key-File-\d[\s\S]*"#),
  ]

  private static func key(_ name: String, _ title: String) -> ManagedIdentifier {
    ManagedIdentifier(
      name: name, trigger: .dashes, expression: #"-----BEGIN \#(title)-----[\s\S]*?(?:-----END \#(title)-----|$)"#)
  }

  private static let financial = [
    ManagedIdentifier(
      name: "CreditCardNumber", trigger: .digit, expression: #"(?:^|[^\d.])([2-6]\d(?:[ -]?\d){11,17})(?:$|[^\d])"#, check: .luhn),
    ManagedIdentifier(
      name: "CreditCardExpiration", trigger: .digit, expression: #"\b((?:0?[1-9]|1[0-2])[/-](?:20)?\d{2})\b"#,
      keywords: ["exp d", "exp m", "exp y", "expir", "valid thru", "valid to"]),
    ManagedIdentifier(
      name: "CreditCardSecurityCode", trigger: .digit, expression: #"\b(\d{3,4})\b"#,
      keywords: ["card id", "card verification", "card security", "cvc", "cvv", "cvd", "cid", "csc"]),
    ManagedIdentifier(
      name: "BankAccountNumber-US", trigger: .digit, expression: #"\b(\d{9,17})\b"#,
      keywords: ["account #", "account no", "account num", "acct", "bank account", "checking account", "savings account", "routing"]),
    iban("DE", 20), iban("ES", 22), iban("FR", 25), iban("GB", 20), iban("IT", 25),
  ]

  private static func iban(_ country: String, _ length: Int) -> ManagedIdentifier {
    ManagedIdentifier(
      name: "BankAccountNumber-\(country)", trigger: .digit, expression: #"\b(\#(country)\d{2}(?: ?[A-Z0-9]){\#(length - 2)})\b"#,
      check: .iban)
  }

  private static let phone = ["cell", "contact", "fax", "mobile", "phone", "tel", "telefon", "handy", "fijo", "telefono", "portable"]
  private static func phone(_ country: String, _ expression: String) -> ManagedIdentifier {
    ManagedIdentifier(name: "PhoneNumber-\(country)", trigger: .digit, expression: expression, keywords: phone)
  }

  private static let personal = [
    ManagedIdentifier(
      name: "EmailAddress", trigger: .at, expression: #"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}"#),
    ManagedIdentifier(
      name: "IpAddress", trigger: .digit,
      expression:
        #"(?:\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b|\b(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b|\b(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6}\b)"#
    ),
    ManagedIdentifier(name: "Ssn-US", trigger: .digit, expression: #"\b(\d{3}-\d{2}-\d{4})\b"#, check: .socialSecurity),
    ManagedIdentifier(
      name: "IndividualTaxIdentificationNumber-US", trigger: .digit, expression: #"\b(9\d{2}-?[5-9]\d-?\d{4})\b"#,
      keywords: ["i.t.i.n", "itin", "individual taxpayer", "tax id"]),
    phone("US", #"((?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]?\d{3}[ .-]?\d{4})\b"#),
    phone("DE", #"((?:\+49|\b0)[ \d/()-]{6,16}\d)\b"#), phone("FR", #"((?:\+33|\b0)[ .\d-]{8,14}\d)\b"#),
    phone("ES", #"((?:\+34 ?)?[6-9]\d{2}[ -]?\d{3}[ -]?\d{3})\b"#), phone("IT", #"((?:\+39 ?)?[03]\d{1,3}[ .-]?\d{5,8})\b"#),
    phone("GB", #"((?:\+44|\b0)[ \d()-]{8,15}\d)\b"#), phone("BR", #"((?:\+55 ?)?\(?\d{2}\)? ?9?\d{4}-?\d{4})\b"#),
    ManagedIdentifier(
      name: "ZipCode-US", trigger: .digit, expression: #"\b(\d{5}(?:-\d{4})?)\b"#, keywords: ["zip code", "zip+4", "zip", "postal code"]),
    ManagedIdentifier(
      name: "PostalCode-CA", trigger: .digit, expression: #"\b([A-Z]\d[A-Z][ -]?\d[A-Z]\d)\b"#, keywords: ["postal code"]),
    ManagedIdentifier(
      name: "LatLong", trigger: .digit, expression: #"([-+]?\d{1,2}\.\d{3,}\s*,\s*[-+]?\d{1,3}\.\d{3,})"#,
      keywords: ["coordinate", "lat long", "latitude longitude", "latlong", "location", "position", "coords"]),
    ManagedIdentifier(
      name: "VehicleIdentificationNumber", trigger: .digit, expression: #"\b([A-HJ-NPR-Z0-9]{17})\b"#,
      keywords: ["vehicle identification", "vin", "fahrgestellnummer", "numero di telaio", "numero de identificacion"]),
    ManagedIdentifier(
      name: "DriversLicense-US", trigger: .digit, expression: #"\b([A-Z]\d{7,14}|\d{7,9})\b"#,
      keywords: ["dl#", "dl #", "driver license", "drivers license", "driver's license", "driving license", "driver licence"]),
    ManagedIdentifier(
      name: "PassportNumber-US", trigger: .digit, expression: #"\b([A-Z]?\d{8,9})\b"#, keywords: ["passport", "travel document"]),
    ManagedIdentifier(name: "PassportNumber-GB", trigger: .digit, expression: #"\b(\d{9})\b"#, keywords: ["passport"]),
    ManagedIdentifier(
      name: "PassportNumber-CA", trigger: .digit, expression: #"\b([A-Z]{2}\d{6})\b"#, keywords: ["passport", "passeport"]),
    ManagedIdentifier(
      name: "PassportNumber-DE", trigger: .digit, expression: #"\b([CFGHJKLMNPRTVWXYZ0-9]{9})\b"#,
      keywords: ["passport", "reisepass", "passnummer"]),
    ManagedIdentifier(
      name: "PassportNumber-FR", trigger: .digit, expression: #"\b(\d{2}[A-Z]{2}\d{5})\b"#, keywords: ["passport", "passeport"]),
    ManagedIdentifier(
      name: "NationalInsuranceNumber-GB", trigger: .digit,
      expression: #"\b([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D])\b"#,
      keywords: ["insurance no", "insurance num", "national insurance", "nationalinsurance", "nin", "ni number"]),
    ManagedIdentifier(
      name: "SocialInsuranceNumber-CA", trigger: .digit, expression: #"\b(\d{3}[ -]\d{3}[ -]\d{3})\b"#,
      keywords: ["canadian id", "numéro d'assurance sociale", "sin", "social insurance"], check: .luhn),
    ManagedIdentifier(
      name: "CpfCode-BR", trigger: .digit, expression: #"\b(\d{3}\.\d{3}\.\d{3}-\d{2})\b"#, keywords: ["cadastro de pessoas", "cpf"]),
    ManagedIdentifier(
      name: "Cnpj-BR", trigger: .digit, expression: #"\b(\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2})\b"#, keywords: ["cadastro nacional", "cnpj"]),
    ManagedIdentifier(name: "NieNumber-ES", trigger: .digit, expression: #"\b([XYZ]-?\d{7}-?[A-Z])\b"#, keywords: ["extranjer", "nie"]),
    ManagedIdentifier(
      name: "NifNumber-ES", trigger: .digit, expression: #"\b(\d{8}-?[A-Z])\b"#, keywords: ["dni", "nif", "identidad", "fiscal"]),
    ManagedIdentifier(
      name: "InseeCode-FR", trigger: .digit, expression: #"\b([12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3}(?: ?\d{2})?)\b"#,
      keywords: ["assurance sociale", "carte vitale", "insee", "sécurité sociale", "securite sociale"]),
  ]

  private static let health = [
    ManagedIdentifier(
      name: "NationalProviderId-US", trigger: .digit, expression: #"\b([12]\d{9})\b"#,
      keywords: ["hipaa", "n.p.i", "national provider", "npi"]),
    ManagedIdentifier(
      name: "DrugEnforcementAgencyNumber-US", trigger: .digit, expression: #"\b([A-Z]{2}\d{7})\b"#,
      keywords: ["dea number", "dea registration", "dea no", "dea#"]),
    ManagedIdentifier(
      name: "MedicareBeneficiaryNumber-US", trigger: .digit,
      expression: #"\b([1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2})\b"#,
      keywords: ["mbi", "medicare beneficiary"]),
    ManagedIdentifier(
      name: "NhsNumber-GB", trigger: .digit, expression: #"\b(\d{3} ?\d{3} ?\d{4})\b"#, keywords: ["national health service", "nhs"]),
  ]
}

/// What digits have to add up to.
enum Checksum: Sendable {
  case luhn, iban, socialSecurity

  func holds(_ bytes: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .luhn: Self.luhn(bytes)
    case .iban: Self.iban(bytes)
    case .socialSecurity: Self.socialSecurity(bytes)
    }
  }

  private static func digits(_ bytes: ArraySlice<UInt8>) -> [Int] { bytes.compactMap { $0 &- 48 < 10 ? Int($0 &- 48) : nil } }

  private static func luhn(_ bytes: ArraySlice<UInt8>) -> Bool {
    let digits = digits(bytes)
    guard (9...19).contains(digits.count), Set(digits).count > 1 else { return false }
    var sum = 0
    for (place, digit) in digits.reversed().enumerated() {
      let doubled = place % 2 == 1 ? digit * 2 : digit
      sum += doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0
  }

  /// Source: ISO 13616, modulo 97.
  private static func iban(_ bytes: ArraySlice<UInt8>) -> Bool {
    let plain = bytes.filter { $0 != 32 }
    guard plain.count > 4 else { return false }
    var rest = 0
    for byte in plain[4...] + plain[..<4] {
      switch byte {
      case 48...57: rest = (rest * 10 + Int(byte - 48)) % 97
      case 65...90: rest = (rest * 100 + Int(byte - 55)) % 97
      default: return false
      }
    }
    return rest == 1
  }

  private static func socialSecurity(_ bytes: ArraySlice<UInt8>) -> Bool {
    let digits = digits(bytes)
    guard digits.count == 9 else { return false }
    let area = digits[0] * 100 + digits[1] * 10 + digits[2]
    return area != 0 && area != 666 && area < 900 && digits[3] + digits[4] > 0 && digits[5...].contains { $0 > 0 }
  }
}
