"""Every operation of Step Functions with boto3."""

import json
import os
import socket
import subprocess
import threading
import uuid

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from martlet_server import ROLE, binary, wait_for

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}}
PLAIN = Config(retries={"max_attempts": 0}, read_timeout=70, inject_host_prefix=False)


@pytest.fixture
def states(server):
    return server.client("stepfunctions", config=PLAIN)


def create(states, definition, type="STANDARD", **more):
    return states.create_state_machine(
        name=f"m-{uuid.uuid4()}", definition=json.dumps(definition), roleArn=ROLE, type=type, **more)["stateMachineArn"]


def task(resource, **fields):
    return {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": resource, "End": True, **fields}}}


def start(states, machine, value=None, **more):
    return states.start_execution(stateMachineArn=machine, input=json.dumps(value or {}), **more)["executionArn"]


def ended(states, execution):
    return wait_for(lambda: (found := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and found)


def code(error):
    return error.value.response["Error"]["Code"]


def test_machines_executions_and_history(states):
    machine = create(states, PASS, tags=[{"key": "team", "value": "ml"}])
    assert any(m["stateMachineArn"] == machine for page in states.get_paginator("list_state_machines").paginate() for m in page["stateMachines"])
    described = states.describe_state_machine(stateMachineArn=machine)
    assert described["status"] == "ACTIVE" and described["type"] == "STANDARD" and json.loads(described["definition"]) == PASS
    execution = start(states, machine, {"a": 1}, name="first", traceHeader="t")
    found = ended(states, execution)
    assert found["status"] == "SUCCEEDED" and found["output"] == '{"a": 1}' and found["traceHeader"] == "t"
    assert found["redriveStatus"] == "NOT_REDRIVABLE" and found["redriveCount"] == 0
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution, PaginationConfig={"PageSize": 2})
    assert [e["type"] for page in pages for e in page["events"]] == [
        "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert [e["name"] for e in states.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"]] == ["first"]
    assert states.describe_state_machine_for_execution(executionArn=execution)["stateMachineArn"] == machine
    states.tag_resource(resourceArn=machine, tags=[{"key": "x", "value": "y"}])
    states.untag_resource(resourceArn=machine, tagKeys=["team"])
    assert states.list_tags_for_resource(resourceArn=machine)["tags"] == [{"key": "x", "value": "y"}]
    assert states.validate_state_machine_definition(definition=json.dumps(PASS))["result"] == "OK"
    states.delete_state_machine(stateMachineArn=machine)
    with pytest.raises(ClientError) as error:
        states.describe_state_machine(stateMachineArn=machine)
    assert code(error) == "StateMachineDoesNotExist"


