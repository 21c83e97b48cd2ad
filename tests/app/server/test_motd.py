"""The file with the message of the day."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.app.server.motd import MAX_FILE, MotdError, read_motd
from udpchat.app.server.storage import rules_of
from udpchat.app.settings import Settings
from udpchat.domain.commands.help import MotdShown
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.limits import MAX_DATAGRAM
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.text.bidi import LEFT_TO_RIGHT_MARK
from udpchat.domain.text.lines import clean_lines


@pytest.mark.parametrize(
    ("content", "motd"),
    [
        (b"", ""),
        (b"\n \n", ""),
        (b"be kind", "be kind"),
        (b"one\r\n\n  two \n\n\nthree\n", "one\n  two \nthree"),
        ("\ufeffgr\u00fc\u00dfe\n".encode(), "gr\u00fc\u00dfe"),
        (b"\x1b[31mred\x1b[0m\a\tbold\x00", "red bold"),
        ("\u202ereversed\u2028line".encode(), "reversed line"),
        (b"a\n" * 20, "\n".join("a" * 20)),
        (b"x" * 1000, "x" * 1000),
        (b"\x1b[31m" * 200 + b"x" * 1000 + b"\n" * 100, "x" * 1000),
    ],
)
def test_it_is_cleaned(tmp_path: Path, content: bytes, motd: str) -> None:
    """It is what is left of its lines after the rules for lines of clients; it becomes a rule of the room."""
    file = tmp_path / "motd"
    file.write_bytes(content)
    assert read_motd(str(file)) == motd
    assert rules_of(Settings(motd=str(file))) == Rules(motd=motd)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"a\n" * 21, "is too large, the limit is 20 lines and 1000 bytes"),
        (b"x" * 1001, "is too large"),
        ("\u00fc".encode() * 501, "is too large"),
        (b"x" * 500 + b"\n" + b"x" * 500, "is too large"),
        (b"\n" * (MAX_FILE + 1), "is too large"),
        (b"gr\xfc\xdfe", "invalid start byte"),
        (b"\xff\xfea\x00", "invalid start byte"),
    ],
)
def test_it_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    """Text that is not UTF-8, or too long, is an error that names the file."""
    file = tmp_path / "motd"
    file.write_bytes(content)
    with pytest.raises(MotdError, match=why) as caught:
        read_motd(str(file))
    assert f"--motd {file}" in str(caught.value)


@pytest.mark.parametrize("name", ["none", ".", "\0"])
def test_no_file(tmp_path: Path, name: str) -> None:
    """A file that cannot be opened is an error too."""
    with pytest.raises(MotdError, match="cannot read --motd "):
        read_motd(str(tmp_path / name))
    assert read_motd("") == ""


@given(st.text(max_size=300))
def test_it_is_sent_as_it_was_read(text: str) -> None:
    """What is sent of it are its lines, unchanged: cleaning again removes nothing."""
    lines = [line for line in clean_lines(text.encode(errors="replace"), MAX_FILE) if line]
    shown = b"".join(render(MotdShown("\n".join(map(str, lines))), MAX_DATAGRAM)).decode()
    marked = shown.replace(LEFT_TO_RIGHT_MARK, "")  # which keeps a line from the right in its place
    assert marked == "".join(f"- {line}\n" for line in lines) or not lines
