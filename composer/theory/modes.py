"""Modes: scales on a tonic."""

from __future__ import annotations

from dataclasses import dataclass

from composer.errors import PlanError

__all__ = ["MODES", "Mode", "find_mode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A scale on a tonic.

    Attributes
    ----------
    name : as on the command line, e.g. ``"harmonic-minor"``.
    steps : pitch classes above the tonic.
    minor : True when its third is minor (its key signature is written as a minor one).
    canonical_tonic : pitch class of its tonic in the canonical key.
    signature_shift : fifths to add to the major key signature on the same tonic (dorian -2, minor -3 ...).
    """

    name: str
    steps: tuple[int, ...]
    minor: bool
    canonical_tonic: int
    signature_shift: int


def _mode(name: str, steps: str, canonical_tonic: int, signature_shift: int) -> Mode:
    tones = tuple(int(step) for step in steps.split())
    minor = 3 in tones and 4 not in tones
    return Mode(name=name, steps=tones, minor=minor, canonical_tonic=canonical_tonic, signature_shift=signature_shift)


MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (
        _mode("major", "0 2 4 5 7 9 11", 0, 0),
        _mode("minor", "0 2 3 5 7 8 10", 9, -3),
        _mode("dorian", "0 2 3 5 7 9 10", 2, -2),
        _mode("phrygian", "0 1 3 5 7 8 10", 4, -4),
        _mode("lydian", "0 2 4 6 7 9 11", 5, 1),
        _mode("mixolydian", "0 2 4 5 7 9 10", 7, -1),
        _mode("locrian", "0 1 3 5 6 8 10", 11, -5),
        _mode("harmonic-minor", "0 2 3 5 7 8 11", 9, -3),
        _mode("melodic-minor", "0 2 3 5 7 9 11", 9, -3),
        _mode("pentatonic", "0 2 4 7 9", 0, 0),
        _mode("minor-pentatonic", "0 3 5 7 10", 9, -3),
        _mode("blues", "0 3 5 6 7 10", 9, -3),
        _mode("whole-tone", "0 2 4 6 8 10", 0, 0),
        _mode("phrygian-dominant", "0 1 4 5 7 8 10", 4, -4),
        _mode("double-harmonic", "0 1 4 5 7 8 11", 4, -4),
        _mode("hungarian-minor", "0 2 3 6 7 8 11", 9, -3),
        _mode("hirajoshi", "0 2 3 7 8", 9, -3),
        _mode("in-sen", "0 1 5 7 10", 4, -4),
    )
}
"""Every mode that a plan may ask for, by name."""

_MODE_ALIASES = {
    "ionian": "major",
    "aeolian": "minor",
    "natural-minor": "minor",
    "major-pentatonic": "pentatonic",
    "yo": "pentatonic",
}


def find_mode(name: str) -> Mode:
    """Look a mode up by name or alias (case, spaces and underscores do not matter)."""
    key = name.strip().lower().replace(" ", "-").replace("_", "-")
    mode = MODES.get(_MODE_ALIASES.get(key, key))
    if mode is None:
        raise PlanError(f"mode: {name!r} is unknown; allowed: {', '.join(MODES)}")
    return mode
