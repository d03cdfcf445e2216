"""The main path: a schedule starts a workflow, it runs jobs, their logs and metrics are stored, an alarm notifies."""

import json

import pytest
from botocore.exceptions import ClientError

from martlet_server import ROLE, batch_queue, job_definition, wait_for

ACCOUNT = "000000000000"


@pytest.fixture(scope="module")
def queue(server):
    return batch_queue(server)


def machine(server, name, definition):
    return server.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=ROLE)["stateMachineArn"]


def ended(server, execution, seconds=30):
    states = server.client("stepfunctions")

    def check():
        found = states.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return wait_for(check, seconds)


def test_a_job_runs_in_its_environment(server, queue):
    batch = server.client("batch")
    job_definition(server, "env", ["sh", "-c", "echo first; env | sort; echo done >&2; exit 4"])
    job = batch.submit_job(jobName="env", jobQueue=queue, jobDefinition="env")["jobId"]
    found = wait_for(lambda: next((j for j in batch.describe_jobs(jobs=[job])["jobs"] if j["status"] == "FAILED"), None))
    assert found["container"]["exitCode"] == 4
    assert found["statusReason"] == "Essential container in task exited"
    logs = server.client("logs")
    stream = found["container"]["logStreamName"]
    lines = wait_for(
        lambda: [e["message"] for e in logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=stream, startFromHead=True)["events"]])
    assert lines[0] == "first" and lines[-1] == "done"
    assert f"AWS_BATCH_JOB_ID={job}" in lines and f"AWS_ENDPOINT_URL={server.endpoint}" in lines
    matching = logs.filter_log_events(logGroupName="/aws/batch/job", filterPattern='"AWS_BATCH_JOB_ID"')["events"]
    assert any(job in event["message"] for event in matching)


def test_jobs_get_credentials_of_their_role(server, queue):
    batch = server.client("batch")
    script = (
        "import json,os,urllib.request as u;"
        "r=u.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'],headers={'Authorization':os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']});"
        "print(json.dumps(json.load(u.urlopen(r))))")
    job_definition(server, "creds", ["python3", "-c", script])
    job = batch.submit_job(jobName="creds", jobQueue=queue, jobDefinition="creds")["jobId"]
    found = wait_for(lambda: next((j for j in batch.describe_jobs(jobs=[job])["jobs"] if j["status"] in ("FAILED", "SUCCEEDED")), None))
    assert found["status"] == "SUCCEEDED"
    events = server.client("logs").get_log_events(
        logGroupName="/aws/batch/job", logStreamName=found["container"]["logStreamName"])["events"]
    given = json.loads(events[0]["message"])
    sts = server.client(
        "sts", aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["Token"])
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/job/{job}"


def test_a_workflow_runs_jobs_and_fails_with_them(server, queue):
    job_definition(server, "step", ["sh", "-c", "echo working on $STEP; exit ${CODE:-0}"])

    def step(name, code, **more):
        return {
            "Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync",
            "Parameters": {
                "JobName": name, "JobQueue": queue, "JobDefinition": "step",
                "ContainerOverrides": {"Environment": [{"Name": "STEP", "Value": name}, {"Name": "CODE", "Value.$": code}]},
            }, "ResultPath": None, **more,
        }

    arn = machine(server, "two-steps", {
        "StartAt": "First",
        "States": {
            "First": step("first", "States.Format('{}', 0)", Next="Second"),
            "Second": step("second", "$.code", Next="Good", Catch=[{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "Bad"}]),
            "Good": {"Type": "Succeed"},
            "Bad": {"Type": "Fail", "Error": "Stopped", "CausePath": "$.error.Cause"},
        },
    })
    states = server.client("stepfunctions")
    good = ended(server, states.start_execution(stateMachineArn=arn, input=json.dumps({"code": "0"}))["executionArn"])
    assert good["status"] == "SUCCEEDED" and json.loads(good["output"]) == {"code": "0"}
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps({"code": "3"}))["executionArn"]
    bad = ended(server, execution)
    assert bad["status"] == "FAILED" and bad["error"] == "Stopped"
    assert json.loads(bad["cause"])["Container"]["ExitCode"] == 3
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution, PaginationConfig={"PageSize": 4})
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events].count("TaskSubmitted") == 2


