"""The server as an operator meets it."""

import json
import os
import subprocess
import sys
import time

import pytest

from martlet_server import Server, batch_queue, binary, free_port, job_definition, wait_for


def test_health_and_metrics(server):
    health = json.loads(server.page("/_martlet/health"))
    assert health["status"] == "ok" and "stepfunctions" in health["services"]
    server.client("sts").get_caller_identity()
    assert 'martlet_operations_total{service="sts",operation="GetCallerIdentity",code=""}' in server.page("/_martlet/metrics")


def test_the_cli_drives_it(server):
    # The CLI that is installed beside this Python.
    environment = {**os.environ, **server.environment(), "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}

    def aws(*arguments):
        done = subprocess.run(["aws", "--output", "json", *arguments], env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    assert aws("sts", "get-caller-identity")["Account"] == "000000000000"
    aws("iam", "create-user", "--user-name", "cli")
    key = aws("iam", "create-access-key", "--user-name", "cli")["AccessKey"]
    user = {**environment, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    done = subprocess.run(["aws", "sts", "get-caller-identity"], env=user, capture_output=True, text=True, timeout=60)
    assert "user/cli" in done.stdout
    assert aws("stepfunctions", "list-state-machines")["stateMachines"] is not None
    aws("cloudwatch", "put-metric-data", "--namespace", "Cli", "--metric-name", "m", "--value", "1")
    assert aws("cloudwatch", "list-metrics", "--namespace", "Cli")["Metrics"]
    aws("logs", "create-log-group", "--log-group-name", "cli")
    aws("events", "put-rule", "--name", "cli", "--schedule-expression", "rate(5 minutes)")
    assert aws("scheduler", "list-schedules")["Schedules"] is not None


def test_a_graceful_stop_leaves_jobs_running(own_server):
    batch = own_server.client("batch")
    batch_queue(own_server)
    job_definition(own_server, "long", ["sh", "-c", "echo begun; sleep 3; echo ended"])
    job = batch.submit_job(jobName="long", jobQueue="queue", jobDefinition="long")["jobId"]
    wait_for(lambda: batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == "RUNNING")
    assert own_server.stop() == 0
    own_server.start()
    batch = own_server.client("batch")
    found = wait_for(lambda: next((j for j in batch.describe_jobs(jobs=[job])["jobs"] if j["status"] in ("SUCCEEDED", "FAILED")), None))
    assert found["status"] == "SUCCEEDED" and len(found["attempts"]) == 1
    events = own_server.client("logs").get_log_events(
        logGroupName="/aws/batch/job", logStreamName=found["container"]["logStreamName"], startFromHead=True)["events"]
    assert [event["message"] for event in events][0] == "begun" and events[-1]["message"] == "ended"


def test_jobs_end_with_the_server_when_it_is_told_so():
    server = Server("--jobs", "stop").start()
    try:
        batch = server.client("batch")
        batch_queue(server)
        job_definition(server, "long", ["sleep", "600"])
        job = batch.submit_job(jobName="long", jobQueue="queue", jobDefinition="long")["jobId"]
        wait_for(lambda: batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == "RUNNING")
        begin = time.monotonic()
        assert server.stop() == 0 and time.monotonic() - begin < 20
        server.start()
        found = wait_for(lambda: next((j for j in server.client("batch").describe_jobs(jobs=[job])["jobs"] if j["status"] == "FAILED"), None))
        assert found["container"]["exitCode"] == 143
    finally:
        server.close()


def test_only_one_server_has_a_data_folder(own_server):
    done = subprocess.run(
        [f"{binary()}/martlet", "serve", "--data", own_server.data, "--address", f"127.0.0.1:{free_port()}"], capture_output=True, text=True,
        timeout=30)
    assert done.returncode != 0 and "in use by another server" in done.stderr


@pytest.mark.parametrize("options, words", [
    (["--account", "12"], "twelve digits"), (["--address", "nowhere"], "host:port"), (["--auth", "off", "--address", "0.0.0.0:1"], "loopback"),
    (["--limits", "none"], "open or aws"), (["--tls-cert", "x"], "belong together"), (["--smtp", "ftp://x"], "smtp://"),
    (["--config", "/no/such/file.yaml"], "can not be read"),
])
def test_wrong_options_are_named(options, words, tmp_path):
    done = subprocess.run([f"{binary()}/martlet", "serve", "--data", str(tmp_path / "d"), *options], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and words in done.stderr, done.stderr


def test_a_file_and_variables_configure_it(tmp_path):
    file = tmp_path / "martlet.yaml"
    file.write_text(f"data: {tmp_path}/data\nregion: ap-south-1\naccount: '123456789012'\n")
    environment = {**os.environ, "MARTLET_CONFIG": str(file), "MARTLET_REGION": "us-west-2"}
    done = subprocess.run([f"{binary()}/martlet", "doctor"], env=environment, capture_output=True, text=True, timeout=30)
    assert "account 123456789012, region us-west-2" in done.stdout


def test_commands_find_the_server_by_its_folder(server):
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MARTLET_"))}

    def run(*arguments):
        return subprocess.run(
            [f"{binary()}/martlet", *arguments, "--data", str(server.data)], env=bare, capture_output=True, text=True, timeout=30, check=True)

    assert f"export AWS_ENDPOINT_URL={server.endpoint}\n" in run("env").stdout
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:1\n" in run("env", "--address", "127.0.0.1:1").stdout
    run("schedules", "list")


def test_the_log_can_be_json():
    server = Server("--log-format", "json").start()
    try:
        wait_for(lambda: "is ready" in server.output())
        line = json.loads(server.output().splitlines()[0])
        assert line["level"] == "info" and line["endpoint"] == server.endpoint and "is ready" in line["message"]
    finally:
        server.close()


def test_tls(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    server = Server("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"), scheme="https").start()
    try:
        assert server.client("sts", verify=str(tmp_path / "cert.pem")).get_caller_identity()["Account"] == "000000000000"
    finally:
        server.close()
