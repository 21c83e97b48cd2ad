"""The parts of a server, made from its settings."""

from __future__ import annotations

from udpchat.app.server.compose import policy
from udpchat.app.server.storage import rules_of
from udpchat.app.settings import Settings
from udpchat.domain.admission.policy import Policy
from udpchat.domain.rooms.inputs import Rules


def test_the_defaults_of_the_gate_are_those_of_the_settings() -> None:
    """A gate without a policy of its own limits what a server limits by default."""
    assert policy(Settings()) == Policy()


def test_the_default_rules_of_a_room_are_those_of_the_settings() -> None:
    """A room whose journal has no start yet keeps and shows what it does by default."""
    assert rules_of(Settings()) == Rules()
