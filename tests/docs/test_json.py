"""docs/json.md and docs/json.schema.json say what programs send and read."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.docs.objects import FROM_CLIENT, check
from tests.docs.pages import fences
from tests.docs.schema import PAGE, SCHEMA, codes, kinds, schema, with_tables, written
from udpchat.domain.dialects.json.decoder import decode_one
from udpchat.domain.dialects.json.encoder import Encoder
from udpchat.domain.limits import COMMON_LINE
from udpchat.domain.rooms.programs.answers import MalformedObject
from udpchat.domain.rooms.requests import Malformed

EXAMPLES = [line for info, code in fences("docs/json.md") if info == "json" for line in code.splitlines()]


def test_the_files_are_as_the_code_is() -> None:
    """Whoever renames a class changes what programs read, unless a row in `kinds` keeps its name."""
    assert SCHEMA.read_text(encoding="utf-8") == written(schema()), "run: python -m tests.docs.schema"
    assert PAGE.read_text(encoding="utf-8") == with_tables(PAGE.read_text(encoding="utf-8"))


def test_names_are_words_with_hyphens() -> None:
    """Kinds and codes are lower case, and each error has a code of its own."""
    names = [*kinds(), *codes()]
    assert all(name.replace("-", "").isalpha() and name.islower() for name in names)
    assert len(codes()) > 80


def test_the_schema_is_one() -> None:
    """It is valid by its own rules."""
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_is_valid(line: str) -> None:
    """What stands on the page is as the schema says, and the server can read what it shows of programs."""
    found = json.loads(line)
    check(found)
    if any(kind in found for kind in FROM_CLIENT) and "event" not in found:
        assert not isinstance(decode_one(line.encode(), COMMON_LINE), Malformed)


def test_every_object_of_a_program_has_an_example() -> None:
    """The table of what programs send has objects that can be read."""
    page = PAGE.read_text(encoding="utf-8")
    shown = [line.split("`")[1] for line in page.splitlines() if line.startswith('| `{"')]
    assert [next(iter(json.loads(each))) for each in shown] == [*FROM_CLIENT]
    for each in shown:
        check(json.loads(each))
        assert not isinstance(decode_one(each.encode(), COMMON_LINE), Malformed)


def test_codes_of_what_cannot_be_read() -> None:
    """They are in the list, although they are one class."""
    for code in ("malformed", "unknown-message"):
        [record] = Encoder(1400).encode(MalformedObject(code))
        assert json.loads(record[1:])["code"] in codes()


def test_what_is_not_in_the_schema_is_noticed() -> None:
    """An object with another field, or of another kind, fails."""
    with pytest.raises(ValidationError):
        check({"event": "hidden", "room": "lobby", "seq": 1, "text": "psst"})
    with pytest.raises(KeyError):
        check({"event": "waved"})
