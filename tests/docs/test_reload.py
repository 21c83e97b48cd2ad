"""The manual's table of what a reload changes is that of the code."""

from __future__ import annotations

import attrs

from tests.docs.pages import rows
from udpchat.app.options import LIVE
from udpchat.app.settings import Settings


def test_what_a_reload_changes() -> None:
    """The first row has all settings that can change while the server runs, the second all others, in order."""
    shown = [
        [
            code.content.removeprefix("--").replace("-", "_").lower()
            for code in row[0].children or ()
            if code.content.strip(", ")
        ]
        for heading, row in rows("docs/manual.md")
        if heading == "Reload"
    ]
    fields = attrs.fields(Settings)
    assert shown == [[each.name for each in fields if bool(each.metadata.get(LIVE)) is live] for live in (True, False)]
