"""Hand-made MIDI files and small pieces as fixtures."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from builders.midi_files import midi_bytes
from builders.pieces import KIT
from composer.midi.notes import MidiNotes, parse_midi_notes


@pytest.fixture(scope="session")
def make_bytes() -> Callable[..., bytes]:
    return midi_bytes


@pytest.fixture(scope="session")
def make_midi() -> Callable[..., MidiNotes]:
    def make(*arguments: object, **options: object) -> MidiNotes:
        return parse_midi_notes(midi_bytes(*arguments, **options))

    return make


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """What the tests of this folder build pieces with."""
    return KIT