def test_versions_and_aliases(states):
    made = states.create_state_machine(
        name="versioned", definition=json.dumps(PASS), roleArn=ROLE, publish=True, versionDescription="first")
    machine, first = made["stateMachineArn"], made["stateMachineVersionArn"]
    updated = states.update_state_machine(stateMachineArn=machine, definition=json.dumps(WAIT))
    second = states.publish_state_machine_version(stateMachineArn=machine, revisionId=updated["revisionId"])["stateMachineVersionArn"]
    assert first.endswith(":1") and second.endswith(":2")
    listed = states.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
    assert [v["stateMachineVersionArn"] for v in listed] == [second, first]
    alias = states.create_state_machine_alias(
        name="PROD", routingConfiguration=[{"stateMachineVersionArn": first, "weight": 100}])["stateMachineAliasArn"]
    found = ended(states, start(states, alias))
    assert found["stateMachineAliasArn"] == alias and found["stateMachineVersionArn"] == first
    states.update_state_machine_alias(
        stateMachineAliasArn=alias,
        routingConfiguration=[{"stateMachineVersionArn": first, "weight": 50}, {"stateMachineVersionArn": second, "weight": 50}])
    assert len(states.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"]) == 2
    assert states.list_state_machine_aliases(stateMachineArn=machine)["stateMachineAliases"][0]["stateMachineAliasArn"] == alias
    with pytest.raises(states.exceptions.ConflictException):
        states.delete_state_machine_version(stateMachineVersionArn=first)
    states.delete_state_machine_alias(stateMachineAliasArn=alias)
    states.delete_state_machine_version(stateMachineVersionArn=first)
    states.delete_state_machine(stateMachineArn=machine)


def test_activities(states):
    activity = states.create_activity(name="work")["activityArn"]
    assert states.describe_activity(activityArn=activity)["name"] == "work"
    assert [a["name"] for a in states.list_activities()["activities"]] == ["work"]
    taken = {}

    def worker():
        taken.update(states.get_activity_task(activityArn=activity, workerName="me"))

    thread = threading.Thread(target=worker)
    thread.start()
    execution = start(states, create(states, task(activity, HeartbeatSeconds=60)), {"n": 1})
    thread.join(20)
    assert json.loads(taken["input"]) == {"n": 1}
    states.send_task_heartbeat(taskToken=taken["taskToken"])
    states.send_task_success(taskToken=taken["taskToken"], output='{"ok":true}')
    assert ended(states, execution)["output"] == '{"ok":true}'
    with pytest.raises(states.exceptions.TaskTimedOut):
        states.send_task_failure(taskToken=taken["taskToken"])
    execution = start(states, create(states, task(activity)))
    token = states.get_activity_task(activityArn=activity)["taskToken"]
    states.send_task_failure(taskToken=token, error="Bad", cause="why")
    assert ended(states, execution)["error"] == "Bad"
    states.delete_activity(activityArn=activity)
    with pytest.raises(states.exceptions.ActivityDoesNotExist):
        states.describe_activity(activityArn=activity)


def test_express(server, states):
    machine = create(states, {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"r": 1}, "End": True}}}, "EXPRESS")
    answer = states.start_sync_execution(stateMachineArn=machine, input='{"a":1}', name="n")
    assert answer["status"] == "SUCCEEDED" and answer["output"] == '{"r":1}'
    assert answer["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}
    assert ":express:" in start(states, machine)
    with pytest.raises(states.exceptions.StateMachineTypeNotSupported):
        states.list_executions(stateMachineArn=machine)
    failing = create(states, {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}, "EXPRESS")
    assert states.start_sync_execution(stateMachineArn=failing)["error"] == "E"


def test_the_prefix_of_synchronous_calls_where_its_name_resolves(server, states, monkeypatch):
    machine = create(states, PASS, "EXPRESS")
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo",
        lambda host, *rest, **more: resolve("127.0.0.1" if host == "sync-martlet.local" else host, *rest, **more))
    prefixed = server.client("stepfunctions", endpoint_url=f"http://martlet.local:{server.port}", config=Config(retries={"max_attempts": 0}))
    assert prefixed.start_sync_execution(stateMachineArn=machine)["status"] == "SUCCEEDED"


