"""Whether objects are as docs/json.schema.json says, and have nothing that it does not name."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.docs.schema import SCHEMA

FROM_CLIENT = ("hello", "line", "since", "ping")


@cache
def _validator(name: str) -> Draft202012Validator:
    """Return what compares an object with one definition, with no field but those that it names."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    strict = deepcopy(schema["$defs"][name])
    return Draft202012Validator({**strict, "unevaluatedProperties": False, "$defs": schema["$defs"]})


def check(found: dict[str, Any]) -> None:
    """Fail unless an object is of a kind in the schema, and as that says."""
    kinds = [each for each in FROM_CLIENT if each in found and "event" not in found]
    name = f"from-client-{kinds[0]}" if kinds else found["event"]
    _validator(name).validate(found)
