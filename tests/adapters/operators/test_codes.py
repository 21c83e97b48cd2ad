"""One-time codes of operators (RFC 6238)."""

from __future__ import annotations

import hmac
import shutil
from pathlib import Path

import pyotp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.operators.files import ANA, BEN, with_operators, written
from udpchat.adapters.operators.codes import STEP, OperatorCodes
from udpchat.adapters.operators.file import OperatorsFile
from udpchat.adapters.operators.lines import OperatorsError
from udpchat.domain.ports.codes import OneTimeCodes

# RFC 6238, appendix B, for SHA-1: it has 8 digits, of which a code of 6 digits is the end.
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
NOW = 1_800_000_000.0  # the beginning of a step
CURRENT = int(NOW) // STEP
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class Clock:
    """Seconds since an arbitrary moment, and what was warned of."""

    def __init__(self) -> None:
        self.now = 100.0
        self.warnings: list[str] = []

    def codes(self, path: Path) -> OperatorCodes:
        """Return the codes of the operators in a file, by this clock."""
        return OperatorCodes(OperatorsFile(path), lambda: self.now, self.warnings.append)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file with an operator."""
    path = tmp_path / "operators"
    with_operators(path, ANA)
    return path


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


def code(step: int, secret: str = ANA.secret) -> str:
    """Return the code of a step, as an app makes it."""
    return pyotp.TOTP(secret).at(step * STEP)


@pytest.mark.parametrize(("now", "vector"), VECTORS)
def test_the_vectors_of_the_standard(path: Path, clock: Clock, now: int, vector: str) -> None:
    """The code of each moment is that of the RFC, in the step that the moment is in."""
    assert clock.codes(path).steps_of("ana", vector[-6:], now) == now // STEP


@given(st.integers(-5, 5), st.floats(0, STEP - 0.001))
@shared
def test_a_code_counts_in_three_steps(path: Path, offset: int, moment: float) -> None:
    """In its own step, and in the ones before and after it."""
    checked = Clock().codes(path)
    expected = CURRENT + offset if abs(offset) <= 1 else None
    assert checked.steps_of("Ana", code(CURRENT + offset), NOW + moment) == expected


@given(st.integers(-5, 5), st.integers(-2, 3))
@shared
def test_two_codes_must_follow_each_other(path: Path, offset: int, distance: int) -> None:
    """The second one is that of the next step, and counts as a single one does; the order matters."""
    checked = Clock().codes(path)
    given_codes = code(CURRENT + offset - distance), code(CURRENT + offset)
    expected = CURRENT + offset if abs(offset) <= 1 and distance == 1 else None
    assert checked.consecutive("ana", *given_codes, NOW) == expected


def test_a_code_again(path: Path, clock: Clock) -> None:
    """A check uses nothing up: that is the business of whoever asks, who is told the step."""
    checked: OneTimeCodes = clock.codes(path)
    assert checked.steps_of("ana", code(CURRENT), NOW) == checked.steps_of("ana", code(CURRENT), NOW) == CURRENT


def test_the_first_steps_of_1970(path: Path, clock: Clock) -> None:
    """A clock that was never set has no steps before the first one."""
    checked = clock.codes(path)
    assert checked.steps_of("ana", code(0), 0) == 0
    assert checked.steps_of("ana", code(1), 0) == 1
    assert checked.consecutive("ana", code(0), code(1), 0) == 1
    assert checked.consecutive("ana", code(0), code(0), 0) is None


@given(st.text(max_size=12), st.text(max_size=12))
@shared
def test_anything_else_is_wrong(path: Path, name: str, text: str) -> None:
    """Neither another text than a code, nor a code with another name, is right; no text causes an exception."""
    checked = Clock().codes(path)
    right = {code(CURRENT + offset) for offset in (-1, 0, 1)}
    if text not in right:
        assert checked.steps_of("ana", text, NOW) is None
        assert checked.consecutive("ana", text, code(CURRENT), NOW) is None
    if name.lower() != "ana":
        assert checked.steps_of(name, code(CURRENT), NOW) is None
    for odd in (
        f"{code(CURRENT)}\0",
        f"{code(CURRENT - 1)}\0{code(CURRENT)}",
        f"{code(CURRENT)} ",
        f"0{code(CURRENT)}",
    ):
        assert checked.steps_of("ana", odd, NOW) is None
    assert checked.steps_of("ana", "\ud800", NOW) is None


def test_nobody_has_the_code_of_the_dummy(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown name is compared with codes of a random secret, and is wrong also if the code is right by chance."""
    monkeypatch.setattr(pyotp, "random_base32", lambda: BEN.secret)
    assert clock.codes(path).steps_of("ben", code(CURRENT, BEN.secret), NOW) is None


