"""A short form of kill_rounds.py; the long one runs by hand: --workflows 200."""

import subprocess
import sys
from pathlib import Path


def test_nothing_is_lost_or_repeated_by_kills():
    script = Path(__file__).resolve().parent.parent / "kill_rounds.py"
    done = subprocess.run([sys.executable, str(script), "--workflows", "25", "--seed", "3", "--every", "0.8"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
