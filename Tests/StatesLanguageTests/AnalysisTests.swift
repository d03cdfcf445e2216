import JSON
import StatesLanguage
import Testing

/// What cannot go well although it is accepted.
@Suite struct AnalysisTests {
  private func warnings(_ text: String) throws -> [String] {
    try machine(text).analyze().map { "\($0.code.rawValue) \($0.location ?? ""): \($0.message)" }
  }

  private func pass(_ rest: String) -> String { #"{"Type":"Pass",\#(rest)}"# }

  @Test func pathsThatCannotResolve() throws {
    let found = try warnings(
      #"""
      {"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"a":{"b":1}},"Next":"B"},
       "B":{"Type":"Pass","Parameters":{"x.$":"$.a.b","y.$":"$.a.c","z.$":"$.a.b.d"},"Next":"C"},
       "C":{"Type":"Choice","Choices":[{"Variable":"$.y","IsNull":true,"Next":"D"},{"Variable":"$.q","IsPresent":true,"Next":"D"},
         {"Variable":"$.q","NumericEquals":1,"Next":"D"}],"Default":"D"},
       "D":{"Type":"Wait","SecondsPath":"$.later","End":true}}}
      """#)
    #expect(
      found == [
        "UNRESOLVABLE_PATH /States/B/Parameters: The path '$.a.c' cannot resolve: no state before provides 'c'",
        "UNRESOLVABLE_PATH /States/B/Parameters: The path '$.a.b.d' cannot resolve: no state before provides 'd'",
        "UNRESOLVABLE_PATH /States/C/Choices[2]: The path '$.q' cannot resolve: no state before provides 'q'",
        "UNRESOLVABLE_PATH /States/D/SecondsPath: The path '$.later' cannot resolve: no state before provides 'later'",
      ])
  }

  @Test func whatIsNotKnownIsNotWarnedOf() throws {
    #expect(
      try warnings(
        #"""
        {"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"in.$":"$"},"Next":"T"},
         "T":{"Type":"Task","Resource":"\#(lambda)","ResultPath":"$.r","Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.e","Next":"B"}],"Next":"B"},
         "B":{"Type":"Pass","Parameters":{"a.$":"$.in.anything","b.$":"$.r.x","c.$":"$.e.Cause","d.$":"$$.Execution.Id"},"Next":"A"},
         "End":{"Type":"Succeed"}}}
        """#.replacing(#""Next":"A"}"#, with: #""Next":"End"}"#)) == [])
  }

  @Test func loopsEnd() throws {
    #expect(
      try warnings(
        #"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"d.$":"$"},"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.d.d.d.stop","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}"#
      ) == [])
  }

  /// Shapes that grow tenfold in every round of a loop are given up and not followed.
  @Test func growingLoops() throws {
    let fields = (0..<10).map { #""m\#($0).$":"$""# }.joined(separator: ",")
    #expect(
      try warnings(
        #"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{\#(fields)},"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.m1.m1.stop","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}"#
      ) == [])
  }

  @Test func variables() throws {
    let found = try warnings(
      #"""
      {"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"a":"{% $b + $sum([1]) %}"},"Next":"P"},
       "P":{"Type":"Parallel","Branches":[{"StartAt":"Q","States":{"Q":{"Type":"Pass","Assign":{"a":1,"inner":"{% $a %}"},"End":true}}}],
         "Output":"{% $inner %}","End":true}}}
      """#)
    #expect(
      found == [
        "UNASSIGNED_VARIABLE /States/A/Assign: The variable '$b' is assigned nowhere",
        "UNASSIGNED_VARIABLE /States/P/Output: The variable '$inner' is assigned nowhere",
        "VARIABLE_OF_OUTER_FLOW /States/P/Branches[0]/States/Q/Assign: The variable '$a' is assigned in a flow around this one, where no flow inside may assign it",
      ])
  }

  @Test func childrenOfDistributedMapsSeeNoVariables() throws {
    let found = try warnings(
      #"""
      {"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"a":1},"Next":"M"},"M":{"Type":"Map","ItemProcessor":{
       "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Pass","Parameters":{"x.$":"$a"},"End":true}}},"End":true}}}
      """#)
    #expect(found == ["UNASSIGNED_VARIABLE /States/M/ItemProcessor/States/I/Parameters: The variable '$a' is assigned nowhere"])
  }

  @Test func integrations() throws {
    for (arn, known) in [
      ("arn:aws:states:::batch:submitJob.sync", true), ("arn:aws:states:::batch:submitJob.waitForTaskToken", false),
      ("arn:aws:states:::aws-sdk:s3:getObject", true), ("arn:aws:states:::aws-sdk:s3:getObject.sync", false),
      ("arn:aws:states:::states:startExecution.sync:2", true), ("arn:aws:states:::tea:brew", false),
      ("arn:aws:states:::sns:publish.waitForTaskToken", true), ("arn:aws:states:::lambda:invokeAll", false),
    ] {
      guard case .integration(let integration)? = TaskResource(arn: arn) else {
        Issue.record("\(arn) is no integration")
        continue
      }
      #expect(integration.isKnown == known, "\(arn)")
    }
  }

  @Test func places() {
    let text = #"""
      {
        "StartAt": "é",
        "States": {"é": {"Type": "Choice", "Choices": [{}, {"Next" : "x"}]}, "a/b": {"Type":"Pass"},
          "a": {"b": {"Type": 1}}}
      }
      """#
    let tree = SourceTree(json: Array(text.utf8))
    func at(_ location: String?) -> String { "\(tree.position(of: location).line):\(tree.position(of: location).column)" }
    #expect(at("/States/é/Choices[1]/Next") == "3:55")
    #expect(at("/States/a/b") == "3:72")
    #expect(at("/States/a/b/Type") == "3:80")
    #expect(at("/States/é/Choices[7]/Next") == "3:38")
    #expect(at("/Nothing") == "1:1")
    #expect(at(nil) == "1:1")
    for broken in ["", "{", "{\"a\":", "[1,", "\"\\", "{\"a\" 1}", "]", "{\"a\":[{\"b\":"] {
      _ = SourceTree(json: Array(broken.utf8)).position(of: "/a[0]/b")
    }
    _ = SourceTree(json: Array(String(repeating: "[", count: 100_000).utf8)).position(of: String(repeating: "[0]", count: 5_000))
  }
}
