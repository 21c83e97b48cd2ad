"""Lines, in pieces and without end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.tcp.protocols.framing import LineFramer

LIMIT = 10


def fed(data: bytes, sizes: list[int]) -> tuple[bytes, LineFramer]:
    """Return what comes of bytes in pieces of these sizes, the last one repeated."""
    framer, found, start = LineFramer(LIMIT), b"", 0
    for size in [*sizes, *[sizes[-1]] * len(data)]:
        if piece := data[start : start + size]:
            found += framer.feed(piece)
            start += size
    return found, framer


PIECES = st.lists(st.integers(1, 7), min_size=1, max_size=20)


@given(st.lists(st.binary(max_size=LIMIT).filter(lambda line: b"\n" not in line)), PIECES)
def test_lines_come_out_as_they_went_in(lines: list[bytes], sizes: list[int]) -> None:
    """However lines are cut, they come out whole, and what was not ended comes last."""
    data = b"".join(b"%b\n" % line for line in lines)
    assert fed(data, sizes)[0] == data
    found, framer = fed(data + b"end", sizes)
    assert found == data
    assert framer.rest() == b"end\n"
    assert framer.rest() == b""


@given(st.integers(LIMIT + 1, 300), PIECES)
def test_a_long_line_is_cut(length: int, sizes: list[int]) -> None:
    """Of a line that is too long the beginning comes out, longer than allowed, and the next line is whole."""
    found, framer = fed(b"x" * length + b"\nnext\n", sizes)
    first, second, rest = found.split(b"\n")
    assert LIMIT < len(first) <= length
    assert (second, rest) == (b"next", b"")
    assert not framer.skipping


def test_a_line_without_end_is_not_kept() -> None:
    """However long a line is, no more of it is kept than a line may have."""
    framer = LineFramer(LIMIT)
    assert framer.feed(b"x" * 100) == b"x" * (LIMIT + 1) + b"\n"
    for _ in range(1000):
        assert framer.feed(b"y" * 1000) == b""
    assert framer.partial == b""
    assert framer.rest() == b""
    assert framer.feed(b"z\nafter\n") == b"after\n"
