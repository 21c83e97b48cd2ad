"""The files that settings name."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from udpchat.app.cli.settings_file import read_settings
from udpchat.app.server.key_file import KeyFileError, read_key
from udpchat.app.server.motd import MotdError, read_motd


def test_a_named_pipe_is_refused(tmp_path: Path) -> None:
    """To read it would hold up a server that reads its files again."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    with pytest.raises(MotdError, match="it is no regular file"):
        read_motd(str(pipe))
    with pytest.raises(KeyFileError, match="it is no regular file"):
        read_key(str(pipe))
    with pytest.raises(click.UsageError, match="it is no regular file"):
        read_settings(pipe)
