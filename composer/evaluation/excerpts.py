"""The first bars of any MIDI file, engraved."""

from __future__ import annotations

from pathlib import Path

from composer.errors import ComposerError, MidiError
from composer.midi.notes import MidiNotes, excerpt

__all__ = ["BARS", "engraved_excerpt"]

BARS = 8
_MOST_PARTS = 6


def engraved_excerpt(path: Path, midi: MidiNotes) -> str:
    """The first page of the first `BARS` bars, as SVG, on the grid of our scores.

    Raises
    ------
    ComposerError
        The file has too many parts to be read at this size, or cannot be notated.
    """
    from composer.pipeline.midi_score import composition_of_midi
    from composer.rendering import engrave

    bars = min(BARS, len(midi.bar_lines()) - 1)
    parts = sum(len(part.notes) > 0 for part in excerpt(midi, 1, bars).parts)
    if not 1 <= parts <= _MOST_PARTS:
        raise MidiError(f"{parts} parts play in the first bars; up to {_MOST_PARTS} are engraved")
    composition = composition_of_midi(path, bars=(1, bars))
    try:
        return engrave(composition)[0]
    except ValueError as error:  # music that the notation was not made for
        raise ComposerError(f"the first bars cannot be notated: {error}") from error
