"""Says of messages whether the published schemas take them.

Reads lines of JSON, each a list of a protocol and a message. Writes a line of
JSON with the protocols whose published schema is no JSON as it is shipped, then
for each line read "true" or "false".
"""

import importlib.util
import json
import pathlib
import re
import sys

from jsonschema.validators import validator_for


def published_schemas():
    """The schemas inside the Python packages for agents and discovery sources."""
    for package in ("mco_agent", "choria_discovery"):
        folder = pathlib.Path(importlib.util.find_spec(package).origin).parent / "schemas"
        yield from sorted(folder.glob("*.json"))


def read(file):
    """A schema, and whether it had to be mended: one has a comma too many."""
    text = file.read_text()
    try:
        return json.loads(text), False
    except ValueError:
        return json.loads(re.sub(r",(\s*[}\]])", r"\1", text)), True


def main():
    validators, mended = {}, []
    for file in published_schemas():
        schema, was_mended = read(file)
        validators[file.stem] = validator_for(schema)(schema)
        if was_mended:
            mended.append(file.stem)
    print(json.dumps(mended))
    for line in sys.stdin:
        protocol, message = json.loads(line)
        print(json.dumps(validators[protocol].is_valid(message)))


if __name__ == "__main__":
    main()
