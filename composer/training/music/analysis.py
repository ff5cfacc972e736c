"""Key and roles of a window; chords, phrases and echoes are measured by `composer.music.analysis`.

Nothing of this needs a label: everything is measured from the notes (an attribute bridge in the sense of EmoGen,
Kang et al. 2023), so the training data can be openly licensed throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from composer.gm import KEYBOARD_PROGRAMS
from composer.music.analysis import estimate_key, outer_voice, polyphony
from composer.training.music.pieces import TrackInfo, Window

__all__ = ["Part", "canonical", "split_parts"]

IntArray = NDArray[np.int64]

_VOICES = frozenset((52, 53, 54))
_MAX_PARTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One role's notes (columns onset, end, pitch) and General MIDI family (program // 8)."""

    role: str
    family: int
    notes: IntArray = field(compare=False, repr=False)


def canonical(window: Window) -> tuple[IntArray, int]:
    """Transpose a window to the white keys; return its notes and the mode code (1 major, 2 minor)."""
    notes = window.notes
    weight = np.minimum(notes[:, 2] - notes[:, 1], 24)
    profile = np.bincount(notes[:, 3] % 12, weights=weight, minlength=12)
    shift, mode = estimate_key(profile.astype(np.float64))
    out = notes.copy()
    out[:, 3] += shift - 12 if shift > 6 else shift
    return out[(out[:, 3] >= 12) & (out[:, 3] <= 115)], mode


# -------------------------------------------------------------------------------------------- roles


def split_parts(notes: IntArray, tracks: tuple[TrackInfo, ...], rng: np.random.Generator) -> list[Part]:
    """Give every track a role; split keyboards into hands or layers, at random so that each split is learnt."""
    present = [index for index in range(len(tracks)) if (notes[:, 0] == index).sum() >= 4]
    by_track = {index: notes[notes[:, 0] == index][:, 1:] for index in present}
    keys = [index for index in present if tracks[index].program in KEYBOARD_PROGRAMS and not _is_melody(tracks[index])]
    lines = [index for index in present if index not in keys]
    if len(lines) > _MAX_PARTS - 1:
        lines = _thin(lines, by_track, rng)
    parts: list[Part] = []
    melody = _pick_melody(lines, by_track, tracks)
    for index in lines:
        role = _line_role(index, melody, lines, by_track, rng, alone=not keys)
        parts.append(Part(role=role, family=tracks[index].program // 8, notes=by_track[index]))
    if keys:
        parts += _keyboard_parts([by_track[index] for index in keys], tracks[keys[0]].program // 8, melody, rng)
    return [part for part in parts if len(part.notes) >= 4]


def _is_melody(track: TrackInfo) -> bool:
    name = track.name.lower()
    return track.program in _VOICES or any(word in name for word in ("melody", "bridge", "voice", "stimme", "canto"))


def _mean_pitch(part: IntArray) -> float:
    return float(part[:, 2].mean())


def _thin(lines: list[int], by_track: dict[int, IntArray], rng: np.random.Generator) -> list[int]:
    """Of many tracks keep the highest busy one, the lowest, and three others."""
    busy = [index for index in lines if len(by_track[index]) >= 0.4 * max(len(by_track[i]) for i in lines)]
    top = max(busy, key=lambda index: _mean_pitch(by_track[index]))
    low = min(busy, key=lambda index: _mean_pitch(by_track[index]))
    rest = [index for index in lines if index not in (top, low)]
    rng.shuffle(rest)
    return sorted({top, low, *rest[: _MAX_PARTS - 3]})


def _pick_melody(lines: list[int], by_track: dict[int, IntArray], tracks: tuple[TrackInfo, ...]) -> int | None:
    if not lines:
        return None
    named = [index for index in lines if _is_melody(tracks[index]) and "bridge" not in tracks[index].name.lower()]
    if named:
        return max(named, key=lambda index: len(by_track[index]))
    busiest = max(len(by_track[index]) for index in lines)
    return max((i for i in lines if len(by_track[i]) > 0.35 * busiest), key=lambda i: _mean_pitch(by_track[i]))


def _line_role(
    index: int,
    melody: int | None,
    lines: list[int],
    by_track: dict[int, IntArray],
    rng: np.random.Generator,
    *,
    alone: bool,
) -> str:
    if index == melody:
        return "melody"
    lowest = min((i for i in lines if i != melody), key=lambda i: _mean_pitch(by_track[i]))
    if index == lowest and _mean_pitch(by_track[index]) < (57 if alone else 52):
        return "bass"
    if polyphony(by_track[index]) > 1.4:
        return "harmony"
    return "counter" if rng.random() < 0.6 else "harmony"


def _keyboard_parts(hands: list[IntArray], family: int, melody: int | None, rng: np.random.Generator) -> list[Part]:
    both = np.concatenate(hands)
    both = both[np.lexsort((both[:, 2], both[:, 0]))]
    parts = []
    if melody is None:
        hands_known = len(hands) == 2 and _mean_pitch(hands[0]) > _mean_pitch(hands[1]) + 5
        if hands_known and rng.random() < 0.5:
            upper, both = hands[0], hands[1]
        else:
            mask = outer_voice(both, top=True)
            upper, both = both[mask], both[~mask]
        parts.append(Part(role="melody", family=family, notes=upper))
    if len(both) and rng.random() < 0.5:
        mask = outer_voice(both, top=False)
        parts.append(Part(role="bass", family=family, notes=both[mask]))
        both = both[~mask]
    parts.append(Part(role="harmony", family=family, notes=both))
    return parts
