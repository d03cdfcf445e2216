"""Pipes with boto3: a queue or a bus through filter and template to queues, buses and workflows; stop, start and kill."""

import json

import pytest
from botocore.exceptions import ClientError

from martlet_server import ROLE, wait_for


def queue(server, name, **attributes):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def state(server, name, wanted, seconds=20):
    pipes = server.client("pipes")
    return wait_for(lambda: (found := pipes.describe_pipe(Name=name))["CurrentState"] == wanted and found, seconds)


def take(server, url):
    """Whatever is in the queue now, taken out."""
    sqs = server.client("sqs")
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        bodies += [m["Body"] for m in messages]
        sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)])
    return bodies


def test_queue_to_queue_with_filter_and_template(server):
    pipes, sqs = server.client("pipes"), server.client("sqs")
    source, source_arn = queue(server, "pipe-in")
    target, target_arn = queue(server, "pipe-out")
    made = pipes.create_pipe(
        Name="filtering", Source=source_arn, Target=target_arn, RoleArn=ROLE, Tags={"team": "ml"},
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": json.dumps({"body": {"stage": ["prod"]}})}]}},
        TargetParameters={"InputTemplate": '{"model": <$.body.model>, "text": "<$.body.model> by <aws.pipes.pipe-name>"}'},
        LogConfiguration={
            "Level": "INFO", "IncludeExecutionData": ["ALL"],
            "CloudwatchLogsLogDestination": {"LogGroupArn": "arn:aws:logs:eu-central-1:000000000000:log-group:/pipes/filtering"}})
    assert made["CurrentState"] == "CREATING" and made["Arn"].endswith(":pipe/filtering")
    found = state(server, "filtering", "RUNNING")
    assert found["SourceParameters"]["SqsQueueParameters"]["BatchSize"] == 10 and found["Tags"] == {"team": "ml"}
    for stage, model in [("prod", "a"), ("test", "b"), ("prod", "c")]:
        sqs.send_message(QueueUrl=source, MessageBody=json.dumps({"stage": stage, "model": model}))
    bodies = []
    wait_for(lambda: bodies.extend(take(server, target)) or len(bodies) >= 2)
    assert sorted(map(json.loads, bodies), key=str) == [
        {"model": "a", "text": "a by filtering"}, {"model": "c", "text": "c by filtering"}]
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    wait_for(lambda: not any(int(v) for v in sqs.get_queue_attributes(QueueUrl=source, AttributeNames=counts)["Attributes"].values()))
    logs = server.client("logs")
    events = wait_for(lambda: logs.filter_log_events(logGroupName="/pipes/filtering", filterPattern="ExecutionSucceeded")["events"])
    assert json.loads(events[0]["message"])["resourceArn"] == made["Arn"]
    arn = made["Arn"]
    pipes.tag_resource(resourceArn=arn, tags={"stage": "prod"})
    pipes.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert pipes.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "prod"}
    assert [p["Name"] for p in pipes.list_pipes(NamePrefix="filt")["Pipes"]] == ["filtering"]
    pipes.delete_pipe(Name="filtering")
    with pytest.raises(ClientError) as refusal:
        wait_for(lambda: pipes.describe_pipe(Name="filtering") and None, 10)
    assert refusal.value.response["Error"]["Code"] == "NotFoundException"


