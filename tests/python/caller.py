"""Calls an external program as Choria does, with the message classes of the
Python packages: `caller.py PROGRAM < CALLS`.

Reads lines of JSON, each a list of the name of a message class, such as
`ExternalRPCRequest`, and the fields of a request. The request is built with
that class, and written from what the class then holds; the packages have no
writer of requests, since they are made to receive them. The program is started
with it, and its reply is read by the class for replies.

Writes one line of JSON for each call: {"exit": 0, "kind": "ActionReply",
"successful": true, "attributes": {...}, "stdout": "...", "stderr": "..."}. What
the published schema of the reply refuses ends this program.
"""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from choria_discovery.protocol import DiscoveryReply, DiscoveryRequest
from jsonschema.validators import validator_for
from mco_agent.protocol import ActionReply, ActivationReply, ExternalActivationRequest, ExternalRPCRequest

import judge

REQUESTS = {kind.__name__: kind for kind in (ExternalActivationRequest, ExternalRPCRequest, DiscoveryRequest)}
# The attributes of the replies' classes, with the types that they are used as.
REPLIES = {
    ActivationReply: {"activate": bool},
    ActionReply: {"statuscode": int, "statusmsg": str, "data": dict},
    DiscoveryReply: {"nodes": list, "error": str},
}


def build(name, fields):
    """A request of the package's own class."""
    kind = REQUESTS[name]
    # It prints the folder of its schemas when it first reads them.
    with contextlib.redirect_stdout(io.StringIO()):
        kind.load_schema()
    return kind(protocol=kind._protocol, **fields)


def write(request):
    """The request as JSON: the fields that its class has from its schema."""
    fields = {name: value for name, value in request._properties.items() if value is not None}
    # Their schemas want this key and their classes drop it: Choria names the
    # schema of the message there.
    text = json.dumps({"$schema": request._schema["id"], **fields})
    # The package of programs that receive it must take it.
    assert type(request).from_json(text)._properties == request._properties
    return text


def start(program, request, folder):
    """Runs the program on a request; what is not in `env` it does not get."""
    files = {"REQUEST": write(request), "REPLY": "", "FACTS": "{}"}
    env = {"PATH": os.environ["PATH"], "CHORIA_EXTERNAL_PROTOCOL": request._protocol}
    for name, content in files.items():
        file = folder / name.lower()
        file.write_text(content)
        env["CHORIA_EXTERNAL_" + name] = str(file)
    # A discovery source runs in the client: no settings, no facts.
    if isinstance(request, DiscoveryRequest):
        del env["CHORIA_EXTERNAL_FACTS"]
    else:
        env["CHORIA_EXTERNAL_CONFIG"] = str(folder / "plugin.d" / "parrot")
    # Choria names the RPC protocol to an agent at activation, too.
    protocol = request._protocol.replace("activation_request", "rpc_request")
    return subprocess.run(
        [program, env["CHORIA_EXTERNAL_REQUEST"], env["CHORIA_EXTERNAL_REPLY"], protocol],
        env=env,
        cwd=tempfile.gettempdir(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read(reply, text, schemas):
    """Fills the package's reply with what the program wrote."""
    message = json.loads(text)
    schema = schemas[reply._protocol]
    validator_for(schema)(schema).validate(message)
    for name, wanted in REPLIES[type(reply)].items():
        value = message.get(name, getattr(reply, name))
        assert type(value) is wanted, f"{name}: wanted {wanted.__name__}, got {value!r}"
        setattr(reply, name, value)
    return reply


def main(program):
    schemas = {file.stem: judge.read(file)[0] for file in judge.published_schemas()}
    for line in sys.stdin:
        request = build(*json.loads(line))
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            ended = start(program, request, folder)
            reply = read(request.create_reply(), (folder / "reply").read_text(), schemas)
        answer = {
            "exit": ended.returncode,
            "kind": type(reply).__name__,
            "successful": reply.successful(),
            "attributes": {name: getattr(reply, name) for name in REPLIES[type(reply)]},
            "stdout": ended.stdout,
            "stderr": ended.stderr,
        }
        print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
