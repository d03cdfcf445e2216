"""Schedules beyond AWS's wire: the run ledger, downtime, run now, backfills and forecasts, by boto3 and the martlet program."""

import json
import os
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError
from martlet_server import ROLE, binary, wait_for

INPUT = '{"at":"<aws.scheduler.scheduled-time>"}'


def martlet(server, *arguments, fails=False):
    environment = {**os.environ, **server.environment()}
    done = subprocess.run(
        [f"{binary()}/martlet", "schedules", *arguments], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stderr if fails else done.stdout


def asked(server, *arguments):
    return json.loads(martlet(server, *arguments, "--output", "json"))


def queue(server, name):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def create(server, name, expression, target, **more):
    server.client("scheduler").create_schedule(
        Name=name, ScheduleExpression=expression, FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target, "RoleArn": ROLE, "Input": INPUT}, **more)


def received(server, url):
    sqs = server.client("sqs")
    found = []
    while True:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=3600).get("Messages", [])
        if not messages:
            return found
        found += [message["Body"] for message in messages]


def test_runs_are_told_and_schedules_listed(server):
    _, arn = queue(server, "ledger")
    create(server, "ledger", "rate(1 second)", arn)
    create(server, "weekly", "cron(30 9 ? * MON *)", arn, ScheduleExpressionTimezone="Europe/Berlin")
    runs = wait_for(lambda: (lambda found: found if len(found) >= 3 else None)(asked(server, "runs", "ledger")["Runs"]))
    assert all(run["Outcome"] in ("FIRED", "LATE") for run in runs)
    first = asked(server, "runs", "ledger", "--oldest-first", "--limit", "1")["Runs"][0]
    assert first["Targets"][0]["Status"] == "DELIVERED" and first["Targets"][0]["Answer"]["MessageId"]
    table = martlet(server, "list", "--prefix", "weekly")
    assert "at 09:30 on Monday" in table and "Europe/Berlin" in table
    assert "DUE" in martlet(server, "runs", "ledger", "--from", "-1h")
    assert "does not exist" in martlet(server, "runs", "nothing", fails=True)
    assert "--outcome must be" in martlet(server, "runs", "ledger", "--outcome", "late-ish", fails=True)
    server.client("scheduler").delete_schedule(Name="ledger")


def test_run_now_and_rules(server):
    url, arn = queue(server, "now")
    create(server, "now", "rate(7 days)", arn, State="DISABLED")
    assert "invocation" in martlet(server, "run-now", "now", "--input", "by hand")
    wait_for(lambda: "by hand" in received(server, url))
    events = server.client("events")
    events.put_rule(Name="now", ScheduleExpression="rate(7 days)")
    events.put_targets(Rule="now", Targets=[{"Id": "1", "Arn": arn}])
    martlet(server, "run-now", "now", "--rule")
    run = wait_for(lambda: next((run for run in asked(server, "runs", "now", "--rule")["Runs"] if run["Targets"]), None))
    assert run["Cause"] == "MANUAL" and run["Targets"][0]["Status"] == "DELIVERED"
    assert "now" in martlet(server, "list", "--rules")


def test_what_came_due_while_the_server_was_away(own_server):
    _, arn = queue(own_server, "away")
    for name, policy in [("latest", None), ("skipping", "skip"), ("every", "all")]:
        create(own_server, name, "cron(0/2 * * * * ? *)", arn)
        if policy:
            martlet(own_server, "catch-up", "set", name, policy)
    assert "all, at most 100" in martlet(own_server, "catch-up", "get", "every")
    assert "latest (the default)" in martlet(own_server, "catch-up", "get", "latest")
    stopped = time.time()
    assert own_server.stop() == 0
    time.sleep(9)
    own_server.start()
    started = time.time()
    time.sleep(3)

    def outcomes(name):
        runs = asked(own_server, "runs", name, "--limit", "1000")["Runs"]
        dues = sorted(run["Due"] for run in runs)
        # No instant is missing from the ledger, none is in it twice.
        assert dues == [dues[0] + 2 * number for number in range(len(dues))]
        return Counter(run["Outcome"] for run in runs if stopped + 1 < run["Due"] < started - 2)

    assert outcomes("latest")["MISSED"] >= 2 and set(outcomes("latest")) <= {"MISSED", "LATE"}
    assert outcomes("skipping")["SKIPPED"] >= 2 and set(outcomes("skipping")) <= {"SKIPPED", "LATE"}
    assert outcomes("every")["LATE"] >= 2 and set(outcomes("every")) == {"LATE"}


