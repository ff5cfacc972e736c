"""Bars of a MIDI file written anew. The file may be ours or anybody's.

The bars around are fed to the model as if it had written them; the blocks of the region are drawn under the same rules
as a new piece. What is not asked for stays as it is, event by event.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from composer.errors import UsageError
from composer.midi.edit import edited, fitted
from composer.midi.piece import MidiPiece, Voice, read_piece
from composer.midi.reader import MidiFile
from composer.music.analysis import find_echo
from composer.music.blocks import GridNote
from composer.music.generate import check_settings
from composer.music.infill.context import Echo, InfillContext, measured_harmonies, measured_phrases, tonic_harmony
from composer.music.infill.parts import Segment, find_key, grid_bars, read_parts, segment_around
from composer.music.infill.search import MOST_BARS, Rewrite, Search, copied, told_parts, write_region
from composer.music.tokens import duration_index
from composer.options import USUAL_CANDIDATES
from composer.progress import Progress

__all__ = ["infill"]


def infill(
    midi: Path | str | MidiFile,
    *,
    bars: tuple[int, int],
    tracks: Sequence[str] = (),
    seed: int = 0,
    candidates: int = USUAL_CANDIDATES,
    temperature: float | None = None,
    top_p: float | None = None,
    progress: Progress | None = None,
) -> Rewrite:
    """Write some bars of some tracks of a MIDI file anew.

    Parameters
    ----------
    midi : a Standard MIDI File of type 0 or 1, or one that was read.
    bars : first and last bar, from 1, inclusive; at most 64 of one meter.
    tracks : numbers from 1, or parts of names; none for all. Without them, a track keeps the bars in which it rests.
    seed : another number, other notes; the same file, seed and settings give the same bytes.
    candidates, temperature, top_p : as in `composer.music.generate`.
    progress : called with a stage and a fraction in [0, 1].

    Raises
    ------
    MidiError
        The file cannot be used.
    UsageError
        The bars are not in the piece or not of one meter, a track is not there, or a setting is out of range.
    AssetError
        The weights are missing or broken.
    """
    sampling = check_settings(candidates, temperature, top_p)
    piece = read_piece(midi)
    first, last = _checked_bars(bars, piece)
    chosen = _chosen(piece, tracks)
    segment = segment_around(piece, first, last)
    low, high = segment.region_ticks
    heard = {v.number: [note for note in v.notes if low <= note.onset < high] for v in chosen}
    resting = not tracks and any(heard.values())
    context = _frame(piece, segment, chosen, seed, keep_rests=resting)
    drums = {v.number: _drum_models(v, segment, keep_rests=resting) for v in chosen if v.is_drums}
    removed = {number: notes for number, notes in heard.items() if drums.get(number, True)}
    search = Search(seed=seed, candidates=candidates, sampling=sampling, progress=progress)
    written = write_region(piece, context, search, removed)
    added = written.added
    for voice in (voice for voice in chosen if voice.is_drums):
        hits = copied(voice, segment, drums[voice.number])
        added[voice.number] = fitted(piece, voice, hits, removed=removed, added=added)
    return Rewrite(
        data=edited(piece, removed=removed, added=added),
        bars=(first + 1, last + 1),
        tracks=tuple(voice.name for voice in chosen),
        key=context.key.name,
        meter=str(segment.meter),
        tempo_bpm=round(segment.tempo_bpm, 3),
        removed=sum(map(len, removed.values())),
        added=sum(map(len, added.values())),
        provenance=written.provenance,
        repairs=piece.file.repairs,
    )


def _frame(piece: MidiPiece, segment: Segment, chosen: list[Voice], seed: int, *, keep_rests: bool) -> InfillContext:
    key = find_key(piece, segment)
    all_parts = read_parts(piece, segment)
    parts = told_parts(all_parts, chosen)
    blocks = [grid_bars(part.rows, segment.bars, segment.steps, key.canonical_shift) for part in parts]
    drawn = frozenset(
        (index, bar)
        for index, part in enumerate(parts)
        for bar in range(segment.low, segment.high + 1)
        if part.voice in chosen and (blocks[index][bar] or not keep_rests)
    )
    harmonies = measured_harmonies(segment, key, all_parts, piece.own)
    phrases = measured_phrases(segment, parts)
    last = segment.high
    everything = all(part.voice in chosen for part in all_parts)
    closes = segment.ends_piece and (everything or harmonies[last][-1].root == key.canonical_tonic)
    if closes:
        harmonies[last] = (tonic_harmony(key, harmonies[last][-1]),)
        phrases[last] = 1
    beyond = segment.first + (0 if closes or not segment.ends_piece else -1)
    rng = random.Random(seed)
    return InfillContext(
        segment=segment,
        key=key,
        parts=tuple(parts),
        harmonies=tuple(harmonies),
        phrase_left=tuple(phrases),
        bars_left=tuple(len(piece.bars) - beyond - bar for bar in range(segment.bars)),
        echoes={
            (index, bar): (None, 0)
            if closes and bar == last
            else _echo(blocks[index], bar, parts[index].role, segment, rng)
            for index, bar in sorted(drawn)
        },
        drawn=drawn,
    )


def _drum_models(voice: Voice, segment: Segment, *, keep_rests: bool) -> dict[int, int]:
    """For every bar of the region the bar to copy: of those close by, the one whose pattern is the most common.

    Among equals the first one is taken: the bar just before the region may be a fill.
    """
    patterns: dict[int, set[tuple[int, int]]] = {}
    for note in voice.notes:
        bar = segment.bar_of(note.onset)
        place = round((note.onset - segment.tick(bar * segment.steps)) * segment.steps / segment.bar_ticks)
        patterns.setdefault(bar, set()).add((place, note.pitch))
    before = [bar for bar in range(max(0, segment.low - 4), segment.low) if bar in patterns]
    near = before + [bar for bar in range(segment.high + 1, min(segment.bars, segment.high + 5)) if bar in patterns]
    if not near:
        return {}
    model = max(near, key=lambda bar: sum(patterns[bar] == patterns[other] for other in near))
    return {bar: model for bar in range(segment.low, segment.high + 1) if bar in patterns or not keep_rests}


# ------------------------------------------------------------------------------------------ what is asked


def _checked_bars(bars: tuple[int, int], piece: MidiPiece) -> tuple[int, int]:
    first, last = bars
    if not 1 <= first <= last:
        raise UsageError(f"--bars: {first}-{last} is no range of bars", hint="give FIRST-LAST, counting from 1: 5-8")
    if last > len(piece.bars):
        raise UsageError(
            f"--bars: {first}-{last} lies outside the piece, which has bars 1-{len(piece.bars)}",
            hint="'compose continue' adds bars at the end",
        )
    if last - first + 1 > MOST_BARS:
        raise UsageError(
            f"--bars: {first}-{last} are {last - first + 1} bars; at most {MOST_BARS} are written at once",
            hint="rewrite the piece in several runs",
        )
    return first - 1, last - 1


def _chosen(piece: MidiPiece, tracks: Sequence[str]) -> list[Voice]:
    """The voices that numbers or parts of names choose; all of them for none."""
    if not tracks:
        return list(piece.voices)
    known = ", ".join(f"{voice.number} {voice.name}" for voice in piece.voices)
    chosen: set[int] = set()
    for wanted in tracks:
        name = wanted.strip().lower()
        numbered = [v for v in piece.voices if str(v.number) == name]
        same = numbered or [v for v in piece.voices if v.name.lower() == name]
        found = same or [v for v in piece.voices if name and not name.isdecimal() and name in v.name.lower()]
        if not found:
            raise UsageError(
                f"--tracks: {wanted!r} is not a track of this file; it has {known}",
                hint="give the number or a part of the name of one of them",
            )
        chosen |= {voice.number for voice in found}
    return [voice for voice in piece.voices if voice.number in chosen]


# -------------------------------------------------------------------------------------- what is taken up


def _echo(bars: list[list[GridNote]], bar: int, role: str, segment: Segment, rng: random.Random) -> Echo:
    """A bar takes up what it took up before, though not its very notes; an accompaniment keeps its pattern."""
    blocks = [[(note.position, note.pitch, duration_index(note.length)) for note in b] for b in bars]
    back, kind = find_echo(blocks, bar)
    if kind:
        return bar - back, min(kind, 2)
    outside = [b for b in range(segment.low) if len(bars[b]) > 1]
    if not outside:
        return None, 0
    if role in ("harmony", "bass"):
        return (outside[-1], 1) if rng.random() < 0.9 else (None, 0)
    return (rng.choice(outside[-4:]), 1) if rng.random() < 0.4 else (None, 0)
