"""The codes of operators, as a server makes them from its settings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from udpchat.adapters.operators.file import OperatorsFile
from udpchat.adapters.operators.lines import Operator, OperatorsError
from udpchat.app.server.compose import operator_codes, operators_module
from udpchat.app.settings import Settings

VECTOR = 1111111109, "081804"  # RFC 6238, appendix B
ANA = Operator("ana", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")


def test_without_the_setting() -> None:
    """There are no operators."""
    assert operator_codes(Settings()) is None


def test_a_file_that_becomes_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has a warning with the reason, and the operators known before stay."""
    path, now = tmp_path / "operators", [0.0]
    OperatorsFile(path).add(ANA)
    monkeypatch.setattr("udpchat.app.server.compose.time.monotonic", lambda: now[0])
    codes = operator_codes(Settings(operators=str(path)))
    assert codes is not None
    path.unlink()
    now[0] += 10
    with capture_logs() as logs:
        assert codes.steps_of("ana", VECTOR[1], VECTOR[0]) == VECTOR[0] // 30
    reason = f"cannot read the operators' file {path}: No such file or directory"
    event = "operators not read again, those known before stay"
    assert logs == [{"event": event, "reason": reason, "log_level": "warning"}]


@pytest.mark.parametrize("name", ["codes", "enrolment"])
def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The error says what to install."""
    monkeypatch.delitem(sys.modules, f"udpchat.adapters.operators.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "pyotp", None)
    with pytest.raises(OperatorsError, match=r"operators need the package pyotp: pip install 'udpchat\[operators\]'"):
        operators_module(name)
    with pytest.raises(OperatorsError):
        operator_codes(Settings(operators=str(tmp_path / "none")))
