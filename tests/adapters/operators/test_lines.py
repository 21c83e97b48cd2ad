"""The lines of the operators' file."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.adapters.operators.files import ANA, BEN
from udpchat.adapters.operators.lines import Operator, OperatorsError, key_of, operators_in

SENTENCES = re.compile(
    r"F, line \d+ (is not UTF-8 text: correct it or remove it"
    r"|does not begin with the name of an operator: use 1 to 24 letters, digits, - and _"
    r"|has no secret in base32 of 16 to 64 bytes behind the name: remove it, and add the operator again"
    r"|has the same name as line \d+: remove one of them)"
)
"""All that is ever said about a file, to the letter: so no word of the file is in it."""


def refusal(content: bytes) -> str:
    """Return why a file with this content is not read."""
    with pytest.raises(OperatorsError) as caught:
        operators_in(content, "F")
    return str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        b"ana GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        b"  ana\tgezdgnbvgy3tqojqgezdgnbvgy3tqojq\r",
        b"ana GEZD GNBV GY3T QOJQ gezd gnbv gy3t qojq # a comment",
        "ana GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ====== #fr\u00fcher".encode(),
        b"\xef\xbb\xbfana GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    ],
)
def test_the_forms_of_a_line(line: bytes) -> None:
    """A secret may be in groups, in small letters and with padding; comments and blank lines are left out."""
    assert operators_in(b"%s\n# ben, later\n \n" % line, "F") == (ANA,)


def test_the_order_is_that_of_the_file() -> None:
    """Each operator has the number of its line."""
    content = f"# all\nBen {BEN.secret}\n\nana {ANA.secret}".encode()
    assert [(each, each.line) for each in operators_in(content, "F")] == [(BEN, 2), (ANA, 4)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"ana", "has no secret in base32"),
        (b"ana #GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "has no secret in base32"),
        (b"ana GEZDGNBVGY3TQOJQGEZDGNBV1", "has no secret in base32"),
        (b"ana GEZDGNBV=GY3TQOJQGEZDGNBVGY3TQOJQ", "has no secret in base32"),
        ("ana GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ\u0196".encode(), "has no secret in base32"),
        (b"ana " + b"A" * 25, "has no secret in base32"),
        (b"ana " + b"A" * 24, "has no secret in base32"),
        (b"ana " + b"A" * 104, "has no secret in base32"),
        (b"a.na GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "does not begin with the name"),
        (b"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ ana", "does not begin with the name"),
        (b"a" * 25 + b" GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "does not begin with the name"),
        ("an\u00e4 GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".encode(), "does not begin with the name"),
        (b"ana GEZD\xffGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "is not UTF-8"),
        (b"ANA MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK", "has the same name as line 1"),
    ],
)
def test_a_damaged_line(line: bytes, why: str) -> None:
    """It is named by its number, and nothing that stands in it is repeated."""
    said = refusal(f"ana {ANA.secret}\n# more\n".encode() + line)
    assert said.startswith(f"F, line 3 {why}")
    assert SENTENCES.fullmatch(said)


@pytest.mark.parametrize(("characters", "size"), [(26, 16), (103, 64)])
def test_the_shortest_and_the_longest_secret(characters: int, size: int) -> None:
    """Secrets have 16 to 64 bytes."""
    (operator,) = operators_in(b"ana " + b"A" * characters, "F")
    assert len(operator.secret) * 5 // 8 == size


words = st.sampled_from(["ana", "ANA", "Ben", ANA.secret, BEN.secret, "GEZD", "GNBV", "=", "#", " ", "\t", "\r", "\n"])
texts = st.lists(st.one_of(words, st.text(max_size=3)), max_size=30)


@given(st.one_of(texts.map(lambda parts: "".join(parts).encode(errors="surrogatepass")), st.binary(max_size=200)))
@example(f"ana {ANA.secret}\nana {BEN.secret}".encode())
@example(f"{ANA.secret}".encode())
def test_any_content_is_operators_or_one_sentence_without_a_secret(content: bytes) -> None:
    """Whatever is in the file, no other exception comes, and no word of the file is in the sentence."""
    found, said = tuple[Operator, ...](), ""
    try:
        found = operators_in(content, "F")
    except OperatorsError as exc:
        said = str(exc)
    assert not said or SENTENCES.fullmatch(said)
    assert len({each.key for each in found}) == len(found)
    assert all(key_of(each.name) for each in found)


@given(st.text(max_size=30))
def test_names_are_compared_without_regard_to_case(name: str) -> None:
    """Only names that an operator can have are equal to one, so no look-alike of another script is."""
    if re.fullmatch("[a-z0-9_-]{1,24}", name, re.IGNORECASE | re.ASCII):
        assert key_of(name) == key_of(name.upper()) == name.lower()
    else:
        assert key_of(name) == ""


def test_a_name_with_the_kelvin_sign() -> None:
    """Its lower case is the letter k, and it is no name all the same."""
    assert "\u212aim".lower() == "kim"
    assert key_of("\u212aim") == ""


def test_a_secret_is_in_no_log() -> None:
    """What is shown of an operator has no secret."""
    assert repr(Operator("ana", ANA.secret)) == "Operator(name='ana', line=0)"
