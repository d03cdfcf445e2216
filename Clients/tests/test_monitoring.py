"""Metrics, alarms, notifications, logs."""

import email
import http.server
import json
import threading
import time
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest
from aiosmtpd.controller import Controller
from botocore.exceptions import ClientError

from martlet_server import Server, free_port, wait_for


def test_metrics_are_stored_and_read(server):
    cloudwatch = server.client("cloudwatch")
    now = datetime.now(timezone.utc).replace(second=0, microsecond=0) - timedelta(minutes=3)
    dimensions = [{"Name": "Model", "Value": "m1"}]
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[
        {"MetricName": "Loss", "Dimensions": dimensions, "Timestamp": now, "Values": [1.0, 2.0, 3.0], "Counts": [1, 1, 2], "Unit": "None"},
        {"MetricName": "Loss", "Dimensions": dimensions, "Timestamp": now + timedelta(minutes=1), "Value": 0.5},
        {"MetricName": "Loss", "Dimensions": dimensions, "Timestamp": now + timedelta(minutes=1),
         "StatisticValues": {"SampleCount": 2, "Sum": 5, "Minimum": 1, "Maximum": 4}},
    ])
    points = cloudwatch.get_metric_statistics(
        Namespace="Test", MetricName="Loss", Dimensions=dimensions, StartTime=now, EndTime=now + timedelta(minutes=2), Period=60,
        Statistics=["Average", "Sum", "Minimum", "Maximum", "SampleCount"])["Datapoints"]
    points.sort(key=lambda point: point["Timestamp"])
    assert [(p["SampleCount"], p["Sum"], p["Minimum"], p["Maximum"]) for p in points] == [(4, 9, 1, 3), (3, 5.5, 0.5, 4)]
    series = cloudwatch.get_metric_data(
        StartTime=now, EndTime=now + timedelta(minutes=2), ScanBy="TimestampAscending",
        MetricDataQueries=[{"Id": "a", "MetricStat": {
            "Metric": {"Namespace": "Test", "MetricName": "Loss", "Dimensions": dimensions}, "Period": 60, "Stat": "p50"}}])
    assert series["MetricDataResults"][0]["Values"] == [2.0]
    listed = cloudwatch.list_metrics(Namespace="Test", Dimensions=[{"Name": "Model"}])["Metrics"]
    assert listed == [{"Namespace": "Test", "MetricName": "Loss", "Dimensions": dimensions}]
    with pytest.raises(ClientError) as refusal:
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": "x", "Value": float("nan")}])
    assert refusal.value.response["Error"]["Code"] in ("InvalidParameterValue", "InvalidParameterValueException")


class Inbox:
    """An SMTP server that keeps what it gets."""

    def __init__(self):
        self.messages = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 kept"


