"""Deploys retrain.yaml: roles, queue, job definitions, state machine, schedule, topic and alarm. Running it again updates them.

    python deploy.py [--workspace FOLDER]

The endpoint and credentials are those of the environment: eval "$(martlet env)".
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from string import Template

import boto3
import yaml
from botocore.exceptions import ClientError

HERE = Path(__file__).resolve().parent


def declaration(workspace: str) -> dict:
    text = Template((HERE / "retrain.yaml").read_text()).safe_substitute(HERE=str(HERE), WORKSPACE=workspace)
    return yaml.safe_load(text)


def exists(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return "AlreadyExists" in code or code == "ConflictException" or "already exists" in error.response["Error"]["Message"].lower()


class Deployment:
    """Makes what the declaration says, one kind of thing after the other."""

    def __init__(self, workspace: str, say=print, **session) -> None:
        self.want = declaration(workspace)
        self.say = say
        self.client = lambda service: boto3.client(service, **session)
        self.account = self.client("sts").get_caller_identity()["Account"]

    def deploy(self) -> dict:
        """Answers the ARNs of what others need."""
        roles = self.roles()
        queue = self.queue()
        definitions = self.jobs(roles["job"])
        topic = self.client("sns").create_topic(Name=self.want["topic"])["TopicArn"]
        self.say(f"topic {self.want['topic']}")
        machine = self.workflow(roles["workflow"], queue, definitions, topic)
        self.schedule(roles["schedule"], machine)
        self.alarm(topic)
        return {"machine": machine, "topic": topic, "alarm": self.want["alarm"]["name"]}

    def roles(self) -> dict[str, str]:
        iam, arns = self.client("iam"), {}
        for name, principal in self.want["roles"].items():
            role = f"{self.want['name']}-{name}"
            policy = {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}]}
            try:
                arns[name] = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(policy))["Role"]["Arn"]
            except ClientError as error:
                if not exists(error):
                    raise
                arns[name] = iam.get_role(RoleName=role)["Role"]["Arn"]
        self.say(f"roles {', '.join(arns)}")
        return arns

    def queue(self) -> str:
        batch, want = self.client("batch"), self.want["queue"]
        if not batch.describe_compute_environments(computeEnvironments=[want["name"]])["computeEnvironments"]:
            batch.create_compute_environment(
                computeEnvironmentName=want["name"], type="MANAGED",
                computeResources={"type": "EC2", "maxvCpus": want["maxvCpus"], "subnets": ["local"], "instanceTypes": ["optimal"]})
        else:
            batch.update_compute_environment(computeEnvironment=want["name"], computeResources={"maxvCpus": want["maxvCpus"]})
        found = batch.describe_job_queues(jobQueues=[want["name"]])["jobQueues"]
        self.say(f"queue {want['name']} with {want['maxvCpus']} vCPUs")
        if found:
            return found[0]["jobQueueArn"]
        return batch.create_job_queue(
            jobQueueName=want["name"], priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": want["name"]}])["jobQueueArn"]

    def jobs(self, role: str) -> dict[str, str]:
        batch, arns = self.client("batch"), {}
        for name, job in self.want["jobs"].items():
            arns[name] = batch.register_job_definition(
                jobDefinitionName=f"{self.want['name']}-{name}", type="container",
                retryStrategy={"attempts": job["attempts"]}, timeout={"attemptDurationSeconds": job["timeout"]},
                containerProperties={
                    # A process of this machine: the python3 that is there.
                    "image": "local", "command": ["python3", str(HERE / "jobs" / job["script"])], "jobRoleArn": role,
                    "environment": [{"name": key, "value": str(value)} for key, value in self.want["environment"].items()],
                    "resourceRequirements": [{"type": "VCPU", "value": str(job["vcpus"])}, {"type": "MEMORY", "value": str(job["memory"])}],
                })["jobDefinitionArn"]
        self.say(f"jobs {', '.join(arns)}")
        return arns

    def workflow(self, role: str, queue: str, definitions: dict[str, str], topic: str) -> str:
        states, steps = {}, self.want["workflow"]["steps"]
        for position, step in enumerate(steps):
            name = step.capitalize()
            states[name] = {
                "Type": "Task", "Resource": "arn:aws:states:::batch:submitJob.sync",
                "Parameters": {
                    "JobName": step, "JobQueue": queue, "JobDefinition": definitions[step],
                    "ContainerOverrides": {"Environment": [
                        {"Name": "RUN_ID", "Value.$": "$$.Execution.Name"},
                        {"Name": "SPOIL", "Value.$": "States.Format('{}', $.spoil)"},
                    ]},
                },
                "ResultPath": None,
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Notify"}],
                **({"Next": steps[position + 1].capitalize()} if position + 1 < len(steps) else {"End": True}),
            }
        states["Notify"] = {
            "Type": "Task", "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {
                "TopicArn": topic, "Subject": "Retraining stopped",
                "Message.$": "States.Format('Run {} stopped before deployment: {}', $$.Execution.Name, $.failure.Error)",
            }, "ResultPath": None, "Next": "Stopped",
        }
        states["Stopped"] = {"Type": "Fail", "Error": "Stopped", "Cause": "A step failed; nothing was deployed."}
        definition = json.dumps({"StartAt": steps[0].capitalize(), "States": states})
        client, name = self.client("stepfunctions"), self.want["name"]
        try:
            arn = client.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
        except ClientError as error:
            if not exists(error):
                raise
            arn = next(m["stateMachineArn"] for m in client.list_state_machines()["stateMachines"] if m["name"] == name)
            client.update_state_machine(stateMachineArn=arn, definition=definition, roleArn=role)
        self.say(f"workflow {name}: {' -> '.join(steps)}")
        return arn

    def schedule(self, role: str, machine: str) -> None:
        want = self.want["schedule"]
        arguments = {
            "Name": self.want["name"], "ScheduleExpression": want["expression"], "ScheduleExpressionTimezone": want["timezone"],
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": machine, "RoleArn": role, "Input": json.dumps(self.want["workflow"]["input"])},
        }
        scheduler = self.client("scheduler")
        try:
            scheduler.create_schedule(**arguments)
        except ClientError as error:
            if not exists(error):
                raise
            scheduler.update_schedule(**arguments)
        self.say(f"schedule {want['expression']} in {want['timezone']}, next {next_fire(want['expression'], want['timezone'])}")

    def alarm(self, topic: str) -> None:
        want = self.want["alarm"]
        self.client("cloudwatch").put_metric_alarm(
            AlarmName=want["name"], AlarmDescription=want["description"], Namespace=want["namespace"], MetricName=want["metric"],
            Dimensions=[{"Name": key, "Value": value} for key, value in want["dimensions"].items()], Statistic=want["statistic"],
            Period=want["period"], EvaluationPeriods=want["periods"], ComparisonOperator=want["comparison"], Threshold=want["threshold"],
            TreatMissingData=want["missing"], AlarmActions=[topic], OKActions=[topic])
        self.say(f"alarm {want['name']}: {want['metric']} {want['comparison']} {want['threshold']}")


def next_fire(expression: str, timezone: str) -> str:
    """When a daily cron fires next, on the clocks of its time zone."""
    import datetime
    from zoneinfo import ZoneInfo

    fields = expression.removeprefix("cron(").removesuffix(")").split()
    if fields[2:] != ["*", "*", "?", "*"] or not (fields[0] + fields[1]).isdigit():
        return "as the expression says"
    now = datetime.datetime.now(ZoneInfo(timezone))
    due = now.replace(hour=int(fields[1]), minute=int(fields[0]), second=0, microsecond=0)
    if due <= now:
        due += datetime.timedelta(days=1)
    return due.strftime("%A %d %B at %H:%M")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", default=str(HERE / "workspace"), help="where runs and models are kept")
    made = Deployment(parser.parse_args().workspace, say=lambda line: print(f"  {line}")).deploy()
    json.dump(made, sys.stdout, indent=2)
    print()
