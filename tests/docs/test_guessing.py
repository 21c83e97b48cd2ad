"""How long guessing the code of an operator takes, as docs/security.md says, follows from the limits of the code."""

from __future__ import annotations

from tests.docs.pages import ROOT, rows
from udpchat.adapters.operators.codes import DRIFT
from udpchat.domain.admission import token_tries, tries
from udpchat.domain.admission.token_tries import ALL_TOKEN_SECONDS
from udpchat.domain.admission.tries import (
    ATTACK_SECONDS,
    FEW_NETWORKS,
    SHARED_TRY_SECONDS,
    TRIES_AT_ONCE,
    TRY_SECONDS,
)
from udpchat.domain.keyed_hash import ALPHABET
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.tokens import TOKEN_CHARACTERS

CODES = 10**6
DAY, YEAR = 86_400, 365.25 * 86_400  # seconds


def test_guessing_a_token() -> None:
    """Page and docstring have how long that takes while all names are owned that may be."""
    valid = 2 * Rules().max_claims
    years = len(ALPHABET) ** TOKEN_CHARACTERS / valid * ALL_TOKEN_SECONDS / YEAR
    assert f"{years:.1e}" == "2.1e+23"
    assert "2.1 · 10^23 years" in (ROOT / "docs/security.md").read_text(encoding="utf-8").replace("\n", " ")
    assert "2.1 * 10**23 years" in (token_tries.__doc__ or "")


def test_the_sums() -> None:
    """Both the page and the docstring of the limiter have these times."""
    valid = 2 * DRIFT + 1
    guesses, pairs = CODES / valid, CODES**2 / valid
    networks = FEW_NETWORKS + 1
    at_most = networks * (TRIES_AT_ONCE + ATTACK_SECONDS / TRY_SECONDS)
    alone = round(guesses * TRY_SECONDS / DAY)
    together = round(guesses / at_most * ATTACK_SECONDS / DAY)
    twice = round(pairs * SHARED_TRY_SECONDS / YEAR, -3)
    assert (valid, networks, at_most) == (3, 4, 60)
    times = [f"{alone} days", f"{together} days", f"{twice:,.0f} years"]
    table = [[cell.content for cell in row] for _, row in rows("docs/security.md")]
    assert [row[2] for row in table if row[0].endswith((", one code", ", two codes"))] == times
    assert all(time in (tries.__doc__ or "") for time in times)
