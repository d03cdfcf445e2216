import StatesLanguage
import Testing

/// Which variables states read.
@Suite struct VariableReferenceTests {
  @Test func everyFieldCounts() throws {
    let references = try machine(
      #"""
      {"StartAt":"A","States":{
       "A":{"Type":"Pass","Assign":{"a":1,"b":2,"c":3,"d":4},"Next":"B"},
       "B":{"Type":"Pass","Parameters":{"x.$":"$a","y.$":"States.Format('{}', $b.inner)"},"Assign":{"c.$":"$c"},"Next":"C"},
       "C":{"Type":"Choice","Choices":[{"Variable":"$d","IsPresent":true,"Assign":{"e.$":"$a"},"Next":"D"},
         {"Variable":"$.x","NumericEqualsPath":"$b","Next":"D"}],"Default":"D"},
       "D":{"Type":"Wait","SecondsPath":"$a","Next":"E"},
       "E":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{},"TimeoutSecondsPath":"$b","Credentials":{"RoleArn.$":"$c"},
         "Catch":[{"ErrorEquals":["States.ALL"],"Assign":{"f.$":"$d"},"Next":"F"}],"Next":"F"},
       "F":{"Type":"Map","ItemsPath":"$a","MaxConcurrencyPath":"$b",
         "ItemProcessor":{"StartAt":"G","States":{"G":{"Type":"Pass","OutputPath":"$c","End":true}}},"End":true}}}
      """#
    ).variableReferences()
    #expect(references == ["B": ["a", "b", "c"], "C": ["a", "b", "d"], "D": ["a"], "E": ["b", "c", "d"], "F": ["a", "b"], "G": ["c"]])
  }

  @Test func everyExpressionCounts() throws {
    let definition = try machine(
      #"""
      {"QueryLanguage":"JSONata","StartAt":"A","States":{
       "A":{"Type":"Pass","Assign":{"a":1,"b":"{% $states.input.x %}"},"Next":"B"},
       "B":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Arguments":{"x":"{% $a.b & $uuid() %}"},
         "TimeoutSeconds":"{% $b %}","HeartbeatSeconds":"{% $c %}","Output":"{% ($local := 1; $local + $d) %}","Next":"C"},
       "C":{"Type":"Wait","Seconds":"{% $a %}","Next":"D"},
       "D":{"Type":"Choice","Choices":[{"Condition":"{% $exists($b) %}","Next":"E"}],"Default":"E"},
       "E":{"Type":"Parallel","Branches":[{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"{% $a %}","Cause":"{% $b %}"}}}],
         "Catch":[{"ErrorEquals":["States.ALL"],"Output":"{% $c %}","Next":"G"}],"Next":"G"},
       "G":{"Type":"Map","Items":"{% $a %}","MaxConcurrency":"{% $b %}","ToleratedFailureCount":"{% $c %}",
         "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"H",
           "States":{"H":{"Type":"Succeed","Output":"{% $d %}"}}},"End":true}}}
      """#)
    #expect(
      definition.variableReferences() == [
        "B": ["a", "b", "c", "d"], "C": ["a"], "D": ["b"], "E": ["c"], "F": ["a", "b"], "G": ["a", "b", "c"], "H": ["d"],
      ])
    let inner = try #require(definition.flows.firstIndex { $0.position(of: "H") != nil })
    #expect(definition.variableReferences(of: inner) == ["H": ["d"]])
    #expect(definition.variableReferences(of: 99) == [:])
  }

  @Test func unassignedVariablesAreFoundInEveryField() throws {
    let found = try machine(
      #"""
      {"QueryLanguage":"JSONata","StartAt":"C","States":{"C":{"Type":"Wait","Seconds":"{% $none %}","Next":"F"},
       "F":{"Type":"Fail","Cause":"{% $other %}"}}}
      """#
    ).analyze().map { "\($0.code.rawValue) \($0.location ?? "")" }
    #expect(found == ["UNASSIGNED_VARIABLE /States/C/Seconds", "UNASSIGNED_VARIABLE /States/F/Cause"])
  }
}
