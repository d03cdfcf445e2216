"""Event patterns, rules and targets by boto3, and the martlet explain-match program."""

import json
import os
import subprocess

import pytest
from botocore.exceptions import ClientError
from martlet_server import binary

EVENT = {
    "id": "1", "account": "000000000000", "source": "app.train", "time": "2026-01-01T00:00:00Z", "region": "us-east-1",
    "detail-type": "Done", "detail": {"state": "failed", "epochs": 12, "host": "10.0.3.7"},
}
ROLE = "arn:aws:iam::000000000000:role/events"


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]


@pytest.mark.parametrize("pattern, expected", [
    ({"detail": {"state": ["failed", "stopped"]}}, True),
    ({"detail": {"state": [{"anything-but": {"prefix": "fail"}}]}}, False),
    ({"detail": {"epochs": [{"numeric": [">", 10, "<=", 12]}], "host": [{"cidr": "10.0.0.0/16"}]}}, True),
    ({"$or": [{"source": ["x"]}, {"detail-type": [{"equals-ignore-case": "done"}]}]}, True),
    ({"source": [{"wildcard": "app.*n"}], "replay-name": [{"exists": False}]}, True),
])
def test_patterns_are_tested(server, pattern, expected):
    answer = server.client("events").test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(EVENT))
    assert answer["Result"] is expected


def test_refusals_are_those_of_aws(server):
    events = server.client("events")
    error = refusal(events.test_event_pattern, EventPattern='{"string": "my-value"}', Event=json.dumps(EVENT))
    assert error["Code"] == "InvalidEventPatternException"
    assert error["Message"] == (
        'Event pattern is not valid. Reason: "string" must be an object or an array\n'
        ' at [Source: (String)"{"string": "my-value"}"; line: 1, column: 13]')
    error = refusal(events.test_event_pattern, EventPattern='{"a":[1]}', Event="{}")
    assert (error["Code"], error["Message"]) == ("ValidationException", "Parameter Event is not valid.")


def test_rules_and_targets(server):
    events, sqs = server.client("events"), server.client("sqs")
    url = sqs.create_queue(QueueName="patterns")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.create_event_bus(Name="patterns")
    arn = events.put_rule(
        Name="one", EventBusName="patterns", EventPattern='{"source":["app"]}', Tags=[{"Key": "team", "Value": "ml"}])["RuleArn"]
    assert arn.endswith(":rule/patterns/one")
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "ml"}]
    error = refusal(
        events.put_targets, Rule="one", EventBusName="patterns",
        Targets=[{"Id": "m", "Arn": "arn:aws:states:us-east-1:000000000000:stateMachine:m"}])
    assert error["Message"] == "RoleArn is required for target arn:aws:states:us-east-1:000000000000:stateMachine:m."
    error = refusal(
        events.put_targets, Rule="one", EventBusName="patterns",
        Targets=[{"Id": "q", "Arn": queue, "InputTransformer": {"InputPathsMap": {"a": "$.x"}, "InputTemplate": '"<b>"'}}])
    assert error["Message"] == "InputTemplate for target q contains invalid placeholder b."
    assert events.put_targets(Rule="one", EventBusName="patterns", Targets=[{"Id": "q", "Arn": queue}])["FailedEntryCount"] == 0
    assert events.list_rule_names_by_target(TargetArn=queue, EventBusName="patterns")["RuleNames"] == ["one"]
    assert refusal(events.delete_rule, Name="one", EventBusName="patterns")["Message"] == "Rule can't be deleted since it has targets."
    assert events.remove_targets(Rule="one", EventBusName="patterns", Ids=["q"])["FailedEntryCount"] == 0
    events.delete_rule(Name="one", EventBusName="patterns")
    assert events.list_rules(EventBusName="patterns")["Rules"] == []


def explain(*arguments, server=None, text=None):
    environment = dict(os.environ)
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        environment.pop(name, None)
    if server:
        arguments = (*arguments, "--endpoint", server.endpoint, "--data", server.data, "--region", server.region)
    return subprocess.run(
        [f"{binary()}/martlet", "explain-match", *arguments],
        input=text, capture_output=True, text=True, env=environment, timeout=60)


def test_explain_match_needs_no_server(tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps(EVENT))
    pattern = tmp_path / "pattern.json"
    pattern.write_text('{"detail":{"state":["failed"]}}')
    done = explain("--pattern", f"@{pattern}", "--event", f"@{event}")
    assert (done.returncode, done.stdout) == (0, "matches\n")
    done = explain("--pattern", '{"detail":{"state":["running"]}}', "--event", "-", text=json.dumps(EVENT))
    assert (done.returncode, done.stdout) == (1, 'detail.state is "failed", expected "running"\n')
    done = explain("--pattern", '{"detail":{"epochs":[{"numeric":["<",5]}]}}', "--event", f"@{event}", "--output", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "Result": False, "Reason": "detail.epochs is 12, expected a number < 5", "Field": "detail.epochs", "Found": "is 12",
        "Expected": "a number < 5"}


@pytest.mark.parametrize("arguments", [
    ("--pattern", "{}", "--event", "{}"), ("--pattern", '{"a":[1]}', "--event", "no json"), ("--event", "{}"),
    ("--pattern", "@/nonexistent", "--event", "{}"), ("--pattern", '{"a":[1]}', "--rule", "r", "--event", "{}")])
def test_explain_match_says_what_is_wrong(arguments):
    done = explain(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("martlet explain-match: ") and done.stdout == ""


def test_explain_match_asks_the_server(server):
    events = server.client("events")
    events.create_event_bus(Name="explained")
    for number in range(60):
        events.put_rule(Name=f"r{number:02}", EventBusName="explained", EventPattern=json.dumps({"detail": {"epochs": [number]}}))
    bus = ("--event-bus", "explained", "--event", json.dumps(EVENT))
    done = explain("--rule", "r12", *bus, server=server)
    assert (done.returncode, done.stdout) == (0, "matches\n"), done.stderr
    done = explain("--rule", "r13", *bus, server=server)
    assert (done.returncode, done.stdout) == (1, "detail.epochs is 12, expected 13\n")
    done = explain(*bus, "--output", "json", server=server)
    rules = json.loads(done.stdout)["Rules"]
    assert done.returncode == 0 and len(rules) == 60
    assert [rule["Name"] for rule in rules if rule["Result"]] == ["r12"]
    done = explain("--rule", "none", *bus, server=server)
    assert done.returncode == 2 and "Rule none does not exist on EventBus explained." in done.stderr