def test_a_backfill_survives_a_kill(own_server):
    url, arn = queue(own_server, "past")
    create(own_server, "past", "cron(* * * * ? *)", arn, State="DISABLED")
    options = ["--from", "2025-01-01", "--to", "2025-01-02"]
    assert "1440 instants; nothing was fired" in martlet(own_server, "backfill", "start", "past", *options, "--dry-run")
    started = asked(own_server, "backfill", "start", "past", *options, "--concurrency", "4")
    backfill = started["Backfill"]["Id"]
    wait_for(lambda: asked(own_server, "backfill", "show", backfill)["Delivered"] >= 50)
    own_server.kill()
    own_server.start()
    shown = asked(own_server, "backfill", "show", backfill)
    assert shown["Delivered"] >= 50
    shown = wait_for(
        lambda: (lambda found: found if found["Status"] == "COMPLETED" else None)(asked(own_server, "backfill", "show", backfill)), 120, 0.5)
    assert (shown["Total"], shown["Delivered"], shown["Failed"], shown["Unfinished"]) == (1440, 1440, 0, 0)
    bodies = received(own_server, url)
    assert len(bodies) == 1440 and len(set(bodies)) == 1440 and '{"at":"2025-01-01T23:59:00Z"}' in bodies
    assert backfill in martlet(own_server, "backfill", "list", "past")
    assert "has ended" in martlet(own_server, "backfill", "cancel", backfill, fails=True)


def test_the_coming_week(own_server):
    _, arn = queue(own_server, "week")
    create(own_server, "hourly", "cron(15 * * * ? *)", arn)
    create(own_server, "nightly", "cron(30 2 * * ? *)", arn, ScheduleExpressionTimezone="Europe/Berlin")
    own_server.client("events").put_rule(Name="daily", ScheduleExpression="cron(0 12 * * ? *)")
    days = ["--from", "2027-03-27", "--to", "2027-03-30"]
    forecast = asked(own_server, "forecast", *days)
    assert {one["Name"]: one["Count"] for one in forecast["Schedules"]} == {"hourly": 72, "nightly": 2, "daily": 3}
    assert "clocks skip 1 of its times" in martlet(own_server, "forecast", *days)
    hours = asked(own_server, "forecast", *days, "--by", "hour")["Hours"]
    assert len(hours) == 72 and sum(hour["Count"] for hour in hours) == 77
    assert "168" in martlet(own_server, "forecast")
    assert asked(own_server, "forecast", "--from", "+1d", "--to", "+2d", "--prefix", "hourly")["Count"] == 24


def test_targets_as_aws_takes_them(server):
    scheduler = server.client("scheduler")
    url, arn = queue(server, "targets")

    def make(name, target, **more):
        return scheduler.create_schedule(
            Name=name, ScheduleExpression="rate(7 days)", FlexibleTimeWindow={"Mode": "OFF"}, Target={"RoleArn": ROLE, **target}, **more)

    for target, words in [
        ({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl", "Input": "{}"}, "getQueueUrl API is not supported."),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:createQueue"}, "You must provide an input to set this target for your schedule."),
        ({"Arn": arn.replace("eu-central-1", "us-east-1")}, "does not match the current region eu-central-1."),
        ({"Arn": "arn:aws:backup:eu-central-1:000000000000:x"}, "backup is not a supported service for a target."),
    ]:
        with pytest.raises(scheduler.exceptions.ValidationException) as refused:
            make("refused", target)
        assert words in str(refused.value)
    make("universal", {
        "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": json.dumps({"QueueUrl": url, "MessageBody": "universal"})})
    # Without an input the target gets AWS's notification.
    make("notified", {"Arn": arn})
    found = []
    wait_for(lambda: found.extend(received(server, url)) or len(found) == 2)
    found.remove("universal")
    notification = json.loads(found[0])
    assert notification["detail-type"] == "Scheduled Event" and notification["resources"][0].endswith(":schedule/default/notified")
    for name in ("universal", "notified"):
        scheduler.delete_schedule(Name=name)
    with pytest.raises(ClientError, match="This operation cannot be performed on schedule group default."):
        scheduler.create_schedule_group(Name="default")


@pytest.mark.parametrize("offset", [float(text) for text in os.environ.get("KILL_OFFSETS", "-0.005 0.015").split()])
def test_schedules_due_together_fire_once_though_the_server_is_killed_at_their_instant(own_server, offset):
    """Killed so many seconds after the instant: while the calls that are ready are run and not yet kept, or among their commits."""
    server = own_server
    url, arn = queue(server, "crowd")
    due = int(time.time()) + 8
    at = datetime.fromtimestamp(due, timezone.utc).strftime("at(%Y-%m-%dT%H:%M:%S)")
    scheduler = server.client("scheduler")

    def make(number: int) -> None:
        scheduler.create_schedule(
            Name=f"crowd-{number}", ScheduleExpression=at, FlexibleTimeWindow={"Mode": "OFF"}, ActionAfterCompletion="DELETE",
            Target={"Arn": arn, "RoleArn": ROLE, "Input": f'{{"number":{number}}}'})

    count = 200
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(count)))
    assert time.time() < due - 1, "too slow to make them before they are due"
    time.sleep(due + offset - time.time())
    server.kill()
    server.start()
    sqs = server.client("sqs")
    seen = []
    deadline = time.monotonic() + 30
    while len(seen) < count and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["SentTimestamp"])
        for message in answer.get("Messages", []):
            assert int(message["Attributes"]["SentTimestamp"]) >= due * 1000
            seen.append(json.loads(message["Body"])["number"])
    assert sorted(seen) == list(range(count))
    assert not sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages")
    assert not scheduler.list_schedules(MaxResults=100)["Schedules"]
