"""The programs that benches compare: the static parrot, and the same agent in Python."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
STATIC = TARGET / "static"
FLAGS = "-C target-feature=+crt-static -C relocation-model=static"


def static_parrot():
    """The parrot as nodes get it: a release, with its C library in it."""
    host = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    host = next(line.split()[1] for line in host.splitlines() if line.startswith("host: "))
    subprocess.run(
        ["cargo", "build", "--release", "--locked", "-p", "parrot", "--target", host, "--target-dir", STATIC],
        check=True,
        cwd=ROOT,
        env={**os.environ, "RUSTFLAGS": FLAGS},
    )
    return STATIC / host / "release/parrot"


def python_parrot():
    """The same agent in Python, with its environment's interpreter in the first line."""
    environment = TARGET / "python"
    subprocess.run([ROOT / "tests/python/environment", environment], check=True, stdout=subprocess.DEVNULL)
    source = (ROOT / "tests/python/parrot/parrot").read_text().split("\n", 1)[1]
    peer = STATIC / "parrot.py"
    peer.write_text(f"#!{environment.resolve()}/bin/python\n{source}")
    peer.chmod(0o755)
    return peer