def test_a_failed_execution_is_redriven(server, states):
    url = f"{server.endpoint}/000000000000/redriven"
    machine = create(states, task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl": url, "MessageBody": "m"}))
    executions = [start(states, machine) for _ in range(3)]
    assert ended(states, executions[0])["redriveStatus"] == "REDRIVABLE"
    paths = server.api("stepfunctions", "ListFailingPaths", stateMachineArn=machine)["failingPaths"]
    assert [(p["state"], p["count"]) for p in paths] == [("T", 3)]
    server.client("sqs").create_queue(QueueName="redriven")
    states.redrive_execution(executionArn=executions[0])
    assert ended(states, executions[0])["redriveCount"] == 1
    assert server.api("stepfunctions", "RedriveExecutions", stateMachineArn=machine, state="T")["redriveCount"] == 2
    wait_for(lambda: len(states.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"]) == 3)
    with pytest.raises(states.exceptions.ExecutionNotRedrivable):
        states.redrive_execution(executionArn=executions[0])
    diff = server.api("stepfunctions", "DiffExecutions", firstExecutionArn=executions[0], secondExecutionArn=executions[1])
    assert [s["foundIn"] for s in diff["states"]] == ["BOTH"]


def test_stop(states):
    execution = start(states, create(states, WAIT))
    states.stop_execution(executionArn=execution, error="E", cause="C")
    found = states.describe_execution(executionArn=execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "E", "C")


@pytest.mark.parametrize("type", ["STANDARD", "EXPRESS"])
def test_map_runs(states, type):
    machine = create(states, {
        "StartAt": "M",
        "States": {"M": {
            "Type": "Map", "End": True, "Label": "each", "MaxConcurrency": 10,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": type}, **PASS}}}})
    execution = start(states, machine, list(range(50)))
    assert json.loads(ended(states, execution)["output"]) == list(range(50))
    run = states.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]
    described = states.describe_map_run(mapRunArn=run)
    assert described["status"] == "SUCCEEDED" and described["itemCounts"]["succeeded"] == 50
    children = [e for page in states.get_paginator("list_executions").paginate(mapRunArn=run, PaginationConfig={"PageSize": 20}) for e in page["executions"]]
    assert len(children) == 50 and len({e["name"] for e in children}) == 50
    child = states.describe_execution(executionArn=children[0]["executionArn"])
    assert child["status"] == "SUCCEEDED" and child["output"] == child["input"] and child["mapRunArn"] == run
    labelled = states.describe_state_machine(stateMachineArn=children[0]["stateMachineArn"])
    assert labelled["label"] == "each" and json.loads(labelled["definition"])["StartAt"] == "P"
    with pytest.raises(ClientError) as error:
        states.update_map_run(mapRunArn=run, maxConcurrency=5)
    assert code(error) == "ValidationException"


def test_one_state(states):
    answer = states.test_state(
        definition=json.dumps({"Type": "Pass", "Parameters": {"n.$": "$.a"}, "End": True}), roleArn=ROLE, input='{"a":1}',
        inspectionLevel="DEBUG")
    assert answer["status"] == "SUCCEEDED" and answer["output"] == '{"n":1}'
    assert answer["inspectionData"]["afterParameters"] == '{"n":1}'


def test_logs_and_metrics(server, states):
    logs = server.client("logs")
    with pytest.raises(states.exceptions.InvalidLoggingConfiguration):
        absent = "arn:aws:logs:eu-central-1:000000000000:log-group:/states/absent:*"
        create(states, PASS, loggingConfiguration={"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": absent}}]})
    logs.create_log_group(logGroupName="/states/logged")
    arn = "arn:aws:logs:eu-central-1:000000000000:log-group:/states/logged:*"
    machine = create(
        states, PASS, "EXPRESS",
        loggingConfiguration={
            "level": "ALL", "includeExecutionData": True, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]})
    execution = states.start_sync_execution(stateMachineArn=machine, input='{"a":1}')["executionArn"]
    events = wait_for(lambda: logs.filter_log_events(logGroupName="/states/logged")["events"])
    lines = [json.loads(e["message"]) for e in events]
    assert [line["type"] for line in lines] == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert all(line["execution_arn"] == execution for line in lines) and lines[0]["details"]["input"] == '{"a":1}'
    names = wait_for(lambda: {m["MetricName"] for m in server.client("cloudwatch").list_metrics(
        Namespace="AWS/States", Dimensions=[{"Name": "StateMachineArn", "Value": machine}])["Metrics"]})
    assert {"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionTime", "ExpressExecutionBilledDuration"} <= names


def test_variables_and_mocks(states):
    machine = create(states, {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Assign": {"v": 1}, "Next": "B"},
            "B": {"Type": "Pass", "Parameters": {"v.$": "$v"}, "End": True},
        }})
    assert states.describe_state_machine(stateMachineArn=machine)["variableReferences"] == {"B": ["v"]}
    assert states.describe_state_machine(stateMachineArn=machine, includedData="METADATA_ONLY")["definition"] == "{}"
    state = json.dumps({"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "Parameters": {}, "End": True})
    with pytest.raises(ClientError) as error:
        states.test_state(definition=state, mock={"result": '{"ExecutionArn": "a"}'})
    assert code(error) == "ValidationException" and "StartDate" in str(error.value)
    mocked = states.test_state(definition=state, mock={"result": '{"ExecutionArn": "a"}', "fieldValidationMode": "PRESENT"})
    assert mocked["status"] == "SUCCEEDED"


def test_executions_outlive_the_server(own_server):
    states = own_server.client("stepfunctions", config=PLAIN)
    url = own_server.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    activity = states.create_activity(name="work")["activityArn"]
    waiting = start(states, create(states, task(activity)))
    express = create(states, {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 2, "Next": "T"},
            "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": url, "MessageBody": "m"}, "End": True},
        }}, "EXPRESS")
    start(states, express)
    own_server.kill()
    own_server.start()
    states = own_server.client("stepfunctions", config=PLAIN)
    token = states.get_activity_task(activityArn=activity)["taskToken"]
    states.send_task_success(taskToken=token, output="{}")
    assert ended(states, waiting)["status"] == "SUCCEEDED"
    assert wait_for(lambda: own_server.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))


