"""Alarms of every kind, through boto3 and the martlet command."""

import http.server
import json
import threading
import time
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError

from martlet_server import batch_queue, job_definition, wait_for


@pytest.fixture(scope="module")
def world(request):
    server = request.getfixturevalue("server")
    return server, server.client("cloudwatch"), server.client("sns"), server.client("sqs")


def inbox(world, name):
    """A topic with a queue that gets what is published; answers the topic and a way to read."""
    _, _, sns, sqs = world
    topic = sns.create_topic(Name=name)["TopicArn"]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def read(count, seconds=20):
        found = []
        end = time.time() + seconds
        while len(found) < count and time.time() < end:
            answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                found.append(json.loads(json.loads(message["Body"])["Message"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return topic, read


def state(cloudwatch, name, kind="MetricAlarm"):
    answer = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=[kind])
    return (answer["MetricAlarms"] + answer["CompositeAlarms"])[0]


def past(cloudwatch, namespace, metric, values, period=60, dimensions=()):
    """Values one period apart, the last in the period before this one."""
    now = int(time.time()) // period * period
    data = [{"MetricName": metric, "Dimensions": list(dimensions), "Value": value,
             "Timestamp": datetime.fromtimestamp(now - period * (len(values) - place), timezone.utc)}
            for place, value in enumerate(values)]
    for start in range(0, len(data), 50):
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start:start + 50])


