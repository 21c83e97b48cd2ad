"""Private words, to the byte: `/msg`, `/reply`."""

from __future__ import annotations

import pytest

from tests.room import Client, Room, drawing, two_members, whole_lines
from tests.wire.example import CLIENT, TEDDC, TYVEM, Example
from udpchat.domain.commands.private import (
    LineKept,
    NobodyWrote,
    PrivatelySaid,
    ReaderAway,
    ReplyEmpty,
    ReplyUnclear,
    TooMuchKept,
    WriteIncomplete,
    WroteToOneself,
)
from udpchat.domain.limits import MIN_DATAGRAM

SENTENCES = (
    Example(PrivatelySaid(CLIENT, TYVEM, "hello"), b"[client -> you] hello\n"),
    Example(PrivatelySaid(CLIENT, TYVEM, "hello"), b"[you -> Tyvem] hello\n", own=True),
    Example(ReaderAway(TEDDC, "lunch"), b"TEDDC is away: lunch\n"),
    Example(ReaderAway(TEDDC, ""), b"TEDDC is away\n"),
    Example(WriteIncomplete(), b"error - /msg takes a nickname and a text\n"),
    Example(ReplyEmpty(), b"error - /reply takes a text\n"),
    Example(LineKept(TEDDC), b"TEDDC is not here, your words are kept until it is\n"),
    Example(TooMuchKept(TEDDC), b"error - TEDDC is not here, and no more words can be kept\n"),
    Example(WroteToOneself(), b"error - you cannot write to yourself\n"),
    Example(NobodyWrote(), b"error - nobody has written to you\n"),
    Example(ReplyUnclear(TEDDC), b"error - not sent, TEDDC wrote to you just now, type: /msg NICK TEXT\n"),
)


def three_members() -> tuple[Client, Client, Client]:
    """Return client, Tyvem and TEDDC."""
    room = Room(drawing("first", "Tyvem", "TEDDC"))
    one, two, three = room.member(), room.member(), room.member()
    one.say("/nick client")
    for each in (one, two, three):
        each.hears()
    return one, two, three


@pytest.mark.parametrize("word", ["/msg", "/m", "/tell", "/query", "/w", "/MSG", " /msg", "\u00a0/Tell"])
@pytest.mark.parametrize("nickname", ["Tyvem", "tyvem", "TYVEM", "Ty\u0301vem", "\uff34yvem"])
def test_msg(word: str, nickname: str) -> None:
    """The one it is for reads who said it, its sender reads to whom it went, and nobody else receives anything."""
    one, two, three = three_members()
    one.say(f"{word} {nickname}  hello  there \n")
    assert one.gets() == [b"[you -> Tyvem] hello  there \n"]
    assert two.gets() == [b"[client -> you] hello  there \n"]
    assert three.gets() == []


@pytest.mark.parametrize("blank", ["\t", "\u00a0", "\u2003", "\u3000", "\u2800", " \t "])
def test_any_blank_separates_the_words(blank: str) -> None:
    """Also those that other programs put into a line."""
    one, two, three = three_members()
    one.say(f"/msg{blank}Tyvem{blank}hello")
    assert two.hears() == ["[client -> you] hello"]
    assert three.hears() == []


@pytest.mark.parametrize("line", ["/msg", "/msg Tyvem", "/w \t ", "/tell Tyvem  "])
def test_msg_without_text(line: str) -> None:
    """Nothing is sent."""
    _, one, two = two_members()
    one.say(line)
    assert one.gets() == [b"error - /msg takes a nickname and a text\n"]
    assert two.gets() == []


@pytest.mark.parametrize("nickname", ["nobody", "Tyvem:", "/Tyvem", "a,b", "x" * 25])
def test_msg_to_somebody_who_is_not_here(nickname: str) -> None:
    """Only the sender receives that; so it does after that one has left."""
    _, one, two = two_members()
    one.say(f"/msg {nickname} hello")
    assert one.hears() == [f"error - {nickname} is not here"]
    assert two.gets() == []
    two.say("/quit")
    one.hears()
    one.say("/msg Tyvem hello")
    assert one.hears() == ["error - Tyvem is not here"]


def test_a_long_name_of_nobody_is_cut() -> None:
    """The sentence fits into a datagram."""
    _, one, two = two_members()
    one.say(f"/msg {'x' * 4000} hello")
    (answer,) = one.gets()
    assert answer.startswith(b"error - xxx")
    assert answer.endswith(b"x... is not here\n")
    assert two.gets() == []


def test_msg_to_oneself() -> None:
    """Such a line is refused: it would be for nobody."""
    _, one, two = two_members()
    one.say("/msg teddc hello")
    assert one.gets() == [b"error - you cannot write to yourself\n"]
    assert two.gets() == []


def test_reply() -> None:
    """An answer goes to the one who wrote last, whatever name that one has by now."""
    one, two, three = three_members()
    one.say("/msg Tyvem hello")
    one.say("/nick TEDDC2")
    for each in (one, two, three):
        each.hears()
    two.say("/r hello  yourself")
    assert one.gets() == [b"[Tyvem -> you] hello  yourself\n"]
    assert two.gets() == [b"[you -> TEDDC2] hello  yourself\n"]
    one.say("/reply bye")
    assert two.gets() == [b"[TEDDC2 -> you] bye\n"]
    assert three.gets() == []