def test_queue_to_workflow(server):
    states = server.client("stepfunctions")
    machine = states.create_state_machine(
        name="piped", roleArn=ROLE, definition=json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}))["stateMachineArn"]
    source, source_arn = queue(server, "to-workflow")
    server.client("pipes").create_pipe(
        Name="workflow", Source=source_arn, Target=machine, RoleArn=ROLE,
        SourceParameters={"SqsQueueParameters": {"BatchSize": 5, "MaximumBatchingWindowInSeconds": 2}},
        TargetParameters={"InputTemplate": '{"n": <$.body.n>}', "StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}})
    state(server, "workflow", "RUNNING")
    for n in range(7):
        server.client("sqs").send_message(QueueUrl=source, MessageBody=json.dumps({"n": n}))

    def inputs():
        found = states.list_executions(stateMachineArn=machine)["executions"]
        lists = [json.loads(states.describe_execution(executionArn=e["executionArn"])["input"]) for e in found]
        return lists if sum(map(len, lists)) == 7 else None

    lists = wait_for(inputs)
    assert sorted(one["n"] for part in lists for one in part) == list(range(7)) and max(map(len, lists)) <= 5


def test_an_express_workflow_enriches(server):
    express = server.client("stepfunctions").create_state_machine(
        name="enriching", type="EXPRESS", roleArn=ROLE,
        definition=json.dumps({"StartAt": "P", "States": {"P": {
            "Type": "Pass", "Parameters": {"was.$": "$[0].n", "by": "express"}, "End": True}}}))["stateMachineArn"]
    source, source_arn = queue(server, "to-enrich")
    target, target_arn = queue(server, "enriched")
    server.client("pipes").create_pipe(
        Name="enriching", Source=source_arn, Enrichment=express, Target=target_arn, RoleArn=ROLE,
        EnrichmentParameters={"InputTemplate": '{"n": <$.body.n>}'})
    state(server, "enriching", "RUNNING")
    server.client("sqs").send_message(QueueUrl=source, MessageBody=json.dumps({"n": 7}))
    assert [json.loads(body) for body in wait_for(lambda: take(server, target))] == [{"was": 7, "by": "express"}]


def test_queue_to_bus_and_bus_to_queue(server):
    pipes, events = server.client("pipes"), server.client("events")
    events.create_event_bus(Name="piped")
    bus = events.describe_event_bus(Name="piped")["Arn"]
    source, source_arn = queue(server, "to-bus")
    target, target_arn = queue(server, "from-bus")
    pipes.create_pipe(
        Name="into-bus", Source=source_arn, Target=bus, RoleArn=ROLE,
        TargetParameters={"InputTemplate": '{"x": <$.body.x>}', "EventBridgeEventBusParameters": {"Source": "app", "DetailType": "$.body.type"}})
    pipes.create_pipe(
        Name="out-of-bus", Source=bus, Target=target_arn, RoleArn=ROLE,
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": json.dumps({"detail-type": ["wanted"]})}]}},
        TargetParameters={"InputTemplate": '{"from": <$.source>, "x": <$.detail.x>}'})
    state(server, "into-bus", "RUNNING"), state(server, "out-of-bus", "RUNNING")
    for kind in ("wanted", "other"):
        server.client("sqs").send_message(QueueUrl=source, MessageBody=json.dumps({"x": kind, "type": kind}))
    bodies = []
    wait_for(lambda: bodies.extend(take(server, target)) or bodies)
    assert [json.loads(b) for b in bodies + take(server, target)] == [{"from": "app", "x": "wanted"}]


def test_stop_and_start(server):
    pipes, sqs = server.client("pipes"), server.client("sqs")
    source, source_arn = queue(server, "stopping-in")
    target, target_arn = queue(server, "stopping-out")
    pipes.create_pipe(Name="stopping", Source=source_arn, Target=target_arn, RoleArn=ROLE, DesiredState="STOPPED",
                      TargetParameters={"InputTemplate": "<$.body>"})
    state(server, "stopping", "STOPPED")
    sqs.send_message(QueueUrl=source, MessageBody="later")
    assert take(server, target) == []
    assert pipes.start_pipe(Name="stopping")["CurrentState"] == "STARTING"
    assert wait_for(lambda: take(server, target)) == ['"later"']
    pipes.stop_pipe(Name="stopping")
    state(server, "stopping", "STOPPED")


def test_what_is_not_served_is_refused_by_name(server):
    _, arn = queue(server, "refusing")
    for change, word in [
        ({"Source": "arn:aws:kinesis:eu-central-1:000000000000:stream/s"}, "kinesis"),
        ({"Enrichment": "arn:aws:lambda:eu-central-1:000000000000:function:f"}, "Lambda"),
        ({"LogConfiguration": {"Level": "INFO", "S3LogDestination": {"BucketName": "bucket", "BucketOwner": "0" * 12}}}, "S3LogDestination"),
    ]:
        with pytest.raises(ClientError) as refusal:
            server.client("pipes").create_pipe(**{
                "Name": "no", "Source": arn, "Target": "arn:aws:sqs:eu-central-1:000000000000:other", "RoleArn": ROLE, **change})
        assert refusal.value.response["Error"]["Code"] == "ValidationException" and word in str(refusal.value)


def test_kills_lose_nothing(own_server):
    server = own_server
    source, source_arn = queue(server, "killed-in", VisibilityTimeout="2")
    target, target_arn = queue(server, "killed-out")
    pipes = server.client("pipes")
    pipes.create_pipe(
        Name="killed", Source=source_arn, Target=target_arn, RoleArn=ROLE, DesiredState="STOPPED",
        TargetParameters={"InputTemplate": "<$.body.n>"})
    state(server, "killed", "STOPPED")
    sqs = server.client("sqs")
    for start in range(0, 500, 10):
        sqs.send_message_batch(QueueUrl=source, Entries=[
            {"Id": str(n), "MessageBody": json.dumps({"n": n})} for n in range(start, start + 10)])
    pipes.start_pipe(Name="killed")

    def arrived():
        counts = server.client("sqs").get_queue_attributes(QueueUrl=target, AttributeNames=["ApproximateNumberOfMessages"])
        return int(counts["Attributes"]["ApproximateNumberOfMessages"])

    wait_for(lambda: arrived() > 20, every=0.001)
    server.kill()
    server.start()
    before = arrived()
    wait_for(lambda: arrived() > before, every=0.001)
    server.kill()
    server.start()
    wait_for(lambda: arrived() == 500, 60)
    bodies = take(server, target)
    # The target works in transactions: each message moves in one commit, so none comes twice either.
    assert sorted(map(int, bodies)) == list(range(500))