def test_a_metric_alarm_reaches_a_queue_by_its_topic(world):
    _, cloudwatch, _, _ = world
    topic, read = inbox(world, "metric-alarm")
    past(cloudwatch, "Clients", "Loss", [1, 1, 50, 50])
    cloudwatch.put_metric_alarm(
        AlarmName="loss", AlarmDescription="loss explodes", Namespace="Clients", MetricName="Loss", Statistic="Maximum", Period=60,
        EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=10, ComparisonOperator="GreaterThanThreshold", AlarmActions=[topic],
        Tags=[{"Key": "team", "Value": "ml"}])
    message = read(1)[0]
    assert message["AlarmName"] == "loss" and message["NewStateValue"] == "ALARM"
    assert message["Trigger"]["Statistic"] == "MAXIMUM" and message["Trigger"]["DatapointsToAlarm"] == 2
    assert message["NewStateReason"].startswith("Threshold Crossed: 2 out of the last 3 datapoints [50.0 (")
    alarm = state(cloudwatch, "loss")
    data = json.loads(alarm["StateReasonData"])
    assert data["recentDatapoints"] == [1.0, 50.0, 50.0] and data["version"] == "1.0"
    items = cloudwatch.describe_alarm_history(AlarmName="loss", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert items[0]["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [{"Key": "team", "Value": "ml"}]
    assert [a["AlarmName"] for a in cloudwatch.describe_alarms_for_metric(Namespace="Clients", MetricName="Loss")["MetricAlarms"]] == ["loss"]


def test_metric_math(world):
    _, cloudwatch, _, _ = world
    past(cloudwatch, "Clients", "Errors", [1, 9])
    past(cloudwatch, "Clients", "Requests", [10, 10])
    stat = lambda name: {"Metric": {"Namespace": "Clients", "MetricName": name}, "Period": 60, "Stat": "Sum"}
    cloudwatch.put_metric_alarm(
        AlarmName="rate", EvaluationPeriods=1, Threshold=0.5, ComparisonOperator="GreaterThanOrEqualToThreshold",
        Metrics=[{"Id": "e", "Expression": "errors / requests", "Label": "rate"},
                 {"Id": "errors", "MetricStat": stat("Errors"), "ReturnData": False},
                 {"Id": "requests", "MetricStat": stat("Requests"), "ReturnData": False}])
    wait_for(lambda: state(cloudwatch, "rate")["StateValue"] == "ALARM", 20)
    assert "[0.9 (" in state(cloudwatch, "rate")["StateReason"]
    assert [m["Id"] for m in state(cloudwatch, "rate")["Metrics"]] == ["e", "errors", "requests"]
    with pytest.raises(ClientError) as refusal:
        cloudwatch.put_metric_alarm(
            AlarmName="bad", EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
            Metrics=[{"Id": "e", "Expression": "SUM("}])
    assert refusal.value.response["Error"]["Code"] == "ValidationError"


def test_a_composite_alarm_follows_and_its_children_can_not_be_deleted(world):
    _, cloudwatch, _, _ = world
    topic, read = inbox(world, "composite-alarm")
    for name in ("left", "right"):
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="Clients", MetricName="Nothing", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore")
    cloudwatch.put_composite_alarm(AlarmName="either", AlarmRule="ALARM(left) OR ALARM(right)", AlarmActions=[topic])
    assert state(cloudwatch, "either", "CompositeAlarm")["StateValue"] == "OK"
    cloudwatch.set_alarm_state(AlarmName="right", StateValue="ALARM", StateReason="trying it out")
    message = read(1)[0]
    assert message["AlarmRule"] == "ALARM(left) OR ALARM(right)"
    assert [child["State"]["Value"] for child in message["TriggeringChildren"]] == ["ALARM"]
    with pytest.raises(ClientError) as refusal:
        cloudwatch.delete_alarms(AlarmNames=["left"])
    assert refusal.value.response["Error"]["Message"] == "Cannot delete left as there are composite alarm(s) depending on it."
    assert [a["AlarmName"] for a in cloudwatch.describe_alarms(ParentsOfAlarmName="left")["CompositeAlarms"]] == ["either"]
    cloudwatch.delete_alarms(AlarmNames=["either"])
    cloudwatch.delete_alarms(AlarmNames=["left", "right"])


def test_an_anomaly_detection_band(world):
    _, cloudwatch, _, _ = world
    past(cloudwatch, "Clients", "Daily", [100 + place % 5 for place in range(2 * 288)] + [900], period=300)
    cloudwatch.put_anomaly_detector(
        SingleMetricAnomalyDetector={"Namespace": "Clients", "MetricName": "Daily", "Stat": "Average"},
        Configuration={"MetricTimezone": "Europe/Berlin"})
    detector = lambda: cloudwatch.describe_anomaly_detectors(Namespace="Clients")["AnomalyDetectors"][0]
    wait_for(lambda: detector()["StateValue"] == "TRAINED", 20)
    cloudwatch.put_metric_alarm(
        AlarmName="odd", EvaluationPeriods=1, ThresholdMetricId="band", ComparisonOperator="GreaterThanUpperThreshold",
        Metrics=[{"Id": "m", "MetricStat": {
            "Metric": {"Namespace": "Clients", "MetricName": "Daily"}, "Period": 300, "Stat": "Average"}, "ReturnData": True},
            {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m, 2)", "ReturnData": True}])
    wait_for(lambda: state(cloudwatch, "odd")["StateValue"] == "ALARM", 20)
    assert "was greater than the upper thresholds [" in state(cloudwatch, "odd")["StateReason"]
    cloudwatch.delete_anomaly_detector(SingleMetricAnomalyDetector={"Namespace": "Clients", "MetricName": "Daily", "Stat": "Average"})


def test_a_mute_rule_keeps_actions_back_until_it_is_gone(world):
    _, cloudwatch, _, _ = world
    topic, read = inbox(world, "muted-alarm")
    cloudwatch.put_metric_alarm(
        AlarmName="muted", Namespace="Clients", MetricName="Nothing", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore", AlarmActions=[topic])
    cloudwatch.put_alarm_mute_rule(
        Name="now", Rule={"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT2M"}}, MuteTargets={"AlarmNames": ["muted"]})
    assert cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="now")["Status"] == "ACTIVE"
    assert len(cloudwatch.list_alarm_mute_rules(AlarmName="muted")["AlarmMuteRuleSummaries"]) == 1
    cloudwatch.set_alarm_state(AlarmName="muted", StateValue="ALARM", StateReason="trying it out")
    assert read(1, seconds=3) == []
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="now")
    assert read(1)[0]["NewStateValue"] == "ALARM"


def test_contributors_of_a_query(world):
    _, cloudwatch, _, _ = world
    for host, value in (("a", 1), ("b", 99)):
        past(cloudwatch, "Clients", "Heat", [value, value], dimensions=[{"Name": "Host", "Value": host}])
    cloudwatch.put_metric_alarm(
        AlarmName="hosts", EvaluationPeriods=1, Threshold=50, ComparisonOperator="GreaterThanThreshold",
        Metrics=[{"Id": "q", "Period": 60, "Expression": 'SELECT MAX(Heat) FROM SCHEMA("Clients", Host) GROUP BY Host ORDER BY MAX() DESC'}])
    wait_for(lambda: state(cloudwatch, "hosts")["StateValue"] == "ALARM", 20)
    contributors = cloudwatch.describe_alarm_contributors(AlarmName="hosts")["AlarmContributors"]
    assert [c["ContributorAttributes"] for c in contributors] == [{"Host": "b"}]


def test_backtest_and_why(world):
    server, cloudwatch, _, _ = world
    past(cloudwatch, "Clients", "Past", [1] * 30 + [80] * 10 + [1] * 20)
    now = int(time.time()) // 60 * 60
    definition = {
        "AlarmName": "planned", "Namespace": "Clients", "MetricName": "Past", "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 2, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold"}
    answer = server.api("cloudwatch", "BacktestAlarm", MetricAlarm=definition, StartTime=now - 3600, EndTime=now)
    assert [change["NewStateValue"] for change in answer["StateChanges"]] == ["OK", "ALARM", "OK"]
    assert answer["SecondsInState"]["ALARM"] == 540
    assert cloudwatch.describe_alarms(AlarmNames=["planned"])["MetricAlarms"] == []
    cloudwatch.put_metric_alarm(**definition)
    wait_for(lambda: state(cloudwatch, "planned")["StateValue"] == "OK", 20)
    why = server.api("cloudwatch", "ExplainAlarm", AlarmName="planned")
    assert why["Rule"].startswith("2 of 2 data points of 60 seconds of Average of Clients Past greater than 10.0")
    assert why["CurrentEvaluation"].startswith("OK: ")


def test_the_command_plays_a_file(world, tmp_path):
    server, cloudwatch, _, _ = world
    past(cloudwatch, "Clients", "File", [1] * 5 + [80] * 5)
    path = tmp_path / "alarm.json"
    path.write_text(json.dumps({
        "AlarmName": "planned", "Namespace": "Clients", "MetricName": "File", "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold"}))
    shown = server.command("alarms", "backtest", str(path), "--start=-15m").stdout
    assert "planned would have gone into ALARM 1 time" in shown
    cloudwatch.put_metric_alarm(**json.loads(path.read_text()))
    wait_for(lambda: state(cloudwatch, "planned")["StateValue"] == "ALARM", 20)
    assert "Because: Threshold Crossed: 1 out of the last 1 datapoints [80.0 (" in server.command("alarms", "why", "planned").stdout


def test_a_fast_alarm_goes_on_after_kill_9(own_server):
    server = own_server
    cloudwatch = server.client("cloudwatch")

    def put(value):
        cloudwatch.put_metric_data(
            Namespace="Clients", MetricData=[{"MetricName": "Fast", "Value": value, "StorageResolution": 1}])

    put(1)
    cloudwatch.put_metric_alarm(
        AlarmName="fast", Namespace="Clients", MetricName="Fast", Statistic="Maximum", Period=10, EvaluationPeriods=1, Threshold=10,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore")
    wait_for(lambda: state(cloudwatch, "fast")["StateValue"] == "OK", 25)
    server.kill()
    server.start()
    cloudwatch = server.client("cloudwatch")
    assert state(cloudwatch, "fast")["StateValue"] == "OK"
    put(99)
    wait_for(lambda: state(cloudwatch, "fast")["StateValue"] == "ALARM", 25)
    changes = cloudwatch.describe_alarm_history(AlarmName="fast", HistoryItemType="StateUpdate", ScanBy="TimestampAscending")
    assert [item["HistorySummary"] for item in changes["AlarmHistoryItems"]] == [
        "Alarm updated from INSUFFICIENT_DATA to OK", "Alarm updated from OK to ALARM"]


class Hook(http.server.BaseHTTPRequestHandler):
    posted: list = []

    def do_POST(self):
        Hook.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_an_alarm_starts_a_workflow_a_job_and_a_webhook_and_is_an_event(world):
    server, cloudwatch, _, sqs = world
    url = sqs.create_queue(QueueName="alarm-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events = server.client("events")
    events.put_rule(Name="alarms", EventPattern=json.dumps({
        "source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"], "detail": {"alarmName": ["acting"]}}))
    events.put_targets(Rule="alarms", Targets=[{"Id": "queue", "Arn": arn}])
    states, batch = server.client("stepfunctions"), server.client("batch")
    machine = states.create_state_machine(
        name="on-alarm", roleArn="arn:aws:iam::000000000000:role/r",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}))["stateMachineArn"]
    batch_queue(server, "on-alarm")
    job_definition(server, "told", ["echo", "Ref::AlarmName is Ref::NewStateValue"])
    hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    try:
        cloudwatch.put_metric_alarm(
            AlarmName="acting", AlarmDescription="acts", Namespace="Clients", MetricName="Nothing", Statistic="Average", Period=60,
            Dimensions=[{"Name": "Job", "Value": "j"}], EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore", Tags=[{"Key": "team", "Value": "ml"}],
            ActionConfiguration={"AlarmTagsPropagation": {"Enabled": True, "IncludedTagKeys": ["team"]}},
            AlarmActions=[
                machine, f"arn:aws:batch:{server.region}:000000000000:job-queue/on-alarm?jobDefinition=told",
                f"http://127.0.0.1:{hook.server_port}/"])
        cloudwatch.set_alarm_state(AlarmName="acting", StateValue="ALARM", StateReason="trying it out", StateReasonData='{"a":1}')
        execution = wait_for(lambda: states.list_executions(stateMachineArn=machine)["executions"])[0]["executionArn"]
        given = json.loads(states.describe_execution(executionArn=execution)["input"])
        assert given["alarmData"]["alarmName"] == "acting" and given["alarmData"]["state"]["value"] == "ALARM"
        assert given["alarmData"]["alarmTags"] == [{"key": "team", "value": "ml"}]
        jobs = lambda: [job for status in ("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED")
                        for job in batch.list_jobs(jobQueue="on-alarm", jobStatus=status)["jobSummaryList"]]
        job = batch.describe_jobs(jobs=[wait_for(jobs)[0]["jobId"]])["jobs"][0]
        assert job["parameters"]["AlarmName"] == "acting" and job["parameters"]["NewStateValue"] == "ALARM"
        assert wait_for(lambda: Hook.posted)[0]["NewStateReason"] == "trying it out"
        message = wait_for(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))[0]
        event = json.loads(message["Body"])
        alarm = f"arn:aws:cloudwatch:{server.region}:000000000000:alarm:acting"
        assert (event["source"], event["detail-type"], event["resources"]) == ("aws.cloudwatch", "CloudWatch Alarm State Change", [alarm])
        detail = event["detail"]
        assert {k: v for k, v in detail["state"].items() if k != "timestamp"} == {
            "value": "ALARM", "reason": "trying it out", "reasonData": '{"a":1}'}
        assert detail["state"]["timestamp"].endswith("+0000") and len(detail["state"]["timestamp"]) == 28
        assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"
        metric = detail["configuration"]["metrics"][0]
        assert metric.pop("id") and metric == {
            "metricStat": {"metric": {"namespace": "Clients", "name": "Nothing", "dimensions": {"Job": "j"}}, "period": 60, "stat": "Average"},
            "returnData": True}
        assert detail["configuration"]["description"] == "acts" and detail["alarmTags"] == [{"key": "team", "value": "ml"}]
        assert set(detail) == {"alarmName", "state", "previousState", "configuration", "alarmTags", "alarmTagsStatus"}
    finally:
        hook.shutdown()


