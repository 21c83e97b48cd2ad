"""The limits of the domain, and what stored data means that has fewer fields.

Clients, operators and documents rely on these values. If a test that uses a limit takes it from the code, it does not
notice a change. This table does.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import udpchat.domain
from udpchat.domain.admission.policy import Policy
from udpchat.domain.cluster.failure_detector import NodeState
from udpchat.domain.commands.talk import Said
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Heartbeat, Idle, Rules, Started, Unreachable
from udpchat.domain.text.nickname import Nickname

PACKAGE = f"{udpchat.domain.__name__}."
LIMITS: dict[str, float] = {
    "admission.challenge.CODE_CHARACTERS": 6,
    "admission.challenge.VALID_WINDOWS": 5,
    "admission.challenge.WINDOW": 15.0,
    "admission.drop_notices.MAX_FLOOD": 60.0,
    "admission.drop_notices.MAX_NOTICES": 500,
    "admission.drop_notices.QUIET": 2.0,
    "admission.gate.MAX_HANDLING": 2.0,
    "admission.policy.BURST_SECONDS": 6.0,
    "admission.policy.NEARLY_FULL": 0.8,
    "admission.quota.ANSWER_RATE": 5000,
    "admission.quota.DEEP_DEBT_SECONDS": 9.0,
    "admission.quota.FREE_RECIPIENTS": 100,
    "admission.quota.LINE_BYTES": 400,
    "admission.quota.RECIPIENTS_PER_TOKEN": 500,
    "admission.reachability.MAX_PROBE": 10.0,
    "admission.server_key.MAX_KEY_BYTES": 200,
    "admission.server_key.SERVER_TRIES": 10,
    "admission.server_key.NETWORK_TRIES": 1,
    "admission.server_key.SLOT_CHARACTERS": 2,
    "admission.server_key._HASH_CHARACTERS": 26,
    "admission.strangers.MAX_AMPLIFICATION": 3,
    "admission.strangers.MAX_ENTER": 64,
    "admission.strangers.MAX_TOLD": 10000,
    "admission.strangers.MAX_KEY_ENTER": 1024,
    "admission.strangers.REFUSAL_BYTES": 41,
    "admission.token_bucket.MAX_EMPTY_SECONDS": 12.0,
    "admission.token_bucket.NO_LIMIT": 1e12,
    "admission.posters.MIN_OBJECT": 48,
    "admission.posters.MIN_POST": 32,
    "admission.spoken.MAX_AROUND": 128,
    "admission.spoken.MAX_ENTERING": 4,
    "admission.spoken.MAX_HELLO": 2048,
    "admission.spoken.MAX_READ": 16,
    "admission.token_tries.ALL_POSTS_AT_ONCE": 300,
    "admission.token_tries.ALL_POST_SECONDS": 0.02,
    "admission.token_tries.ALL_TOKENS_AT_ONCE": 100,
    "admission.token_tries.ALL_TOKEN_SECONDS": 0.1,
    "admission.token_tries.POSTS_AT_ONCE": 20,
    "admission.token_tries.POST_SECONDS": 1.0,
    "admission.token_tries.TOKENS_AT_ONCE": 10,
    "admission.token_tries.TOKEN_SECONDS": 3.0,
    "admission.tries.TRIES_AT_ONCE": 5,
    "admission.tries.TRY_SECONDS": 60.0,
    "admission.tries.SHARED_TRIES_AT_ONCE": 10,
    "admission.tries.SHARED_TRY_SECONDS": 6.0,
    "admission.tries.FEW_NETWORKS": 3,
    "admission.tries.ATTACK_SECONDS": 600.0,
    "admission.tries.MAX_PROVEN": 1000,
    "cluster.failure_detector.LEASE": 15.0,
    "cluster.failure_detector.HEARTBEATS_PER_LEASE": 3,
    "commands.arguments.MAX_REASON": 200,
    "commands.arguments.MAX_TIME": 3153600000.0,
    "commands.banning.DAY": 86400.0,
    "commands.banning.MAX_OTHERS": 3,
    "commands.banning._IPV6_BITS": 64,
    "commands.banning._MAPPED_BITS": 96,
    "commands.expression.MAX_DICE": 20,
    "commands.expression.MAX_SEEN": 4000,
    "commands.expression.MAX_SIDES": 1000,
    "commands.expression._RANDOM_BYTES": 2,
    "commands.hands.MAX_HANDS": 1000,
    "commands.help.COLUMNS": 79,
    "commands.help.FEW_COMMANDS": 20,
    "commands.help.LONGEST_MEANT": 4,
    "commands.ignoring.MAX_IGNORED": 100,
    "commands.looks.EARLIEST": -720,
    "commands.looks.HOUR": 60,
    "commands.looks.LATEST": 840,
    "commands.looks.QUARTER": 15,
    "commands.moderation.MUTE_SECONDS": 600,
    "commands.names.REQUEST_SECONDS": 10,
    "commands.order.MAX_SLOW": 3600,
    "commands.people.MIN_IDLE": 60,
    "commands.privacy._LONGEST": 7,
    "commands.private.REPLY_SECONDS": 2.0,
    "commands.rooms.MAX_TOPIC": 200,
    "commands.scripts.POSTS_AT_ONCE": 10,
    "commands.scripts.POST_SECONDS": 2.0,
    "commands.secrecy.HASH_CHARACTERS": 26,
    "datagram._STUN_TYPES": 4,
    "dialects.colors.STYLE_BYTES": 17,
    "dialects.packer.MAX_RUN": 16,
    "dialects.packer.MAX_RUN_SENDS": 20_000,
    "dialects.packer.MAX_TAILS": 256,
    "dialects.packer.MIN_RUNS": 64,
    "dialects.json.decoder.MAX_FRAME": 1000,
    "dialects.json.decoder.MAX_PLACES": 100,
    "dialects.json.decoder.MAX_SECRET": 100,
    "dialects.json.encoder.WIDE": 65536,
    "dialects.json.encoder._FRAME": 4,
    "dialects.json.facts.VERSION": 1,
    "dialects.json.reader.MAX_DEPTH": 4,
    "dialects.json.reader.MAX_DIGITS": 16,
    "dialects.json.splitting.MIN_ENTRY": 48,
    "dialects.json.splitting.MIN_LIST": 128,
    "dialects.json.splitting.MIN_TEXT": 64,
    "dialects.json.splitting._BETWEEN": 3,
    "dialects.json.times.LAST": 253402300799.999,
    "dialects.json.times._BEFORE_1970": 719468,
    "dialects.json.times._DAY": 86400000,
    "dialects.json.times._ERA": 146097,
    "dialects.text_encoder.MIN_PIECE": 16,
    "keyed_hash.KEY_BYTES": 32,
    # Journals have these versions, so they never change.
    "grammar.AGES_SINCE": 2,
    "grammar.ARGUMENTS_SINCE": 2,
    "grammar.GRAMMAR": 5,
    "grammar.GREETINGS_SINCE": 2,
    "grammar.HINTS_SINCE": 2,
    "grammar.NAMES_SINCE": 2,
    "grammar.ORDER_SINCE": 4,
    "grammar.PROGRAMS_SINCE": 5,
    "grammar.REPORTS_SINCE": 2,
    "grammar.REQUESTS_SINCE": 2,
    "grammar.RETURNS_SINCE": 2,
    "grammar.ROOMS_SINCE": 3,
    "grammar.WHOAMI_SINCE": 2,
    "limits.COMMON_DATAGRAM": 1400,
    "limits.COMMON_LINE": 8000,
    "limits.MAX_DATAGRAM": 8192,
    "limits.MAX_MOTD_BYTES": 1000,
    "limits.MAX_MOTD_LINES": 20,
    "limits.MIN_DATAGRAM": 256,
    "machine.ask.MAX_QUOTED": 100,
    "machine.chat.LONG": 300,
    "machine.snapshot.RULES_BEFORE": 9,
    "ports.carrier.LATE": 0.1,
    "commands.wiping.EVERYTHING": 0.0,
    "rooms.acts.FOREVER": 10000000000.0,
    "rooms.bell.MAX_RINGS": 16,
    "rooms.bell.RING_SECONDS": 5,
    "rooms.claims.KEPT_LINE_BYTES": 250,
    "rooms.claims.MAX_ALL_KEPT_BYTES": 4_194_304,
    "rooms.claims.MAX_KEPT_BYTES": 20_000,
    "rooms.claims.MAX_KEPT_LINES": 50,
    "rooms.claims.MAX_OF_NETWORK": 5,
    "rooms.cloak.CLOAK_CHARACTERS": 8,
    "rooms.history.log.DAY": 86_400.0,
    "rooms.history.log.FEW": 4,
    "rooms.history.log.LINE_CHARACTERS": 400,
    "rooms.history.log.MESSAGE_BYTES": 250,
    "rooms.history.log.STEP": 60.0,
    "rooms.history.reception.MAX_ABSENT": 10_000,
    "rooms.members.crowd.MAX_CHANGES": 1024,
    "rooms.moves.MAX_NAMED": 5,
    "rooms.order.BACK_SECONDS": 600,
    "rooms.order.MAX_SANCTIONS": 1000,
    "rooms.order.MAX_SPOKE": 10_000,
    "rooms.rights.FRESH_SECONDS": 60,
    "rooms.rights.MAX_TERM_SECONDS": 7200,
    "rooms.rights.TERM_SECONDS": 900,
    "rooms.programs.session.MAX_BEFORE": 4,
    "rooms.programs.session.MAX_FOLLOWING": 8,
    "rooms.programs.session.MAX_OUTCOMES": 256,
    "rooms.programs.session.MAX_OWN": 100,
    "rooms.programs.session.MAX_OWN_BYTES": 20000,
    "rooms.programs.session.MAX_SPENT": 16,
    "rooms.programs.told.EVENT_BYTES": 500,
    "rooms.programs.told.HIDDEN_BYTES": 110,
    "rooms.programs.told.MAX_TOLD_BYTES": 67_108_864,
    "rooms.requests.MAX_ID": 2**53 - 1,
    "rooms.room.MAX_INVITED": 100,
    "rooms.rooms.MAX_HELD": 5,
    "rooms.rooms.MAX_ROOMS_OF_CLIENT": 10,
    "rooms.rooms.SHRINK": 16,
    "rooms.sanctions.MAX_BANS": 1000,
    "rooms.state.MEASURED": 256,
    "rooms.tokens.GROUP": 4,
    "rooms.tokens.TOKEN_CHARACTERS": 24,
    "text.characters.gaps.MAX_GAP": 16,
    "text.marks.MAX_MARKS": 8,
    "text.names.marks.MAX_ACCENTS": 2,
    "text.names.marks.MAX_NONSPACING": 4,
    "text.nickname.MAX_CHARACTERS": 24,
    "text.nickname.MAX_WORD": 96,
    "text.nickname_generator.LETTERS": 5,
    "text.nickname_generator.TRIES_PER_LENGTH": 1000,
    "text.wrapping.MAX_CLUSTER": 32,
    "text.wrapping.SPACE_SEARCH": 4,
}
OTHERS = {"text.joiners"}  # numbers that follow from other data


def limits() -> Iterator[tuple[str, float]]:
    """Yield the name and the value of each constant of the domain that is a number."""
    for found in pkgutil.walk_packages(udpchat.domain.__path__, PACKAGE):
        module, name = importlib.import_module(found.name), found.name.removeprefix(PACKAGE)
        for node in ast.parse(inspect.getsource(module)).body if name not in OTHERS else ():
            for target in node.targets if isinstance(node, ast.Assign) else ():
                value = getattr(module, target.id) if isinstance(target, ast.Name) and target.id.isupper() else None
                if isinstance(value, int | float):
                    yield f"{name}.{ast.unparse(target)}", value


def test_every_limit_has_its_value() -> None:
    """Whoever changes a limit changes it here too, and looks where the documents state it."""
    assert dict(limits()) == LIMITS


def test_what_earlier_versions_did_not_store() -> None:
    """An input or a snapshot without a field has the value that was in force when the field did not exist."""
    assert Heartbeat() == Heartbeat(said=0, lease=15.0, steady=0.0, digest="", digest_at=0, place=0)
    assert Started(Rules()) == Started(Rules(), unsent=0, takes_over="", grammar=1, unicode="")
    assert Idle() == Idle(seconds=0, makes_room=False)
    assert Unreachable() == Unreachable(None)
    assert NodeState() == NodeState(said=0, lease=15.0, steady=0.0, silent_since={}, at=0.0)
    assert Said(Nickname("TEDDC"), "hello") == Said(Nickname("TEDDC"), "hello", at=0.0)
    assert Recovered(Snapshot()) == Recovered(Snapshot(), inputs=(), unsent=0)
    assert (Snapshot().grammar, Snapshot().unicode, Snapshot().said, Snapshot().beats) == (1, "", 0, 0)


def test_defaults() -> None:
    """A room without settings keeps, shows and lets in what the manual says."""
    assert Rules() == Rules(
        10_000,
        0,
        0,
        "auto",
        1400,
        67_108_864,
        1000,
        announce_joins=False,
        motd="",
        claim_days=30,
        max_claims=10_000,
        log_events=1000,
        session_seconds=120,
    )
    assert Policy() == Policy("auto", 10, 200, 2000, 100, 50, 10_000, 64, 0)