def test_commands_about_failures(server, states):
    machine = create(states, {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "row 17"}}})
    first, second = start(states, machine), start(states, machine, {"n": 1})
    ended(states, second)
    failing = server.command("executions", "failing", machine).stdout
    assert "row #" in failing and " 2 " in failing
    assert "2 executions would be redriven" in server.command("executions", "redrive", machine, "--state", "F", "--dry-run").stdout
    assert "$.n: - -> 1" in server.command("executions", "diff", first, second).stdout


def test_the_debugger_calls_the_server(server, tmp_path):
    queue = server.client("sqs").create_queue(QueueName="debugged")["QueueUrl"]
    definition = tmp_path / "d.asl.json"
    definition.write_text(json.dumps({
        "StartAt": "Send",
        "States": {
            "Send": {
                "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {"QueueUrl": queue, "MessageBody.$": "States.Format('n {}', $.n)"},
                "ResultSelector": {"status.$": "$.SdkHttpMetadata.HttpStatusCode"}, "ResultPath": "$.sent", "Next": "Fail"},
            "Fail": {
                "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": queue + "-none", "MessageBody": "m"},
                "Catch": [{"ErrorEquals": ["SQS.QueueDoesNotExistException"], "ResultPath": None, "Next": "Job"}], "Next": "Job"},
            "Job": {
                "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "Parameters": {"StateMachineArn": "m"},
                "ResultPath": None, "End": True},
        }}))
    given = tmp_path / "input.json"
    given.write_text('{"n": 7}')

    def debug(script, *options):
        command = [f"{binary()}/martlet", "debug", str(definition), "--input", str(given), *options]
        environment = {**os.environ, **server.environment()}
        return subprocess.run(command, input=script, capture_output=True, text=True, timeout=60, env=environment)

    answer = debug("continue\nanswer 1\n", "--call")
    assert answer.returncode == 0, answer
    lines = answer.stdout.splitlines()
    assert any(line.startswith("not called: TestState only supports") for line in lines)
    assert lines[-1] == 'succeeded: {"n":7,"sent":{"status":200}}'
    assert server.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "n 7"
    by_hand = debug("continue\ncall\ncontinue\nfail Mine\n")
    assert by_hand.stdout.splitlines()[-1] == "failed: Mine "
    assert server.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "n 7"
    nobody = subprocess.run(
        [f"{binary()}/martlet", "debug", str(definition), "--input", str(given), "--call", "--data", str(tmp_path)],
        input="continue\n", capture_output=True, text=True, timeout=60)
    assert "not called: there is no key to sign with" in nobody.stdout