def test_windows_warm_ups_and_detector_ids(world):
    _, cloudwatch, _, _ = world
    common = {"Namespace": "Clients", "MetricName": "Nothing", "Statistic": "Sum", "EvaluationPeriods": 1, "Threshold": 1,
              "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "breaching"}
    cloudwatch.put_metric_alarm(
        AlarmName="warm", Period=86_400, EvaluationWindow={"WallClockWindow": {"Timezone": "Europe/Berlin"}},
        WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 5, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}, **common)
    cloudwatch.put_metric_alarm(AlarmName="cold", Period=60, EvaluationWindow={"SlidingWindow": {}}, **common)
    wait_for(lambda: state(cloudwatch, "cold")["StateValue"] == "ALARM", 20)
    warm = state(cloudwatch, "warm")
    assert warm["StateValue"] == "INSUFFICIENT_DATA" and warm["WarmUpConfiguration"]["WarmUpPeriodDurationInMinutes"] == 5
    assert warm["EvaluationWindow"] == {"WallClockWindow": {"Timezone": "Europe/Berlin"}}
    detector = {"Namespace": "Clients", "MetricName": "Nothing", "Stat": "Average"}
    made = cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=detector)["AnomalyDetectorId"]
    found = cloudwatch.describe_anomaly_detectors(AnomalyDetectorIds=[made])["AnomalyDetectors"]
    assert [d["AnomalyDetectorId"] for d in found] == [made]
    cloudwatch.delete_anomaly_detector(AnomalyDetectorId=made)
    assert cloudwatch.describe_anomaly_detectors(AnomalyDetectorIds=[made])["AnomalyDetectors"] == []
    with pytest.raises(ClientError) as refusal:
        cloudwatch.describe_alarms(NextToken="x")
    assert refusal.value.response["Error"]["Code"] == "InvalidNextToken"
