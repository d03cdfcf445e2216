"""EventBridge, Scheduler and Pipes by the AWS CLI, as its users type them."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pytest
from martlet_server import ROLE, wait_for

ACCOUNT = "000000000000"


@pytest.fixture
def aws(server):
    # The CLI that is installed beside this Python; of version 1, it does not take AWS_ENDPOINT_URL for SQS.
    environment = {**os.environ, **server.environment(), "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    program = ["aws", "--output", "json", "--endpoint-url", server.endpoint]

    def run(*arguments, fails=None):
        done = subprocess.run([*program, *arguments], env=environment, capture_output=True, text=True, timeout=60)
        if fails:
            assert done.returncode != 0 and fails in done.stderr, done.stdout + done.stderr
            return None
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None
    return run


def queue(aws, name):
    url = aws("sqs", "create-queue", "--queue-name", name)["QueueUrl"]
    arn = aws("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "QueueArn")["Attributes"]["QueueArn"]
    return url, arn


def take(aws, url):
    """The body of the next message."""
    def one():
        answer = aws("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "2")
        return answer["Messages"][0] if answer else None
    message = wait_for(one)
    aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    return message["Body"]


def test_rules_buses_and_archives(aws, server):
    url, arn = queue(aws, "cli-events")
    bus = aws("events", "create-event-bus", "--name", "cli", "--tags", "Key=team,Value=ml", "--description", "of the CLI")["EventBusArn"]
    aws("events", "put-rule", "--name", "big", "--event-bus-name", "cli", "--event-pattern",
        '{"source":["cli"],"detail":{"size":[{"numeric":[">",10]}]}}', "--description", "big ones")
    aws("events", "put-targets", "--rule", "big", "--event-bus-name", "cli", "--targets", json.dumps([{
        "Id": "q", "Arn": arn, "InputTransformer": {
            "InputPathsMap": {"size": "$.detail.size"}, "InputTemplate": '{"size": <size>, "rule": <aws.events.rule-name>}'},
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}}]))
    archive = aws("events", "create-archive", "--archive-name", "cli", "--event-source-arn", bus, "--retention-days", "3")["ArchiveArn"]

    def put(size):
        entry = {"Source": "cli", "DetailType": "d", "Detail": json.dumps({"size": size}), "EventBusName": "cli"}
        assert aws("events", "put-events", "--entries", json.dumps([entry]))["FailedEntryCount"] == 0
    put(5)
    put(11)
    assert json.loads(take(aws, url)) == {"size": 11, "rule": "big"}
    now = datetime.now(timezone.utc)
    aws("events", "start-replay", "--replay-name", "cli", "--event-source-arn", archive, "--destination", f"Arn={bus}",
        "--event-start-time", (now - timedelta(hours=1)).isoformat(), "--event-end-time", (now + timedelta(hours=1)).isoformat())
    assert json.loads(take(aws, url)) == {"size": 11, "rule": "big"}
    wait_for(lambda: aws("events", "describe-replay", "--replay-name", "cli")["State"] == "COMPLETED")
    assert [rule["Name"] for rule in aws("events", "list-rules", "--event-bus-name", "cli")["Rules"]] == ["Events-Archive-cli", "big"]
    assert aws("events", "list-rule-names-by-target", "--target-arn", arn, "--event-bus-name", "cli")["RuleNames"] == ["big"]
    assert aws("events", "list-tags-for-resource", "--resource-arn", bus)["Tags"] == [{"Key": "team", "Value": "ml"}]
    event = {"id": "1", "account": "1", "source": "cli", "time": "2026-01-01T00:00:00Z", "region": "r", "resources": [], "detail-type": "d"}
    for pattern, result in (('{"source":[{"prefix":"c"}]}', True), ('{"source":[{"anything-but":"cli"}]}', False)):
        assert aws("events", "test-event-pattern", "--event-pattern", pattern, "--event", json.dumps(event))["Result"] is result
    aws("events", "put-rule", "--name", "bad", "--event-pattern", '{"source":[]}', fails="Empty arrays are not allowed")
    aws("events", "put-permission", "--event-bus-name", "cli", "--action", "events:PutEvents", "--principal", "111111111111",
        "--statement-id", "other")
    assert "111111111111" in aws("events", "describe-event-bus", "--name", "cli")["Policy"]
    aws("events", "remove-permission", "--event-bus-name", "cli", "--statement-id", "other")
    aws("events", "update-event-bus", "--name", "cli", "--log-config", "Level=ERROR,IncludeDetail=NONE")
    aws("events", "disable-rule", "--name", "big", "--event-bus-name", "cli")
    assert aws("events", "describe-rule", "--name", "big", "--event-bus-name", "cli")["State"] == "DISABLED"
    aws("events", "remove-targets", "--rule", "big", "--event-bus-name", "cli", "--ids", "q")
    aws("events", "delete-rule", "--name", "big", "--event-bus-name", "cli")
    aws("events", "delete-archive", "--archive-name", "cli")
    aws("events", "delete-event-bus", "--name", "cli")
    aws("events", "describe-event-bus", "--name", "cli", fails="ResourceNotFoundException")


def test_connections_and_api_destinations(aws):
    connection = aws("events", "create-connection", "--name", "cli", "--authorization-type", "API_KEY", "--auth-parameters",
                     '{"ApiKeyAuthParameters":{"ApiKeyName":"x-key","ApiKeyValue":"hush"}}')["ConnectionArn"]
    shown = aws("events", "describe-connection", "--name", "cli")
    assert shown["ConnectionState"] == "AUTHORIZED" and "hush" not in json.dumps(shown)
    # As JSON, because the CLI of version 1 fetches what stands at a URL given by itself.
    aws("events", "create-api-destination", "--cli-input-json", json.dumps({
        "Name": "cli", "ConnectionArn": connection, "InvocationEndpoint": "https://example.com/hook", "HttpMethod": "POST",
        "InvocationRateLimitPerSecond": 5}))
    assert aws("events", "list-api-destinations", "--name-prefix", "cli")["ApiDestinations"][0]["ApiDestinationState"] == "ACTIVE"
    aws("events", "deauthorize-connection", "--name", "cli")
    assert aws("events", "describe-api-destination", "--name", "cli")["ApiDestinationState"] == "INACTIVE"
    aws("events", "delete-api-destination", "--name", "cli")
    aws("events", "delete-connection", "--name", "cli")
    aws("events", "describe-connection", "--name", "cli", fails="Connection 'cli' does not exist")


def test_schedules(aws):
    url, arn = queue(aws, "cli-schedules")
    group = aws("scheduler", "create-schedule-group", "--name", "cli", "--tags", "Key=team,Value=ml")["ScheduleGroupArn"]
    target = json.dumps({"Arn": arn, "RoleArn": ROLE, "Input": '{"at":"<aws.scheduler.scheduled-time>"}'})
    soon = (datetime.now(timezone.utc) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    made = aws("scheduler", "create-schedule", "--name", "once", "--group-name", "cli", "--schedule-expression", f"at({soon})",
               "--flexible-time-window", "Mode=OFF", "--target", target, "--action-after-completion", "DELETE")["ScheduleArn"]
    assert made.endswith(":schedule/cli/once")
    assert json.loads(take(aws, url)) == {"at": f"{soon}Z"}
    aws("scheduler", "get-schedule", "--name", "once", "--group-name", "cli", fails="ResourceNotFoundException")
    aws("scheduler", "create-schedule", "--name", "nightly", "--group-name", "cli", "--schedule-expression", "cron(0 2 * * ? *)",
        "--schedule-expression-timezone", "Europe/Berlin", "--flexible-time-window", "Mode=FLEXIBLE,MaximumWindowInMinutes=15",
        "--target", target, "--state", "DISABLED")
    shown = aws("scheduler", "get-schedule", "--name", "nightly", "--group-name", "cli")
    assert shown["FlexibleTimeWindow"] == {"MaximumWindowInMinutes": 15, "Mode": "FLEXIBLE"} and shown["State"] == "DISABLED"
    aws("scheduler", "update-schedule", "--name", "nightly", "--group-name", "cli", "--schedule-expression", "rate(1 hour)",
        "--flexible-time-window", "Mode=OFF", "--target", target, "--state", "DISABLED")
    assert [one["Name"] for one in aws("scheduler", "list-schedules", "--group-name", "cli")["Schedules"]] == ["nightly"]
    aws("scheduler", "create-schedule", "--name", "bad", "--schedule-expression", "cron(0 2 * * *)", "--flexible-time-window", "Mode=OFF",
        "--target", target, fails="Invalid Schedule Expression cron(0 2 * * *).")
    assert aws("scheduler", "list-tags-for-resource", "--resource-arn", group)["Tags"] == [{"Key": "team", "Value": "ml"}]
    aws("scheduler", "delete-schedule-group", "--name", "cli")
    wait_for(lambda: not aws("scheduler", "list-schedules", "--name-prefix", "nightly")["Schedules"])


def test_pipes(aws):
    (source_url, source), (url, arn) = queue(aws, "cli-in"), queue(aws, "cli-out")
    aws("pipes", "create-pipe", "--name", "cli", "--source", source, "--target", arn, "--role-arn", ROLE, "--source-parameters",
        json.dumps({"FilterCriteria": {"Filters": [{"Pattern": '{"body":{"keep":[true]}}'}]}, "SqsQueueParameters": {"BatchSize": 1}}),
        "--target-parameters", json.dumps({"InputTemplate": '{"n": <$.body.n>, "pipe": "<aws.pipes.pipe-name>"}'}))
    wait_for(lambda: aws("pipes", "describe-pipe", "--name", "cli")["CurrentState"] == "RUNNING")
    for body in ('{"keep":false,"n":1}', '{"keep":true,"n":2}'):
        aws("sqs", "send-message", "--queue-url", source_url, "--message-body", body)
    assert json.loads(take(aws, url)) == {"n": 2, "pipe": "cli"}
    aws("pipes", "stop-pipe", "--name", "cli")
    wait_for(lambda: aws("pipes", "describe-pipe", "--name", "cli")["CurrentState"] == "STOPPED")
    assert [pipe["Name"] for pipe in aws("pipes", "list-pipes", "--name-prefix", "cli", "--current-state", "STOPPED")["Pipes"]] == ["cli"]
    aws("pipes", "update-pipe", "--name", "cli", "--role-arn", ROLE, "--description", "stopped")
    wait_for(lambda: aws("pipes", "describe-pipe", "--name", "cli")["CurrentState"] == "STOPPED")
    aws("pipes", "delete-pipe", "--name", "cli")
    wait_for(lambda: not aws("pipes", "list-pipes", "--name-prefix", "cli")["Pipes"])
