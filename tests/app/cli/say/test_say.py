"""`udpchat say` says lines, once each, and tells by its exit code what became of them."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.app.cli.command import assert_one_sentence, in_process, run
from tests.app.clients.processes import Program, clients, free_port, join, serving
from tests.app.clients.relay import relaying


def heard(person: Program, line: str) -> None:
    """Wait until a person has read what somebody said."""
    person.prints(rf"[^ ]+( \(script\))?: {line}")


def test_it_says_a_line(tmp_path: Path) -> None:
    """The room reads it, once, and the exit code is 0."""
    with serving(tmp_path) as server, clients(server.port, "socat UDP4") as (person,):
        join(person)
        done = in_process("say", f"localhost:{server.port}", "deploy finished")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        heard(person, "deploy finished")
        person.prints(r".* has disconnected\.")
        assert sum(each.endswith(": deploy finished") for each in person.printed) == 1


def test_it_says_standard_input_line_by_line(tmp_path: Path) -> None:
    """Each line that is not blank is said, in order, also where more come than the rate allows."""
    with serving(tmp_path, "--rate", "2") as server, clients(server.port, "socat UDP4") as (person,):
        join(person)
        lines = [f"line {number}" for number in range(16)]
        done = run("say", f"127.0.0.1:{server.port}", given="\n\n".join(lines) + "\n")
        assert (done.returncode, done.stderr) == (0, "")
        heard(person, lines[-1])
        assert [each.partition(": ")[2] for each in person.printed if ": line " in each] == lines


def test_it_says_a_line_in_a_room(tmp_path: Path) -> None:
    """With --room, it goes there first."""
    with serving(tmp_path) as server, clients(server.port, "socat UDP4") as (person,):
        join(person)
        person.say("/join kitchen")
        person.prints("you are alone in kitchen")
        assert in_process("say", f"127.0.0.1:{server.port}", "--room", "kitchen", "soup is ready").returncode == 0
        heard(person, "soup is ready")


def test_it_loses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    """A third of all datagrams is lost, in both directions."""
    with (
        serving(tmp_path, "--host", "127.0.0.1", "--rate", "0") as server,
        relaying(server.port, seed=3) as relay,
        clients(server.port, "socat UDP4") as (person,),
    ):
        join(person)
        relay.loss = 0.3
        lines = [f"line {number}" for number in range(8)]
        done = run("say", f"127.0.0.1:{relay.port}", given="\n".join(lines))
        assert (done.returncode, done.stderr) == (0, "")
        heard(person, lines[-1])
        assert [each.partition(": ")[2] for each in person.printed if ": line " in each] == lines
        assert relay.lost > 3


def test_a_refusal_is_told(tmp_path: Path) -> None:
    """The exit code is 1, and the sentence is that of the server, with the line that it is about."""
    with serving(tmp_path) as server:
        here = f"127.0.0.1:{server.port}"
        assert_one_sentence(in_process("say", here, "/nick server"), 1, "udpchat: nickname")
        assert_one_sentence(run("say", here, given="hello\n/nonsense\n"), 1, "udpchat: line 2: ")
        assert_one_sentence(in_process("say", here, "--room", "not a room", "x"), 1, "udpchat: ")


def test_a_key_that_is_asked_for_is_told(tmp_path: Path) -> None:
    """It cannot be sent: whoever runs a script would have to write it into the command line."""
    key = tmp_path / "key"
    key.write_text("sesame\n", encoding="utf-8")
    key.chmod(0o600)
    with serving(tmp_path, "--key-file", str(key)) as server:
        done = in_process("say", f"127.0.0.1:{server.port}", "hello")
        assert_one_sentence(done, 1, "the server asks for a key")


def test_it_sends_a_code_by_itself(tmp_path: Path) -> None:
    """Where strangers must prove their address, nobody has to type anything."""
    with serving(tmp_path, "--admission", "code") as server:
        assert in_process("say", f"127.0.0.1:{server.port}", "hello").returncode == 0


def test_it_posts_with_a_token(tmp_path: Path) -> None:
    """With the token of an owner, lines are said in that name, and marked."""
    with serving(tmp_path) as server, clients(server.port, "socat UDP4") as (person,):
        nickname = join(person)
        person.say("/claim")
        person.prints("you own .*")
        person.say("/token")
        person.prints("you let scripts write .*")
        token = tmp_path / "token"
        token.write_text(next(each for each in person.printed if "/post" in each).split()[-2] + "\n", encoding="utf-8")
        here = f"127.0.0.1:{server.port}"
        assert in_process("say", here, "--token-file", str(token), "deploy finished").returncode == 0
        person.prints(rf"{nickname} \(script\): deploy finished")
        lines = "\n".join(f"step {number}" for number in range(11))
        assert run("say", here, "--token-file", str(token), given=lines).returncode == 0
        person.prints(rf"{nickname} \(script\): step 10")
        token.write_text("aaaa-bbbb-cccc-dddd-eeee-ffff", encoding="utf-8")
        assert_one_sentence(in_process("say", here, "--token-file", str(token), "x"), 1, "this token is not valid")


@pytest.mark.parametrize("listens", [False, True])
def test_no_answer_is_told(listens: bool) -> None:  # noqa: FBT001 - a parameter
    """Where nobody listens, or nobody answers, the exit code is 2, after 5 seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1] if listens else free_port("127.0.0.1")
        done = in_process("say", f"127.0.0.1:{port}", "hello")
    assert_one_sentence(done, 2, f"no server answers at 127.0.0.1 port {port}")


@pytest.mark.parametrize("words", [("localhost",), ("::1:12000",), ("localhost:0",), ("[::1]:x",), (":12000",)])
def test_wrong_usage(words: tuple[str, ...]) -> None:
    """A place that is none is wrong usage."""
    assert_one_sentence(in_process("say", *words, "hello"), 2, "is no HOST:PORT")


def test_more_wrong_usage(tmp_path: Path) -> None:
    """A file without a token, and a room for a script, are wrong usage; a host that does not exist has no answer."""
    file = tmp_path / "token"
    file.write_text("two words\n", encoding="utf-8")
    assert_one_sentence(in_process("say", "localhost:1", "--token-file", str(file), "x"), 2, "there is no token in")
    missing = in_process("say", "localhost:1", "--token-file", str(tmp_path / "none"), "x")
    assert_one_sentence(missing, 2, "No such file")
    both = ("--token-file", str(file), "--room", "kitchen")
    assert_one_sentence(in_process("say", "localhost:1", *both, "x"), 2, "exclude each other")
    assert_one_sentence(in_process("say", "host.invalid:1", "x"), 2, "cannot find host.invalid")
