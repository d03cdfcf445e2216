"""CloudWatch by boto3 and the AWS CLI: metric data, math, queries, dashboards, pictures, streams."""

import base64
import gzip
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from martlet_server import batch_queue, job_definition, wait_for


def minutes_ago(count: int) -> datetime:
    return datetime.now(timezone.utc).replace(second=0, microsecond=0) - timedelta(minutes=count)


@pytest.fixture(scope="module")
def cloudwatch(server):
    """A client, with two metrics of ten minutes in the namespace Math."""
    client = server.client("cloudwatch")
    begin = minutes_ago(12)
    for model, factor in (("a", 1), ("b", 10)):
        client.put_metric_data(Namespace="Math", MetricData=[
            {"MetricName": "Loss", "Dimensions": [{"Name": "Model", "Value": model}], "Timestamp": begin + timedelta(minutes=minute),
             "Value": factor * (minute + 1), "Unit": "Count"} for minute in range(10)])
    return client


def query(client, *queries, **more):
    arguments = {"StartTime": minutes_ago(12), "EndTime": minutes_ago(0), "ScanBy": "TimestampAscending", **more}
    return client.get_metric_data(MetricDataQueries=list(queries), **arguments)["MetricDataResults"]


def loss(id, model, **more):
    return {"Id": id, **more, "MetricStat": {
        "Metric": {"Namespace": "Math", "MetricName": "Loss", "Dimensions": [{"Name": "Model", "Value": model}]}, "Period": 60, "Stat": "Sum"}}


def test_math_search_and_queries(cloudwatch):
    results = query(
        cloudwatch, loss("a", "a", ReturnData=False), loss("b", "b", ReturnData=False),
        {"Id": "sum", "Expression": "a + b", "Label": "both ${LAST}"}, {"Id": "rate", "Expression": "DIFF(b)"})
    assert results[0]["Values"] == [11.0 * (minute + 1) for minute in range(10)] and results[0]["Label"] == "both 110"
    assert results[1]["Values"] == [10.0] * 9 and results[1]["StatusCode"] == "Complete"
    found = query(cloudwatch, {"Id": "s", "Expression": "SEARCH('{Math,Model} Loss', 'Maximum', 300)"})
    assert [series["Label"] for series in found] == ["a", "b"]
    top = query(cloudwatch, {
        "Id": "q", "Period": 60, "Expression": 'SELECT MAX(Loss) FROM SCHEMA("Math", Model) GROUP BY Model ORDER BY MAX() DESC LIMIT 1'})
    assert [(series["Label"], series["Values"][-1]) for series in top] == [("b", 100.0)]
    with pytest.raises(ClientError) as refusal:
        query(cloudwatch, {"Id": "e", "Expression": "NOPE(a)"})
    assert refusal.value.response["Error"]["Code"] == "ValidationError"
    assert "Function 'NOPE' not found" in refusal.value.response["Error"]["Message"]


def test_pages_of_data_and_of_metrics(cloudwatch):
    pages = list(cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[loss("a", "a"), loss("b", "b")], StartTime=minutes_ago(12), EndTime=minutes_ago(0), MaxDatapoints=7))
    assert len(pages) == 3
    values = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            values.setdefault(result["Id"], []).extend(result["Values"])
    assert values == {"a": [float(n) for n in range(10, 0, -1)], "b": [10.0 * n for n in range(10, 0, -1)]}
    # More than 10 KiB, which boto3 compresses.
    cloudwatch.put_metric_data(Namespace="Many", MetricData=[
        {"MetricName": "m", "Value": 1, "Dimensions": [{"Name": "number", "Value": str(number)}]} for number in range(1000)])
    listed = [metric for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace="Many") for metric in page["Metrics"]]
    assert len(listed) == 1000


