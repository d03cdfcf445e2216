"""Starts a run of the deployed workflow and follows it, with the lines its jobs write.

    python run.py [--spoil]

With --spoil the labels are shuffled by a real mistake; then the run is as it should be when it stops before deployment and the alarm fires.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time

import boto3

BARS = " ▁▂▃▄▅▆▇█"


class Run:
    """One execution as it is watched from outside."""

    def __init__(self, machine: str, alarm: str, **session) -> None:
        self.client = {name: boto3.client(name, **session) for name in ("stepfunctions", "batch", "logs", "cloudwatch")}
        self.machine, self.alarm = machine, alarm
        self.jobs: dict[str, str] = {}
        self.read: dict[str, str | None] = {}
        self.began = datetime.datetime.now(datetime.timezone.utc)

    def start(self, spoil: bool) -> None:
        states = self.client["stepfunctions"]
        self.execution = states.start_execution(stateMachineArn=self.machine, input=json.dumps({"spoil": spoil}))["executionArn"]
        print(f"\nRun {self.execution.rsplit(':', 1)[1]}{' on spoiled data' if spoil else ''}")

    def follow(self) -> str:
        """Prints what happens as it happens; answers the status."""
        states, entered, seen = self.client["stepfunctions"], {}, 0
        current: str | None = None
        while True:
            status = states.describe_execution(executionArn=self.execution)["status"]
            pages = states.get_paginator("get_execution_history").paginate(executionArn=self.execution)
            events = [event for page in pages for event in page["events"]][seen:]
            for event in events:
                seen += 1
                if event["type"] == "TaskStateEntered":
                    current = event["stateEnteredEventDetails"]["name"]
                    entered[current] = event["timestamp"]
                    print(f"  ▶ {current}", flush=True)
                elif event["type"] == "TaskSubmitted" and current:
                    self.jobs[current] = json.loads(event["taskSubmittedEventDetails"]["output"]).get("JobId", "")
                elif event["type"] in ("TaskStateExited", "TaskFailed") and current in entered:
                    # A failure that is caught is followed by the state's exit: the first of the two tells.
                    self.print_lines(current)
                    took = (event["timestamp"] - entered.pop(current)).total_seconds()
                    print(f"  {'✔' if event['type'] == 'TaskStateExited' else '✘'} {current} after {took:.1f} s", flush=True)
            if current:
                self.print_lines(current)
            if status != "RUNNING" and not events:
                print(f"  {status}")
                return status
            time.sleep(0.25)

    def print_lines(self, step: str) -> None:
        """The lines a job has written since they were looked at last."""
        if not self.jobs.get(step):
            return
        jobs = self.client["batch"].describe_jobs(jobs=[self.jobs[step]])["jobs"]
        stream = jobs[0]["container"].get("logStreamName") if jobs else None
        if not stream:
            return
        logs = self.client["logs"]
        while True:
            more = {"nextToken": self.read[stream]} if self.read.get(stream) else {"startFromHead": True}
            try:
                page = logs.get_log_events(logGroupName="/aws/batch/job", logStreamName=stream, **more)
            except logs.exceptions.ResourceNotFoundException:
                return
            for event in page["events"]:
                print(f"      {event['message']}", flush=True)
            self.read[stream] = page["nextForwardToken"]
            if not page["events"]:
                return

    def chart(self, metric: str) -> None:
        """The metric of this run as a line of bars."""
        answer = self.client["cloudwatch"].get_metric_data(
            StartTime=self.began, EndTime=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2), ScanBy="TimestampAscending",
            MetricDataQueries=[{"Id": "m", "MetricStat": {
                "Metric": {"Namespace": "DailyRetrain", "MetricName": metric, "Dimensions": [{"Name": "Model", "Value": "breast-cancer"}]},
                "Period": 1, "Stat": "Average"}}])
        values = answer["MetricDataResults"][0]["Values"]
        if not values:
            return
        low, high = min(values), max(values)
        bars = "".join(BARS[1 + round((value - low) / ((high - low) or 1) * 7)] for value in values)
        print(f"  {metric:<17} {bars}  {values[0]:.3f} → {values[-1]:.3f}")

    def alarm_state(self, wanted: str, seconds: float = 40) -> str:
        """The alarm's state; waits for the wanted one, which comes with the end of a period."""
        deadline = time.monotonic() + seconds
        while True:
            alarm = self.client["cloudwatch"].describe_alarms(AlarmNames=[self.alarm])["MetricAlarms"][0]
            if alarm["StateValue"] == wanted or time.monotonic() > deadline:
                print(f"  alarm {self.alarm}: {alarm['StateValue']}\n      {alarm['StateReason']}")
                return alarm["StateValue"]
            time.sleep(0.5)


def watch(machine: str, alarm: str, spoil: bool, **session) -> bool:
    """A whole run; true when it ended as it should."""
    run = Run(machine, alarm, **session)
    run.start(spoil)
    status = run.follow()
    print("\nMetrics")
    run.chart("TrainingLoss")
    run.chart("TrainingAccuracy")
    state = run.alarm_state("ALARM" if spoil else "OK")
    return (status, state) == (("FAILED", "ALARM") if spoil else ("SUCCEEDED", "OK"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spoil", action="store_true", help="shuffle the labels")
    arguments = parser.parse_args()
    found = boto3.client("stepfunctions").list_state_machines()["stateMachines"]
    machine = next((m["stateMachineArn"] for m in found if m["name"] == "daily-retrain"), None)
    if machine is None:
        sys.exit("The workflow is not deployed yet: run deploy.py first.")
    sys.exit(0 if watch(machine, "model-accuracy", arguments.spoil) else 1)
