"""Requests and answers over the admin socket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.admin.messages import AdminError, Answer, Request, answer, encode, request


@given(st.text(), st.text(), st.text())
def test_a_request_arrives_as_it_was(word: str, rest: str, room: str) -> None:
    """Any text, in one line."""
    line = encode(Request(word, rest, room))
    assert line.count(b"\n") == 1
    assert request(line) == Request(word, rest, room)


@given(st.lists(st.text()), st.booleans(), st.none() | st.lists(st.dictionaries(st.text(), st.integers())))
def test_an_answer_arrives_as_it_was(lines: list[str], done: bool, data: object) -> None:  # noqa: FBT001 - hypothesis
    """Any lines, and any data that JSON has."""
    assert answer(encode(Answer(tuple(lines), done, data))) == Answer(tuple(lines), done, data)


@given(st.binary() | st.sampled_from([b"{}", b"[]", b"null", b'{"word": 1}', b'{"word": "a", "x": "y"}', b"[" * 9999]))
def test_anything_else_is_refused(line: bytes) -> None:
    """With one sentence, whatever it is."""
    with pytest.raises(AdminError, match="no request"):
        request(line)
    with pytest.raises(AdminError, match="the server ended"):
        answer(line)
