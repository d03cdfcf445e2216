"""The jsonata command: results, errors with their place, exit codes."""

import json
import subprocess
from pathlib import Path

from martlet_server import binary


def jsonata(*arguments, given=None):
    return subprocess.run(
        [str(Path(binary()) / "martlet"), "jsonata", *arguments], input=given, capture_output=True, text=True, timeout=60
    )


def test_a_file_and_variables(tmp_path):
    orders = tmp_path / "orders.json"
    orders.write_text(json.dumps({"orders": [{"id": 1, "total": 5}, {"id": 2, "total": 500}]}))
    bindings = tmp_path / "bindings.json"
    bindings.write_text(json.dumps({"least": 100}))
    done = jsonata("orders[total > $least].{'id': id}", "--input", str(orders), "--bindings", str(bindings))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == '{\n  "id": 2\n}\n'


def test_standard_input_and_plain_text():
    done = jsonata("name", "-i", "-", "--raw", given='{"name": "Ada"}')
    assert (done.returncode, done.stdout) == (0, "Ada\n")


def test_no_value_prints_nothing():
    done = jsonata("missing", "-i", "-", given="{}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_expression_that_is_none():
    done = jsonata("a[1")
    assert done.returncode == 2
    assert done.stderr == 'line 1, column 3: S0203: Expected "]" before end of expression\n  a[1\n    ^\n'


def test_an_error_has_its_line():
    done = jsonata("(\n  $x := 'a';\n  $x + 1\n)")
    assert done.returncode == 1
    assert done.stderr.startswith("line 3, column 6: T2001: ")
    assert done.stderr.endswith("\n    $x + 1\n       ^\n")


def test_a_file_that_is_no_json(tmp_path):
    file = tmp_path / "bad.json"
    file.write_text("{\n  bad")
    done = jsonata("a", "-i", str(file))
    assert done.returncode == 3
    assert done.stderr.startswith(f"{file}:2:3: ")
    assert jsonata("a", "-i", str(tmp_path / "none.json")).returncode == 3


def test_step_functions_profile():
    done = jsonata("$hash('a', 'SHA-256')", "--profile", "step-functions", "--raw")
    assert done.stdout.strip() == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert jsonata("$eval('1')", "--profile", "step-functions").returncode == 1


def test_time_is_limited():
    done = jsonata("($f := function(){$f()}; $f())", "--timeout", "0.5")
    assert done.returncode == 1
    assert "U1001" in done.stderr