class Hook(http.server.BaseHTTPRequestHandler):
    posted: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Hook.posted.append((self.headers["x-amz-sns-message-type"], json.loads(body)))
        # The first notification is refused, to see it come again.
        self.send_response(500 if len(Hook.posted) == 2 else 200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_an_alarm_notifies_by_queue_webhook_and_mail():
    inbox = Inbox()
    mail = Controller(inbox, hostname="127.0.0.1", port=free_port())
    mail.start()
    hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    server = Server("--smtp", f"smtp://127.0.0.1:{mail.port}", "--mail-from", "martlet@example.org").start()
    try:
        sns, sqs, cloudwatch = server.client("sns"), server.client("sqs"), server.client("cloudwatch")
        topic = sns.create_topic(Name="alarms")["TopicArn"]
        url = sqs.create_queue(QueueName="alarms")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        # Mail and webhooks are confirmed by whoever gets the first message.
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.org")
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{hook.server_port}/hook")
        wait_for(lambda: Hook.posted)
        assert Hook.posted[0][0] == "SubscriptionConfirmation"
        with urllib.request.urlopen(Hook.posted[0][1]["SubscribeURL"]) as answer:
            assert b"SubscriptionArn" in answer.read()
        wait_for(lambda: inbox.messages)
        text = email.message_from_string(inbox.messages[0][1]).get_payload(decode=True).decode()
        link = next(word for word in text.split() if word.startswith("http"))
        with urllib.request.urlopen(link) as answer:
            assert answer.status == 200
        assert all(s["SubscriptionArn"].startswith("arn:") for s in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"])
        cloudwatch.put_metric_alarm(
            AlarmName="accuracy", Namespace="Test", MetricName="Accuracy", Statistic="Average", Period=10, EvaluationPeriods=1, Threshold=0.9,
            ComparisonOperator="LessThanThreshold", TreatMissingData="ignore", AlarmActions=[topic])
        cloudwatch.put_metric_data(
            Namespace="Test", MetricData=[{"MetricName": "Accuracy", "Value": 0.5, "StorageResolution": 1}])
        state = wait_for(
            lambda: next((a for a in cloudwatch.describe_alarms(AlarmNames=["accuracy"])["MetricAlarms"] if a["StateValue"] == "ALARM"), None), 30)
        assert "less than the threshold (0.9)" in state["StateReason"]
        message = wait_for(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))[0]
        told = json.loads(json.loads(message["Body"])["Message"])
        assert told["NewStateValue"] == "ALARM" and told["Trigger"]["MetricName"] == "Accuracy"
        wait_for(lambda: len(inbox.messages) > 1)
        assert inbox.messages[1][0] == ["ops@example.org"]
        wait_for(lambda: len(Hook.posted) >= 3, 60)
        assert Hook.posted[1][1]["MessageId"] == Hook.posted[2][1]["MessageId"]
        kinds = [item["HistoryItemType"] for item in cloudwatch.describe_alarm_history(AlarmName="accuracy")["AlarmHistoryItems"]]
        assert {"ConfigurationUpdate", "StateUpdate", "Action"} <= set(kinds)
    finally:
        server.close()
        hook.shutdown()
        mail.stop()


def test_logs_are_written_filtered_and_counted(server):
    logs, cloudwatch = server.client("logs"), server.client("cloudwatch")
    logs.create_log_group(logGroupName="/app", tags={"team": "ml"})
    logs.put_retention_policy(logGroupName="/app", retentionInDays=7)
    logs.create_log_stream(logGroupName="/app", logStreamName="a")
    logs.create_log_stream(logGroupName="/app", logStreamName="b")
    logs.put_metric_filter(
        logGroupName="/app", filterName="slow", filterPattern="{ $.ms > 100 }",
        metricTransformations=[{"metricName": "Slow", "metricNamespace": "App", "metricValue": "$.ms"}])
    now = int(time.time() * 1000)
    for stream in "ab":
        logs.put_log_events(logGroupName="/app", logStreamName=stream, logEvents=[
            {"timestamp": now + number, "message": json.dumps({"ms": number * 50, "stream": stream})} for number in range(5)])
    found = logs.filter_log_events(logGroupName="/app", filterPattern="{ $.ms >= 150 }")["events"]
    assert [(e["timestamp"] - now, e["logStreamName"]) for e in found] == [(3, "a"), (3, "b"), (4, "a"), (4, "b")]
    page = logs.get_log_events(logGroupName="/app", logStreamName="a", limit=2, startFromHead=True)
    assert [json.loads(e["message"])["ms"] for e in page["events"]] == [0, 50]
    page = logs.get_log_events(logGroupName="/app", logStreamName="a", limit=2, nextToken=page["nextForwardToken"])
    assert [json.loads(e["message"])["ms"] for e in page["events"]] == [100, 150]
    end = datetime.now(timezone.utc) + timedelta(minutes=1)
    points = cloudwatch.get_metric_statistics(
        Namespace="App", MetricName="Slow", StartTime=end - timedelta(minutes=5), EndTime=end, Period=300, Statistics=["Sum", "SampleCount"])
    assert sum(p["SampleCount"] for p in points["Datapoints"]) == 4 and sum(p["Sum"] for p in points["Datapoints"]) == 700
    group = logs.describe_log_groups(logGroupNamePrefix="/app")["logGroups"][0]
    assert group["retentionInDays"] == 7 and group["metricFilterCount"] == 1
    with pytest.raises(ClientError) as refusal:
        logs.put_log_events(logGroupName="/app", logStreamName="none", logEvents=[{"timestamp": now, "message": "x"}])
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
    logs.delete_log_group(logGroupName="/app")