@pytest.mark.parametrize(
    ("name", "text"), [("ana", code(CURRENT)), ("ana", "000000"), ("nobody", "000000"), ("no body", "x"), ("ana", "")]
)
def test_every_check_takes_the_same_steps(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    """As many codes are made, and compared in constant time, whether name and code are right or not."""
    made, compared = [], []
    make, compare = pyotp.TOTP.generate_otp, hmac.compare_digest

    def generate(maker: pyotp.TOTP, step: int) -> str:
        made.append(step)
        return make(maker, step)

    def digest(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return compare(one, other)

    checked = clock.codes(path)
    monkeypatch.setattr(pyotp.TOTP, "generate_otp", generate)
    monkeypatch.setattr(hmac, "compare_digest", digest)
    checked.steps_of(name, text, NOW)
    assert made == [CURRENT - 1, CURRENT, CURRENT + 1]
    assert len(compared) == 3


def test_a_code_of_two_steps_is_that_of_the_later_one(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earlier step may be used up already, and the later one is new to whoever takes each step once."""
    checked = clock.codes(path)
    monkeypatch.setattr(pyotp.TOTP, "generate_otp", lambda _, step: "111111" if step <= CURRENT else "222222")
    assert checked.steps_of("ana", "111111", NOW) == CURRENT


def test_a_change_of_the_file_is_noticed(path: Path, clock: Clock) -> None:
    """Within a second; in between, the file is not looked at."""
    checked = clock.codes(path)
    assert checked.steps_of("ben", code(CURRENT, BEN.secret), NOW) is None
    OperatorsFile(path).add(BEN)
    OperatorsFile(path).remove("ana")
    clock.now += 0.5
    assert checked.steps_of("ben", code(CURRENT, BEN.secret), NOW) is None
    clock.now += 0.6
    assert checked.steps_of("ben", code(CURRENT, BEN.secret), NOW) == CURRENT
    assert checked.steps_of("ana", code(CURRENT), NOW) is None
    assert clock.warnings == []


def test_a_file_that_did_not_change_is_not_read(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often somebody asks."""
    checked = clock.codes(path)
    monkeypatch.setattr(OperatorsFile, "read", lambda _: pytest.fail("it was read"))
    for _ in range(5):
        clock.now += 10
        assert checked.steps_of("ana", code(CURRENT), NOW) == CURRENT


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda path: path.unlink(), "cannot read the operators' file"),
        (lambda path: path.chmod(0o644), "chmod 600"),
        (lambda path: written(path, b"ana\n"), "line 1 has no secret"),
        (lambda path: (path.unlink(), path.mkdir(0o700)), "is no regular file"),
    ],
    ids=["removed", "mode", "damaged", "a folder"],
)
def test_an_unusable_file_takes_nobody_away(path: Path, clock: Clock, damage: object, sentence: str) -> None:
    """The operators known before stay, each change is warned of once, and a file that is good again is read."""
    checked = clock.codes(path)
    assert callable(damage)
    damage(path)
    for _ in range(3):
        clock.now += 2
        assert checked.steps_of("ana", code(CURRENT), NOW) == CURRENT
    assert len(clock.warnings) == 1
    assert sentence in clock.warnings[0]
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    written(path, b"ben\n")
    for _ in range(3):
        clock.now += 2
        assert checked.steps_of("ana", code(CURRENT), NOW) == CURRENT
    assert len(clock.warnings) == 2
    with_operators(path.with_name("new"), BEN)
    path.with_name("new").replace(path)
    clock.now += 2
    assert checked.steps_of("ben", code(CURRENT, BEN.secret), NOW) == CURRENT
    assert checked.steps_of("ana", code(CURRENT), NOW) is None
    assert len(clock.warnings) == 2


def test_the_same_trouble_again_is_another_change(path: Path, clock: Clock) -> None:
    """A file that is removed, put back and removed again is warned of twice."""
    checked, aside = clock.codes(path), path.with_name("aside")
    for _ in range(2):
        path.rename(aside)
        for _ in range(3):
            clock.now += 2
            assert checked.steps_of("ana", code(CURRENT), NOW) == CURRENT
        aside.rename(path)
        clock.now += 2
        assert checked.steps_of("ana", code(CURRENT), NOW) == CURRENT
    assert clock.warnings == [f"cannot read the operators' file {path}: No such file or directory"] * 2


def test_trouble_that_passes_by_itself(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed file that could not be read, because the process had no descriptors left, is read a second later."""
    checked, read = clock.codes(path), OperatorsFile.read
    OperatorsFile(path).add(BEN)

    def fail(_: OperatorsFile) -> None:
        raise OperatorsError("no descriptors")

    monkeypatch.setattr(OperatorsFile, "read", fail)
    clock.now += 2
    assert checked.steps_of("ben", code(CURRENT, BEN.secret), NOW) is None
    monkeypatch.setattr(OperatorsFile, "read", read)
    clock.now += 2
    assert checked.steps_of("ben", code(CURRENT, BEN.secret), NOW) == CURRENT
    assert clock.warnings == ["no descriptors"]


def test_a_bad_file_at_the_start(path: Path, clock: Clock) -> None:
    """Nobody is known yet, so it is an error."""
    path.chmod(0o644)
    with pytest.raises(OperatorsError, match="chmod 600"):
        clock.codes(path)


def test_a_log_of_it_has_no_secret(path: Path, clock: Clock) -> None:
    """What is shown of it has neither secrets nor what makes codes."""
    assert "TOTP" not in repr(clock.codes(path))
    assert ANA.secret not in repr(clock.codes(path))
