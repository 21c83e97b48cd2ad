"""The picture in the tour shows a conversation as it happens."""

from __future__ import annotations

from tests.docs.picture import FILE, picture


def test_the_picture_is_drawn_from_a_room() -> None:
    """`docs/room.svg` is what the script draws from a room today."""
    assert FILE.read_text(encoding="utf-8") == picture()
