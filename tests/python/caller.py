"""Calls an external program as Choria does, with the message classes of the
Python packages: `caller.py PROGRAM < REQUESTS`.

Reads lines of JSON, each a request as Choria writes it. For each it makes sure
that the package of Python programs of that kind takes the request, starts the
program with it, and validates the reply against the published schema. Writes
one line of JSON for each request: {"exit": 0, "reply": {...}, "attributes":
{...}, "stdout": "...", "stderr": "..."}; the attributes are the reply's as the
package's own class for it has them.
"""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
from choria_discovery.protocol import DiscoveryRequest
from choria_external.protocol import ProtocolMessage
from mco_agent.protocol import ExternalActivationRequest, ExternalRPCRequest

import judge

KINDS = (ExternalActivationRequest, ExternalRPCRequest, DiscoveryRequest)


def parse(text):
    """A request, read by the package that Python programs read it with."""
    kind = ProtocolMessage.get_protocol(json.loads(text)["protocol"])
    assert kind in KINDS, kind
    # It prints the folder of its schemas when it first reads them.
    with contextlib.redirect_stdout(io.StringIO()):
        return kind.from_json(text)


def start(program, request, text, folder):
    """Runs the program on a request; what is not in `env` it does not get."""
    names = {"REQUEST": text, "REPLY": "", "FACTS": "{}"}
    env = {"PATH": os.environ["PATH"], "CHORIA_EXTERNAL_PROTOCOL": request.protocol}
    arguments = []
    for name, content in names.items():
        file = folder / name.lower()
        file.write_text(content)
        env["CHORIA_EXTERNAL_" + name] = str(file)
    # A discovery source runs in the client: no settings, no facts.
    if isinstance(request, DiscoveryRequest):
        del env["CHORIA_EXTERNAL_FACTS"]
    else:
        env["CHORIA_EXTERNAL_CONFIG"] = str(folder / "plugin.d" / "parrot")
    # Choria names the RPC protocol to an agent at activation, too.
    protocol = request.protocol.replace("activation_request", "rpc_request")
    arguments = [env["CHORIA_EXTERNAL_REQUEST"], env["CHORIA_EXTERNAL_REPLY"], protocol]
    return subprocess.run(
        [program, *arguments],
        env=env,
        cwd=tempfile.gettempdir(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def main(program):
    schemas = {file.stem: judge.read(file)[0] for file in judge.published_schemas()}
    for text in sys.stdin:
        request = parse(text)
        empty = request.create_reply()
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            ended = start(program, request, text.rstrip("\n"), folder)
            reply = json.loads((folder / "reply").read_text())
        jsonschema.validate(reply, schemas[empty._protocol])
        known = {key: value for key, value in reply.items() if key in vars(empty)}
        same = type(empty)()
        for key, value in known.items():
            setattr(same, key, value)
        print(
            json.dumps(
                {
                    "exit": ended.returncode,
                    "reply": reply,
                    "attributes": json.loads(same.to_json()),
                    "stdout": ended.stdout,
                    "stderr": ended.stderr,
                }
            )
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
