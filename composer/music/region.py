"""What rewriting and continuing a file share: the search for notes, drums by copying, and the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from composer.music.blocks import Layout
from composer.music.generate import default_weights, search_facts
from composer.music.midi_edit import NewNote, fitted, velocities
from composer.music.midi_parts import Part, Stretch, grid_bars
from composer.music.midi_piece import HeardNote, MidiPiece, Voice
from composer.music.ranking import score
from composer.music.sampling import Candidate, Sampling, sample
from composer.music.surroundings import Frame, lay_out_region
from composer.music.tokens import ROLE_ORDER

__all__ = ["MOST_BARS", "Progress", "Rewrite", "Search", "Written", "copied", "told_parts", "write_region"]

MOST_BARS = 64
"""Bars that are written at once."""
_MOST_PARTS = 6
"""Parts that the model is told of beside those to be written."""

Progress = Callable[[str, float], None]
Removed = Mapping[int, Sequence[HeardNote]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """A file with bars written anew.

    Attributes
    ----------
    data : the MIDI file.
    bars : first and last bar that were written, from 1.
    tracks : names of the tracks that were written in.
    key, meter, tempo_bpm : what holds there.
    removed, added : how many notes went and came.
    provenance : seed, sampling and weights as plain JSON data.
    """

    data: bytes
    bars: tuple[int, int]
    tracks: tuple[str, ...]
    key: str
    meter: str
    tempo_bpm: float
    removed: int
    added: int
    provenance: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How notes are looked for."""

    seed: int
    candidates: int
    sampling: Sampling
    progress: Progress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """New notes by the track's number, and how they came about."""

    added: dict[int, list[NewNote]]
    provenance: dict[str, Any]


def told_parts(parts: Sequence[Part], chosen: Sequence[Voice]) -> list[Part]:
    """The parts to be written and the most telling of the others, in decoding order."""
    wanted = [part for part in parts if part.voice in chosen]
    others = [part for part in parts if part.voice not in chosen and len(part.rows)]
    others.sort(key=lambda part: (part.role not in ("melody", "bass"), -len(part.rows)))
    told = wanted + others[:_MOST_PARTS]
    return sorted(told, key=lambda part: (ROLE_ORDER.index(part.role), part.voice.number))


def write_region(piece: MidiPiece, frame: Frame, search: Search, removed: Removed) -> Written:
    """Draw the blocks of a frame and keep the best candidate."""
    layout, given = lay_out_region(frame)
    candidates: list[Candidate] = []
    if frame.drawn:
        candidates = sample(
            layout,
            default_weights(),
            candidates=search.candidates,
            sampling=search.sampling,
            generator=np.random.default_rng(search.seed),
            given=given,
            progress=search.progress,
        )
    scores = [_score(candidate, frame, layout) for candidate in candidates]
    best = int(np.argmax(scores)) if scores else 0
    added: dict[int, list[NewNote]] = {}
    for voice in piece.voices if candidates else ():
        new = _new_notes(frame, candidates[best], voice, piece.resolution)
        loud = velocities(voice, new, frame.stretch.region_ticks, frame.stretch.bar_ticks)
        added[voice.number] = fitted(piece, voice, loud, removed=removed, added=added)
    facts = search_facts(seed=search.seed, sampling=search.sampling, scores=scores, chosen=best)
    return Written(added=added, provenance=facts)


def _score(candidate: Candidate, frame: Frame, layout: Layout) -> float:
    """The usual score, less a share for every line that leaps more than a fifth into what follows."""
    after = frame.stretch.high + 1
    leaps = 0.0
    for index, part in enumerate(frame.parts):
        if part.role == "harmony" or (index, after - 1) not in frame.drawn or after >= frame.stretch.bars:
            continue
        following = grid_bars(part.rows, frame.stretch.bars, frame.stretch.steps, frame.key.shift)[after]
        written = candidate.notes[index][-1]
        if following and written:
            leaps += max(0, abs(following[0].pitch - written[-1].pitch) - 7) / 12
    return score(candidate, layout) - leaps


def _new_notes(frame: Frame, candidate: Candidate, voice: Voice, resolution: int) -> list[NewNote]:
    stretch = frame.stretch
    out = []
    for index, bar in sorted(frame.drawn):
        part = frame.parts[index]
        if part.voice is not voice:
            continue
        for note in candidate.notes[index][bar]:
            onset = stretch.tick(bar * stretch.steps + note.position)
            length = stretch.tick(bar * stretch.steps + note.position + note.length) - onset
            if frame.bars_left[bar] > 1:  # as in `composer.rendering`: never an eighth shorter, and audible
                length = max(round(length * part.share), length - resolution // 2, min(length, resolution // 12))
            end = min(onset + length, stretch.region_ticks[1])
            out.append(NewNote(onset=onset, pitch=note.pitch - frame.key.shift, end=end))
    return out


def copied(voice: Voice, stretch: Stretch, models: Mapping[int, int]) -> list[NewNote]:
    """The notes of some bars once more: ``models`` says which bar of the stretch each one copies."""
    out = []
    for bar, model in models.items():
        low, high = stretch.tick(model * stretch.steps), stretch.tick((model + 1) * stretch.steps)
        by = stretch.tick(bar * stretch.steps) - low
        for note in voice.notes:
            if low <= note.onset < high and note.end > note.onset:
                end = min(note.end + by, stretch.region_ticks[1])
                out.append(NewNote(onset=note.onset + by, pitch=note.pitch, end=end, velocity=note.velocity))
    return out
