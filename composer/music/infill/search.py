"""The search that rewriting and continuing a file share: for notes, drums by copying, and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from composer.midi.edit import NewNote, fitted, velocities
from composer.midi.piece import HeardNote, MidiPiece, Voice
from composer.midi.repairs import Repair
from composer.music.blocks import Layout
from composer.music.generate import default_weights, search_facts
from composer.music.infill.context import InfillContext, lay_out_region
from composer.music.infill.parts import GridPart, Segment, grid_bars
from composer.music.ranking import score
from composer.music.sampling import Candidate, Sampling, sample
from composer.music.tokens import ROLE_ORDER
from composer.progress import Progress

__all__ = ["MOST_BARS", "Rewrite", "Search", "Written", "copied", "told_parts", "write_region"]

MOST_BARS = 64
"""Bars that are written at once."""
_MOST_PARTS = 6
"""Parts that the model is told of beside those to be written."""

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
    repairs : what was read otherwise than it stood in the file.
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
    repairs: tuple[Repair, ...] = ()


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


def told_parts(parts: Sequence[GridPart], chosen: Sequence[Voice]) -> list[GridPart]:
    """The parts to be written and the most telling of the others, in decoding order."""
    wanted = [part for part in parts if part.voice in chosen]
    others = [part for part in parts if part.voice not in chosen and len(part.rows)]
    others.sort(key=lambda part: (part.role not in ("melody", "bass"), -len(part.rows)))
    told = wanted + others[:_MOST_PARTS]
    return sorted(told, key=lambda part: (ROLE_ORDER.index(part.role), part.voice.number))


def write_region(piece: MidiPiece, context: InfillContext, search: Search, removed: Removed) -> Written:
    """Draw the blocks of a context and keep the best candidate."""
    layout, given = lay_out_region(context)
    candidates: list[Candidate] = []
    if context.drawn:
        candidates = sample(
            layout,
            default_weights(),
            candidates=search.candidates,
            sampling=search.sampling,
            generator=np.random.default_rng(search.seed),
            given=given,
            progress=search.progress,
        )
    scores = [_score(candidate, context, layout) for candidate in candidates]
    best = int(np.argmax(scores)) if scores else 0
    added: dict[int, list[NewNote]] = {}
    for voice in piece.voices if candidates else ():
        new = _new_notes(context, candidates[best], voice, piece.resolution)
        loud = velocities(voice, new, context.segment.region_ticks, context.segment.bar_ticks)
        added[voice.number] = fitted(piece, voice, loud, removed=removed, added=added)
    facts = search_facts(seed=search.seed, sampling=search.sampling, scores=scores, chosen=best)
    return Written(added=added, provenance=facts)


def _score(candidate: Candidate, context: InfillContext, layout: Layout) -> float:
    """The usual score, less a share for every line that leaps more than a fifth into what follows."""
    after = context.segment.high + 1
    leaps = 0.0
    for index, part in enumerate(context.parts):
        if part.role == "harmony" or (index, after - 1) not in context.drawn or after >= context.segment.bars:
            continue
        shift = context.key.canonical_shift
        following = grid_bars(part.rows, context.segment.bars, context.segment.steps, shift)[after]
        written = candidate.notes[index][-1]
        if following and written:
            leaps += max(0, abs(following[0].pitch - written[-1].pitch) - 7) / 12
    return score(candidate, layout) - leaps


def _new_notes(context: InfillContext, candidate: Candidate, voice: Voice, resolution: int) -> list[NewNote]:
    segment = context.segment
    out = []
    for index, bar in sorted(context.drawn):
        part = context.parts[index]
        if part.voice is not voice:
            continue
        for note in candidate.notes[index][bar]:
            onset = segment.tick(bar * segment.steps + note.position)
            length = segment.tick(bar * segment.steps + note.position + note.length) - onset
            if context.bars_left[bar] > 1:  # as in `composer.rendering`: never an eighth shorter, and audible
                length = max(round(length * part.share), length - resolution // 2, min(length, resolution // 12))
            end = min(onset + length, segment.region_ticks[1])
            out.append(NewNote(onset=onset, pitch=note.pitch - context.key.canonical_shift, end=end))
    return out


def copied(voice: Voice, segment: Segment, models: Mapping[int, int]) -> list[NewNote]:
    """The notes of some bars once more: ``models`` says which bar of the segment each one copies."""
    out = []
    for bar, model in models.items():
        low, high = segment.tick(model * segment.steps), segment.tick((model + 1) * segment.steps)
        by = segment.tick(bar * segment.steps) - low
        for note in voice.notes:
            if low <= note.onset < high and note.end > note.onset:
                end = min(note.end + by, segment.region_ticks[1])
                out.append(NewNote(onset=note.onset + by, pitch=note.pitch, end=end, velocity=note.velocity))
    return out
