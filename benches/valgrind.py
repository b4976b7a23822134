"""Instructions, counted by valgrind: the same in every run."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def needed():
    """Installs valgrind where it is missing and that can be done."""
    if shutil.which("valgrind"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("there is no valgrind: installing it")
        subprocess.run(["apt-get", "update", "-q"], check=True)
        subprocess.run(["apt-get", "install", "-q", "-y", "valgrind"], check=True)
        return
    sys.exit(
        "there is no valgrind: install it (on Debian and Ubuntu: apt-get install valgrind)"
    )


def instructions(command, **how):
    """Those of one run of a command."""
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts"
        counted = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", "--trace-children=no", *command]
        done = subprocess.run(counted, capture_output=True, text=True, **how)
        if done.returncode != 0:
            sys.exit(f"valgrind {command[0]} ended with {done.returncode}:\n{done.stderr}")
        return next(int(line.split()[1]) for line in counts.read_text().splitlines() if line.startswith("summary:"))
