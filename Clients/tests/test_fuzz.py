"""A short form of fuzz_calls.py; the long one runs by hand: --calls 50000."""

import subprocess
import sys
from pathlib import Path


def test_no_parameters_make_the_server_fail():
    script = Path(__file__).resolve().parent.parent / "fuzz_calls.py"
    done = subprocess.run([sys.executable, str(script), "--calls", "2500", "--seed", "5"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
