"""The commands over definitions: martlet validate and martlet debug."""

import json
import subprocess
from pathlib import Path

import pytest
from martlet_server import binary

WORKFLOWS = Path(__file__).resolve().parents[2] / "Tests/Fixtures/states-language/workflows"


def martlet(*arguments, text=""):
    return subprocess.run([str(Path(binary()) / "martlet"), *map(str, arguments)], input=text, capture_output=True, text=True, timeout=60)


def test_published_workflows_are_accepted_without_a_word():
    files = sorted(WORKFLOWS.iterdir())
    assert len(files) >= 31
    answer = martlet("validate", *files)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.asl.json"
    path.write_text('{\n  "StartAt": "A",\n  "States": {\n    "A": {"Type": "Pass", "Next": "B"},\n    "é": {"Type": "Wait", "Seconds": -1, "End": true}\n  }\n}\n')
    return path


def test_findings_have_their_place(broken):
    answer = martlet("validate", broken)
    assert answer.returncode == 1
    lines = answer.stdout.splitlines()
    assert f"{broken}:5:27: error: Minimum value is 0 [SCHEMA_VALIDATION_FAILED] at /States/é/Seconds" in lines
    assert any(line.startswith(f"{broken}:4:27: error: Missing 'Next' target: B") for line in lines)
    document = json.loads(martlet("validate", "--output", "json", broken).stdout)
    file = document["files"][0]
    assert file["result"] == "FAIL"
    assert {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": "Minimum value is 0", "location": "/States/é/Seconds", "line": 5, "column": 27} in file["diagnostics"]


def test_yaml_and_substitutions(tmp_path):
    path = tmp_path / "template.asl.yaml"
    path.write_text("StartAt: A\nStates:\n  A:\n    Type: Task\n    Resource: ${Function}\n    End: true\n")
    refused = martlet("validate", path)
    assert refused.returncode == 1
    assert f"{path}:5:5: error: Value is not a valid resource ARN" in refused.stdout
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert martlet("validate", path, "--substitute", f"Function={arn}").returncode == 0


def test_pipes_are_files(tmp_path):
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": True}}})
    assert martlet("validate", "/dev/stdin", "--type", "EXPRESS", text=definition).returncode == 0
    assert martlet("validate", "-", text=definition).returncode == 0
    assert martlet("validate", tmp_path).returncode == 2
    read = martlet("jsonata", "a", "--input", "/dev/stdin", text='{"a": 5}')
    assert (read.returncode, read.stdout) == (0, "5\n")
    assert martlet("jsonata", "a", "--input", tmp_path / "absent").returncode == 3


def test_hostile_files(tmp_path):
    bomb = tmp_path / "bomb.yaml"
    names = [f"a{i}" for i in range(12)]
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{name}: &{name} [{', '.join(['*' + before] * 10)}]" for before, name in zip(names, names[1:])]
    bomb.write_text("\n".join(lines) + "\n")
    deep = tmp_path / "deep.json"
    deep.write_text('{"a":' + "[" * 100_000)
    raw = tmp_path / "binary.yaml"
    raw.write_bytes(bytes(range(256)))
    flow = tmp_path / "flow.yaml"
    flow.write_text("a: " + "[" * 100_000)
    closed = tmp_path / "closed.yaml"
    closed.write_text("a: " + "[" * 20_000 + "]" * 20_000)
    block = tmp_path / "block.yaml"
    block.write_text("- " * 50_000 + "x")
    for path in (bomb, deep, raw, flow, closed, block):
        answer = martlet("validate", path)
        assert answer.returncode == 1, (path, answer)
        assert "INVALID_JSON_DESCRIPTION" in answer.stdout
    assert martlet("validate", tmp_path / "absent").returncode == 2


def test_debugger_is_scripted(tmp_path):
    definition = tmp_path / "d.asl.json"
    definition.write_text(json.dumps({
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "Next": "T"},
            "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"x.$": "$.n"}, "ResultPath": "$.t", "Next": "B"},
            "B": {"Type": "Pass", "End": True},
        },
    }))
    given = tmp_path / "input.json"
    given.write_text('{"n": 3}')
    script = 'vars\nbreaks\nstep\nset afterParameters {"n":8}\nbreak B\ncontinue\nanswer {"MessageId":"1"}\nback\nfail Busy\nback\nanswer 5\nset input {"last":1}\ncontinue\n'
    answer = martlet("debug", definition, "--input", given, text=script)
    assert answer.returncode == 0, answer
    lines = answer.stdout.splitlines()
    assert lines[:3] == ['next: A {"n":3}', "no variables", "no breakpoints"]
    assert 'waits: T calls arn:aws:states:::sqs:sendMessage with {"x":8}' in lines
    assert "failed: Busy " in lines
    assert lines[-1] == 'succeeded: {"last":1}'

    mocks = tmp_path / "mocks.json"
    mocks.write_text('{"T": {"error": "Busy", "cause": "later"}}')
    failed = martlet("debug", definition, "--input", given, "--mocks", mocks, text="continue\n")
    assert failed.returncode == 1
    assert failed.stdout.splitlines()[-1] == "failed: Busy later"
    assert martlet("debug", tmp_path / "absent.json").returncode == 2
