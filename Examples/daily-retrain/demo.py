"""Starts a server, deploys the example, and runs it: what `make run` does.

With --check it uses a server of its own, runs good and spoiled data, and fails when either does not end as it should.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "Clients"))

from deploy import Deployment  # noqa: E402
from martlet_server import Server, binary, wait_for  # noqa: E402
from run import watch  # noqa: E402


def answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(endpoint + "/_martlet/health", timeout=2) as answer:
            return json.load(answer)["status"] == "ok"
    except (urllib.error.URLError, OSError, ValueError):
        return False


def session(data: Path, endpoint: str, region: str) -> dict:
    key = json.loads((data / "root-key.json").read_text())
    return {
        "endpoint_url": endpoint, "region_name": region, "aws_access_key_id": key["accessKey"], "aws_secret_access_key": key["secret"]}


def demo() -> int:
    data, endpoint, region = ROOT / "martlet-data", "http://127.0.0.1:4566", "us-east-1"
    if answers(endpoint):
        print(f"A server answers at {endpoint} already.")
        if not (data / "root-key.json").exists():
            sys.exit("It is not the one of martlet-data: stop it first, or use its own data folder.")
    else:
        data.mkdir(exist_ok=True)
        log = open(data / "server.log", "ab")
        # On its own, so that it goes on when this script has ended.
        process = subprocess.Popen(
            [f"{binary()}/martlet", "serve", "--data", str(data)], stdout=log, stderr=log, start_new_session=True)
        (data / "server.pid").write_text(str(process.pid))
        deadline = time.monotonic() + 20
        while not answers(endpoint):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("The server did not start:\n" + (data / "server.log").read_text()[-2000:])
            time.sleep(0.05)
        print(f"The server is ready at {endpoint}; its data and log are in {data}.")
    print("\nDeploying Examples/daily-retrain/retrain.yaml")
    given = session(data, endpoint, region)
    made = Deployment(str(data / "daily-retrain"), say=lambda line: print(f"  {line}"), **given).deploy()
    good = watch(made["machine"], made["alarm"], False, **given)
    martlet = os.path.relpath(f"{binary()}/martlet", os.getcwd())
    print(f"""
The server goes on by itself, and the schedule with it. Go on with:
  eval "$({martlet} env --data martlet-data)"       # AWS tools now talk to it
  .venv/bin/python Examples/daily-retrain/run.py --spoil    # a run on spoiled data: it stops, the alarm fires
  .venv/bin/aws stepfunctions list-executions --state-machine-arn {made['machine']}
  .venv/bin/aws logs filter-log-events --log-group-name /aws/batch/job --filter-pattern accuracy
  kill $(cat martlet-data/server.pid)               # stops the server""")
    return 0 if good else 1


def check() -> int:
    server = Server(region="us-east-1").start()
    try:
        given = session(Path(server.data), server.endpoint, server.region)
        workspace = Path(server.data) / "daily-retrain"
        for _ in range(2):
            # Twice, because deploying again must only update.
            made = Deployment(str(workspace), say=lambda line: print(f"  {line}"), **given).deploy()
        sqs, sns = server.client("sqs"), server.client("sns")
        url = sqs.create_queue(QueueName="retraining")["QueueUrl"]
        sns.subscribe(
            TopicArn=made["topic"], Protocol="sqs", Endpoint=sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
        if not watch(made["machine"], made["alarm"], False, **given):
            print("The good run did not end as it should.")
            return 1
        deployed = json.loads((workspace / "models" / "current.json").read_text())
        assert deployed["evaluation"]["accuracy"] >= 0.9
        if not watch(made["machine"], made["alarm"], True, **given):
            print("The run on spoiled data did not end as it should.")
            return 1
        assert json.loads((workspace / "models" / "current.json").read_text())["run"] == deployed["run"], "the bad model was deployed"
        told: list[str] = []

        def both() -> bool:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
                told.append(json.loads(message["Body"])["Message"])
            return any('"NewStateValue":"ALARM"' in text for text in told) and any("stopped before deployment" in text for text in told)

        wait_for(both, 30)
        print("\nBoth runs ended as they should, and both notifications arrived.")
        return 0
    finally:
        server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="run good and spoiled data on a server of its own, and judge the outcome")
    sys.exit(check() if parser.parse_args().check else demo())