def test_reply_before_anybody_wrote() -> None:
    """There is nobody to answer. An own private line does not change that."""
    _, one, two = two_members()
    one.say("/r hello")
    one.say("/msg Tyvem hello")
    one.say("/r hello")
    assert one.hears() == [
        "error - nobody has written to you",
        "[you -> Tyvem] hello",
        "error - nobody has written to you",
    ]
    assert two.hears() == ["[TEDDC -> you] hello"]


def test_reply_without_text() -> None:
    """Nothing is sent."""
    _, one, two = two_members()
    two.say("/msg TEDDC hello")
    two.hears()
    one.say("/reply  ")
    assert one.hears()[1:] == ["error - /reply takes a text"]
    assert two.gets() == []


def test_reply_to_somebody_who_has_left() -> None:
    """Nobody else receives it, not even who has the same name or the same address now."""
    one, two, three = three_members()
    one.say("/msg Tyvem hello")
    one.say("/quit")
    three.say("/nick client")
    one.say("hi")
    for each in (one, two, three):
        each.hears()
    two.say("/r secret")
    assert two.hears() == ["error - client is not here"]
    assert one.gets() == three.gets() == []


@pytest.mark.parametrize(("seconds", "sent"), [(0.0, False), (1.9, False), (2.0, True), (-0.1, True)])
def test_reply_just_when_somebody_else_writes(seconds: float, *, sent: bool) -> None:
    """For two seconds after another one wrote, an answer is refused: it was begun for the one before."""
    one, two, three = three_members()
    one.say("/msg Tyvem hello")
    three.say("/msg Tyvem psst")
    three.room.now += 1.0
    three.say("/msg Tyvem psst")
    three.room.now += seconds - 1.0
    for each in (one, two, three):
        each.hears()
    two.say("/r secret")
    if sent:
        assert two.hears() == ["[you -> TEDDC] secret"]
        assert three.hears() == ["[Tyvem -> you] secret"]
    else:
        assert two.hears() == ["error - not sent, TEDDC wrote to you just now, type: /msg NICK TEXT"]
        assert three.hears() == []
    assert one.gets() == []


def test_a_long_private_line_is_split() -> None:
    """Each piece has the same beginning, for both who read it."""
    room = Room(drawing("TEDDC", "Tyvem"), max_datagram=MIN_DATAGRAM)
    one, two = room.member(), room.member()
    said = "x" * 1000
    one.say(f"/msg Tyvem {said}")
    for client, head in ((one, "[you -> Tyvem] "), (two, "[TEDDC -> you] ")):
        got = client.gets()
        assert all(len(payload) <= MIN_DATAGRAM for payload in got)
        lines = [line for payload in got for line in whole_lines(payload)]
        assert len(lines) > 1
        assert "".join(line.removeprefix(head) for line in lines) == said


def test_no_history_has_private_words() -> None:
    """Neither that of the two, nor what one of them missed."""
    one, two, three = three_members()
    one.say("hello\n/msg Tyvem secret")
    two.say("/quit")
    one.say("/msg Tyvem secret")
    two.say("\n")
    for each in (one, two, three):
        each.hears()
        each.say("/history\n/missed")
        heard = each.hears()
        assert "[00:00] client: hello" in heard
        assert not [line for line in heard if "secret" in line]


def test_a_name_from_right_to_left_stays_in_its_brackets() -> None:
    """A mark is behind it, as in other sentences."""
    room = Room(drawing("TEDDC", "Tyvem"))
    one, two = room.member(), room.member()
    one.say("/nick \u05e9\u05dc\u05d5\u05dd")
    one.hears()
    two.hears()
    one.say("/msg Tyvem hi")
    assert two.gets() == ["\u200e[\u05e9\u05dc\u05d5\u05dd\u200e -> you] hi\n".encode()]
    two.say("/r hi")
    assert two.gets() == ["[you -> \u05e9\u05dc\u05d5\u05dd\u200e] hi\n".encode()]


def test_a_private_word_and_an_action_ring() -> None:
    """The bell of the one it is for stands before the words; who ignores the writer hears none."""
    _, one, two = two_members()
    one.say("/bell on")
    one.gets()
    two.say("/msg TEDDC psst")
    assert one.gets() == [b"\x07[Tyvem -> you] psst\n"]
    one.room.now += 10
    two.say("/me waves at TEDDC")
    assert one.gets() == [b"\x07* Tyvem waves at TEDDC\n"]
    one.room.now += 10
    one.say("/ignore Tyvem")
    one.gets()
    two.say("/msg TEDDC psst\n/me waves at TEDDC")
    assert one.gets() == []


def test_an_ignored_reader_is_away_without_a_word() -> None:
    """Who ignores somebody and writes to them nevertheless reads that they are away, and not their reason."""
    _, one, two = two_members()
    two.say("/away having a cigar")
    one.say("/ignore Tyvem")
    one.gets()
    one.say("/msg Tyvem hello")
    assert one.hears() == ["[you -> Tyvem] hello", "Tyvem is away"]
