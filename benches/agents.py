"""The agents that are measured, and what they are asked."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
STATIC = TARGET / "static"

PROTOCOL = "io.choria.mcorpc.external.v1.rpc_request"

# As agents of `choria-external new` are linked; the profile `agent` is theirs, too.
FLAGS = ["-C", "target-feature=+crt-static", "-C", "relocation-model=static"]


def request(agent, action, data):
    return {
        "$schema": "https://choria.io/schemas/mcorpc/external/v1/rpc_request.json",
        "protocol": PROTOCOL,
        "agent": agent,
        "action": action,
        "requestid": "f8a2decdcdbd4616ac1d5b7c011252c8",
        "senderid": "localhost",
        "callerid": "choria=rip.mcollective",
        "collective": "mcollective",
        "ttl": 60,
        "msgtime": 1795265775,
        "data": data,
    }


def static_parrot():
    host = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    host = next(line.split()[1] for line in host.splitlines() if line.startswith("host: "))
    subprocess.run(
        ["cargo", "build", "--profile", "agent", "--locked", "-p", "parrot", "--target", host, "--target-dir", STATIC],
        check=True,
        cwd=ROOT,
        env={**os.environ, "RUSTFLAGS": " ".join(FLAGS)},
    )
    return STATIC / host / "agent/parrot"


def static_program(source):
    """A program of one file, linked as the parrot is."""
    program = STATIC / source.stem
    optimised = ["-O", "-C", "lto=fat", "-C", "codegen-units=1", "-C", "strip=symbols"]
    subprocess.run(["rustc", "--edition=2024", *optimised, *FLAGS, "-o", program, source], check=True)
    return program


def go_parrot():
    """The minimal agent in Go, with nothing but its standard library."""
    program = STATIC.resolve() / "parrot.go"
    subprocess.run(
        ["go", "build", "-ldflags=-s -w", "-o", program, "."],
        check=True,
        cwd=ROOT / "tests/go/parrot",
        env={**os.environ, "CGO_ENABLED": "0"},
    )
    return program


def python_parrot():
    """The same agent in Python, with its environment's interpreter in the first line."""
    environment = TARGET / "python"
    subprocess.run([ROOT / "tests/python/environment", environment], check=True, stdout=subprocess.DEVNULL)
    source = (ROOT / "tests/python/parrot/parrot").read_text().split("\n", 1)[1]
    program = STATIC / "parrot.py"
    program.write_text(f"#!{environment.resolve()}/bin/python\n{source}")
    program.chmod(0o755)
    return program