@pytest.mark.parametrize("protocol", ["json", "query"])
def test_the_other_protocols_put_and_get(server, cloudwatch, protocol):
    key = server.key()
    stamp = int(minutes_ago(1).timestamp())
    if protocol == "json":
        body = json.dumps({"Namespace": "Wire", "MetricData": [{"MetricName": protocol, "Values": [1, 2, 3], "Timestamp": stamp}]}).encode()
        headers = {"X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData", "Content-Type": "application/x-amz-json-1.0"}
    else:
        form = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": "Wire"}
        for number in range(1000):
            form |= {
                f"MetricData.member.{number + 1}.MetricName": protocol, f"MetricData.member.{number + 1}.Value": str(number % 4),
                f"MetricData.member.{number + 1}.Timestamp": minutes_ago(1).strftime("%Y-%m-%dT%H:%M:%SZ"),
                f"MetricData.member.{number + 1}.Unit": "Count"}
            for dimension in range(5):
                form[f"MetricData.member.{number + 1}.Dimensions.member.{dimension + 1}.Name"] = f"d{dimension}"
                form[f"MetricData.member.{number + 1}.Dimensions.member.{dimension + 1}.Value"] = "v"
        body = urllib.parse.urlencode(form).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    body = gzip.compress(body)
    request = AWSRequest("POST", server.endpoint + "/", data=body, headers={**headers, "Content-Encoding": "gzip"})
    SigV4Auth(Credentials(key["accessKey"], key["secret"]), "monitoring", server.region).add_auth(request)
    with urllib.request.urlopen(urllib.request.Request(request.url, body, dict(request.headers), method="POST"), timeout=60) as answer:
        assert answer.status == 200
    dimensions = [] if protocol == "json" else [{"Name": f"d{dimension}", "Value": "v"} for dimension in range(5)]
    points = cloudwatch.get_metric_statistics(
        Namespace="Wire", MetricName=protocol, Dimensions=dimensions, StartTime=minutes_ago(3), EndTime=minutes_ago(0), Period=60,
        ExtendedStatistics=["p50", "TM(10%:90%)"])["Datapoints"]
    assert points[0]["ExtendedStatistics"]["p50"] == (2.0 if protocol == "json" else 1.0)


def test_dashboards(cloudwatch, server):
    body = {"widgets": [
        {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {
            "metrics": [["Math", "Loss", "Model", "a"], ["...", "b"]], "region": server.region, "period": 60, "stat": "Sum"}},
        {"type": "text", "properties": {"markdown": "# Models"}, "surprise": 1}]}
    put = cloudwatch.put_dashboard(DashboardName="models", DashboardBody=json.dumps(body))
    assert put["DashboardValidationMessages"][0]["DataPath"] == "/widgets/1"
    assert json.loads(cloudwatch.get_dashboard(DashboardName="models")["DashboardBody"]) == body
    assert [entry["DashboardName"] for entry in cloudwatch.list_dashboards(DashboardNamePrefix="mod")["DashboardEntries"]] == ["models"]
    data = server.api("cloudwatch", "GetDashboardData", DashboardName="models", Widgets=[0, 1])
    assert [series["Label"] for series in data["Widgets"][0]["MetricData"]] == ["a", "b"]
    assert data["Widgets"][1]["Markdown"] == "# Models"
    with pytest.raises(ClientError) as refusal:
        cloudwatch.put_dashboard(DashboardName="bad", DashboardBody='{"widgets":[{"type":"metric","properties":{}}]}')
    assert refusal.value.response["Error"]["Code"] in ("InvalidParameterInput", "DashboardInvalidInputError")
    assert "The dashboard body is invalid, there are 3 validation errors" in refusal.value.response["Error"]["Message"]
    cloudwatch.delete_dashboards(DashboardNames=["models"])
    with pytest.raises(ClientError) as refusal:
        cloudwatch.get_dashboard(DashboardName="models")
    assert refusal.value.response["Error"]["Code"] in ("ResourceNotFound", "DashboardNotFoundError")