def test_a_schedule_starts_a_workflow(server):
    arn = machine(server, "scheduled", {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    scheduler = server.client("scheduler")
    from datetime import datetime, timedelta, timezone

    at = (datetime.now(timezone.utc) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    scheduler.create_schedule(
        Name="soon", ScheduleExpression=f"at({at})", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, "Input": json.dumps({"by": "schedule"})}, ActionAfterCompletion="DELETE")
    states = server.client("stepfunctions")
    found = wait_for(lambda: states.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"])
    assert json.loads(states.describe_execution(executionArn=found[0]["executionArn"])["input"]) == {"by": "schedule"}
    wait_for(lambda: not scheduler.list_schedules(NamePrefix="soon")["Schedules"])
    scheduler.create_schedule(
        Name="nightly", ScheduleExpression="cron(30 2 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin",
        FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": arn, "RoleArn": ROLE})
    assert scheduler.get_schedule(Name="nightly")["ScheduleExpressionTimezone"] == "Europe/Berlin"
    with pytest.raises(ClientError) as refusal:
        scheduler.create_schedule(
            Name="wrong", ScheduleExpression="cron(61 * * * ? *)", FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": arn, "RoleArn": ROLE})
    assert refusal.value.response["Error"]["Code"] == "ValidationException"


def test_events_reach_targets_by_their_pattern(server):
    events = server.client("events")
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="matched")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(
        Name="matching",
        EventPattern=json.dumps({
            "source": [{"prefix": "app."}], "detail": {"accuracy": [{"numeric": ["<", 0.9]}], "$or": [{"stage": ["prod"]}, {"force": [True]}]}}))
    events.put_targets(
        Rule="matching", Targets=[{"Id": "q", "Arn": arn, "InputTransformer": {
            "InputPathsMap": {"a": "$.detail.accuracy"}, "InputTemplate": '{"seen": <a>}'}}])
    answer = events.put_events(Entries=[
        {"Source": "app.train", "DetailType": "t", "Detail": json.dumps({"accuracy": 0.5, "stage": "prod"})},
        {"Source": "app.train", "DetailType": "t", "Detail": json.dumps({"accuracy": 0.95, "stage": "prod"})},
        {"Source": "other", "DetailType": "t", "Detail": json.dumps({"accuracy": 0.5, "stage": "prod"})},
        {"Source": "app.train", "DetailType": "t", "Detail": "no json"},
    ])
    assert answer["FailedEntryCount"] == 1
    messages = wait_for(lambda: sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"))
    assert [json.loads(m["Body"]) for m in messages] == [{"seen": 0.5}]


def test_job_state_changes_are_events(server, queue):
    events, sqs, batch = server.client("events"), server.client("sqs"), server.client("batch")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="job-states", EventPattern=json.dumps({"source": ["aws.batch"], "detail": {"jobName": ["told"], "status": ["SUCCEEDED"]}}))
    events.put_targets(Rule="job-states", Targets=[{"Id": "q", "Arn": arn}])
    job_definition(server, "told", ["true"])
    job = batch.submit_job(jobName="told", jobQueue=queue, jobDefinition="told")["jobId"]
    message = wait_for(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))[0]
    event = json.loads(message["Body"])
    assert event["detail-type"] == "Batch Job State Change" and event["detail"]["jobId"] == job


def test_every_call_is_in_the_audit_trail(server):
    server.client("sqs").create_queue(QueueName="audited")
    trail = server.client("cloudtrail")
    found = wait_for(lambda: trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateQueue"}])["Events"])
    assert any("audited" in event["CloudTrailEvent"] for event in found)
