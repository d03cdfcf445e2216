"""Kills the server with kill -9 at random instants while workflows with jobs run, and checks that nothing is lost or repeated.

Every workflow runs two jobs one after the other. A job writes a line of its own into a file when it begins, so that a job that ran twice
shows. Exits with 1 and says what happened when a workflow did not end, a job ran twice, or one never ran.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from martlet_server import ROLE, Server, batch_queue, job_definition


def definition() -> str:
    def step(name: str, **more) -> dict:
        return {
            "Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync",
            "Parameters": {
                "JobName": name, "JobQueue": "queue", "JobDefinition": "mark",
                "ContainerOverrides": {"Environment": [{"Name": "STEP", "Value": name}, {"Name": "RUN", "Value.$": "$$.Execution.Name"}]},
            }, "ResultPath": None, **more,
        }

    return json.dumps({"StartAt": "First", "States": {"First": step("first", Next="Second"), "Second": step("second", End=True)}})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workflows", type=int, default=200)
    parser.add_argument("--kills", type=int, help="go on with more workflows until the server was killed so often")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=1.5, help="mean seconds between kills")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    server = Server().start()
    marks = Path(server.data) / "marks"
    batch_queue(server)
    job_definition(server, "mark", ["sh", "-c", f'echo "$RUN $STEP $AWS_BATCH_JOB_ATTEMPT" >> {marks}; sleep 0.$((RANDOM % 3))'])
    arn = server.client("stepfunctions").create_state_machine(name="rounds", definition=definition(), roleArn=ROLE)["stateMachineArn"]
    done = threading.Event()
    kills = 0

    def killer() -> None:
        nonlocal kills
        while not done.wait(chance.uniform(0.1, 2 * arguments.every)):
            server.kill()
            kills += 1
            server.start()
            if arguments.kills and kills % 50 == 0:
                print(f"{kills} kills, {len(names)} workflows", flush=True)

    names: list[str] = []
    pause = random.Random(arguments.seed + 1)
    thread = threading.Thread(target=killer)
    thread.start()
    try:
        while len(names) < arguments.workflows or kills < (arguments.kills or 0):
            name = f"run-{len(names)}"
            names.append(name)
            while True:
                try:
                    # The name makes a repeated start find the first.
                    server.client("stepfunctions").start_execution(stateMachineArn=arn, name=name, input="{}")
                    break
                except ClientError as error:
                    if error.response["Error"]["Code"] == "ExecutionAlreadyExists":
                        break
                    if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                        raise
                except BotoCoreError:
                    pass
                time.sleep(0.02)
            time.sleep(pause.uniform(0, 0.1))
    finally:
        # Some more kills while the last ones run.
        time.sleep(2 * arguments.every)
        done.set()
        thread.join()
    states = server.client("stepfunctions")
    statuses: dict[str, str] = {}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(statuses) < len(names):
        for name in names:
            if name in statuses:
                continue
            found = states.describe_execution(executionArn=arn.replace(":stateMachine:", ":execution:") + ":" + name)
            if found["status"] != "RUNNING":
                statuses[name] = found["status"]
        time.sleep(0.2)
    ran = Counter(line for line in marks.read_text().splitlines())
    begun = {tuple(line.split(" ")[:2]) for line in ran}
    wrong = [f"{name}: {statuses.get(name, 'still RUNNING')}" for name in names if statuses.get(name) != "SUCCEEDED"]
    wrong += [f"{line}: ran {count} times" for line, count in ran.items() if count > 1]
    wrong += [f"{name} {step}: never ran" for name in names for step in ("first", "second") if (name, step) not in begun]
    print(f"{len(names)} workflows, {kills} kills, seed {arguments.seed}: {len(wrong)} wrong")
    for line in wrong[:20]:
        print("  " + line)
    if wrong:
        print(f"The data folder is kept: {server.data}")
        server.stop()
        return 1
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