def test_a_queue_has_a_dashboard_by_itself(server):
    queue = batch_queue(server, "watched")
    definition = job_definition(server, "quick", ["true"])
    batch = server.client("batch")
    job = batch.submit_job(jobName="quick", jobQueue=queue, jobDefinition=definition)["jobId"]
    wait_for(lambda: batch.describe_jobs(jobs=[job])["jobs"][0]["status"] in ("SUCCEEDED", "FAILED"))
    names = [entry["DashboardName"] for entry in server.api("cloudwatch", "ListAutomaticDashboards")["DashboardEntries"]]
    assert "JobQueue/watched" in names

    def ended():
        data = server.api("cloudwatch", "GetDashboardData", AutomaticDashboardName="JobQueue/watched")
        series = data["Widgets"][1]["MetricData"]
        return [one for one in series if one["Label"] == "Succeeded" and sum(one["Values"]) >= 1]

    assert wait_for(ended)


def test_a_picture_of_metrics(cloudwatch):
    widget = {"metrics": [["Math", "Loss", "Model", "a"], ["...", "b"]], "width": 500, "height": 250, "title": "Loss", "start": "-PT15M", "period": 60}
    picture = cloudwatch.get_metric_widget_image(MetricWidget=json.dumps(widget))["MetricWidgetImage"]
    assert picture[:8] == b"\x89PNG\r\n\x1a\n" and picture[12:16] == b"IHDR"
    assert (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) == (500, 250)
    with pytest.raises(ClientError) as refusal:
        cloudwatch.get_metric_widget_image(MetricWidget="{}")
    assert refusal.value.response["Error"]["Code"] == "ValidationError"


def test_the_command_line(server, cloudwatch):
    def aws(*arguments):
        done = subprocess.run(
            [os.path.join(os.path.dirname(sys.executable), "aws"), "cloudwatch", *arguments, "--output", "json"],
            env={**os.environ, **server.environment()}, capture_output=True, text=True, timeout=120, check=True)
        return json.loads(done.stdout or "{}")

    queries = [{"Id": "e", "Expression": "SUM(SEARCH('{Math,Model} Loss', 'Sum', 60))"}]
    answer = aws(
        "get-metric-data", "--metric-data-queries", json.dumps(queries), "--start-time", minutes_ago(12).isoformat(), "--end-time",
        minutes_ago(0).isoformat())
    assert answer["MetricDataResults"][0]["Values"] == [11.0 * n for n in range(10, 0, -1)]
    picture = aws("get-metric-widget-image", "--metric-widget", '{"metrics":[["Math","Loss","Model","a"]]}')["MetricWidgetImage"]
    assert base64.b64decode(picture)[:4] == b"\x89PNG"
    aws("put-dashboard", "--dashboard-name", "cli", "--dashboard-body", '{"widgets":[]}')
    assert aws("list-dashboards", "--dashboard-name-prefix", "cli")["DashboardEntries"][0]["Size"] == 14


class Collector(http.server.BaseHTTPRequestHandler):
    records: list = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for record in body["records"]:
            Collector.records += [json.loads(line) for line in base64.b64decode(record["data"]).splitlines()]
        answer = json.dumps({"requestId": body["requestId"], "timestamp": body["timestamp"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


def test_streams_speak_as_firehose_does(server):
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{collector.server_port}/"
    try:
        cloudwatch = server.client("cloudwatch")
        arn = cloudwatch.put_metric_stream(
            Name="out", FirehoseArn=url, RoleArn="arn:aws:iam::000000000000:role/stream", OutputFormat="json",
            IncludeFilters=[{"Namespace": "Streamed"}])["Arn"]
        assert cloudwatch.get_metric_stream(Name="out")["State"] == "running"
        # Streams send the minutes that have passed; this is how.
        server.api("cloudwatch", "SendMetricRecords", Url=url, SourceArn=arn, RequestId="r", Data='{"metric_name":"m"}\n')
        assert Collector.records == [{"metric_name": "m"}]
        cloudwatch.stop_metric_streams(Names=["out"])
        assert cloudwatch.list_metric_streams()["Entries"][0]["State"] == "stopped"
        cloudwatch.delete_metric_stream(Name="out")
    finally:
        collector.shutdown()
