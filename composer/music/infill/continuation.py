"""Bars added at the end of a MIDI file: the last section's harmony again, new notes, and a close on the tonic."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from composer.errors import UsageError
from composer.midi.edit import edited, fitted
from composer.midi.piece import MidiPiece, Voice, read_piece
from composer.midi.reader import MidiFile
from composer.music.blocks import GridNote, Harmony
from composer.music.generate import check_settings
from composer.music.infill.context import Echo, InfillContext, measured_harmonies, measured_phrases, tonic_harmony
from composer.music.infill.parts import Segment, find_key, grid_bars, read_parts, segment_around
from composer.music.infill.search import MOST_BARS, Rewrite, Search, copied, told_parts, write_region
from composer.music.layout import harmony_over
from composer.music.tokens import CHORD_CLASSES
from composer.options import USUAL_CANDIDATES
from composer.progress import Progress
from composer.theory import ChordSymbol, Key

__all__ = ["extend"]


def extend(
    midi: Path | str | MidiFile,
    *,
    bars: int,
    seed: int = 0,
    candidates: int = USUAL_CANDIDATES,
    temperature: float | None = None,
    top_p: float | None = None,
    progress: Progress | None = None,
) -> Rewrite:
    """Add bars at the end of a MIDI file: its last section's harmony again, with new notes and a close on the tonic.

    Parameters
    ----------
    midi : a Standard MIDI File of type 0 or 1, or one that was read.
    bars : how many, 1..64.
    seed, candidates, temperature, top_p, progress : as in `infill`.

    Raises
    ------
    MidiError
        The file cannot be used.
    UsageError
        ``bars`` or a setting is out of range, or the piece ends in a meter that cannot be written.
    AssetError
        The weights are missing or broken.
    """
    sampling = check_settings(candidates, temperature, top_p)
    if not 1 <= bars <= MOST_BARS:
        raise UsageError(f"--bars: {bars} is outside 1..{MOST_BARS}", hint="give the number of bars to add")
    piece = read_piece(midi)
    count = len(piece.bars)
    segment = segment_around(piece, count, count + bars - 1)
    playing = [v for v in piece.voices if v.notes[-1].onset >= segment.start_tick]
    period = _period(piece, segment)
    sources = [segment.low - period + place % period for place in range(bars)]
    context = _frame(piece, segment, playing, sources, seed)
    search = Search(seed=seed, candidates=candidates, sampling=sampling, progress=progress)
    written = write_region(piece, context, search, {})
    added = written.added
    models = _drum_models(segment, sources)
    for voice in playing:
        if voice.is_drums:
            added[voice.number] = fitted(piece, voice, copied(voice, segment, models), removed={}, added=added)
    end = segment.region_ticks[1]
    return Rewrite(
        data=edited(piece, removed={}, added=added, texts=_texts(piece, context), end_tick=end),
        bars=(count + 1, count + bars),
        tracks=tuple(voice.name for voice in playing),
        key=context.key.name,
        meter=str(segment.meter),
        tempo_bpm=round(segment.tempo_bpm, 3),
        removed=0,
        added=sum(map(len, added.values())),
        provenance=written.provenance,
        repairs=piece.file.repairs,
    )


def _drum_models(segment: Segment, sources: list[int]) -> dict[int, int]:
    """Which bar each new one of a drum track copies: the last stroke rings at the new end, not within."""
    last = segment.low - 1
    beats = [max(0, last - 1) if source == last else source for source in sources[:-1]]
    return {segment.low + place: bar for place, bar in enumerate([*beats, last])}


def _frame(piece: MidiPiece, segment: Segment, playing: list[Voice], sources: list[int], seed: int) -> InfillContext:
    key = find_key(piece, segment)
    all_parts = read_parts(piece, segment)
    parts = told_parts(all_parts, playing)
    blocks = [grid_bars(part.rows, segment.bars, segment.steps, key.canonical_shift) for part in parts]
    there = replace(segment, bars=segment.low)
    harmonies = measured_harmonies(there, key, all_parts, piece.own)
    count = len(sources)
    drawn = frozenset(
        (index, segment.low + place)
        for index, part in enumerate(parts)
        for place in range(count)
        if part.voice in playing
    )
    rng = random.Random(seed)
    return InfillContext(
        segment=segment,
        key=key,
        parts=tuple(parts),
        harmonies=tuple(_continued(harmonies, sources, key, segment)),
        phrase_left=(*measured_phrases(there, parts), *(min(4 - place % 4, count - place) for place in range(count))),
        bars_left=tuple(range(segment.bars, 0, -1)),
        echoes={
            (index, bar): _restated(blocks[index], bar - segment.low, sources, parts[index].role, rng)
            for index, bar in sorted(drawn)
        },
        drawn=drawn,
    )


def _restated(bars: list[list[GridNote]], place: int, sources: list[int], role: str, rng: random.Random) -> Echo:
    """A continuation begins like the bars whose harmony it repeats and then goes its own way."""
    count = len(sources)
    source = sources[place]
    if source and len({note.position for note in bars[source]}) < 2 <= len({n.position for n in bars[source - 1]}):
        source -= 1  # a held last chord is no model for a bar within
    if place == count - 1 or not bars[source]:
        return None, 0
    if role in ("harmony", "bass"):
        return source, 2
    if place % 4 == 3 or place == count - 2:
        return None, 0
    return (source, 2) if place < count / 2 and rng.random() < 0.7 else (source, 1)


def _period(piece: MidiPiece, segment: Segment) -> int:
    """Bars whose harmony is repeated: the last section if it is marked, else the last eight or four."""
    marks = [tick for tick, _ in piece.markers if segment.start_tick < tick < piece.bars[-1].end]
    if marks:
        ticks = piece.bars[-1].end - marks[-1]
        length = round(ticks / segment.bar_ticks)
        if 2 <= length <= segment.low:
            return length
    return 8 if segment.low >= 8 else min(4, segment.low)


def _continued(
    there: list[tuple[Harmony, ...]], sources: list[int], key: Key, segment: Segment
) -> list[tuple[Harmony, ...]]:
    """The sources' chords again, and at the end a dominant and the tonic."""
    new = [there[source] for source in sources]
    dominant = ChordSymbol(root=(key.canonical_tonic + 7) % 12, quality="7", bass=(key.canonical_tonic + 7) % 12)
    middle = segment.meter.middle_step
    new[-1] = (tonic_harmony(key, there[-1][-1]),)
    if len(new) > 1:
        opening = [replace(new[-2][0], start=0)] if 0 < middle < segment.steps else []
        new[-2] = (*opening, harmony_over(dominant, middle if opening else 0, key.canonical_scale, 0))
    return [*there, *new]


def _texts(piece: MidiPiece, context: InfillContext) -> list[tuple[int, str, str]]:
    """Section mark and chord symbols of the new bars, in a file that has them."""
    if piece.own is None:
        return []
    segment, key = context.segment, context.key
    name = piece.markers[-1][1] if piece.markers else "A"
    out = [(segment.region_ticks[0], "marker", f"{name}'")]
    for bar in range(segment.low, segment.high + 1):
        for harmony in context.harmonies[bar]:
            quality = CHORD_CLASSES[harmony.code.quality - 1]
            symbol = key.chord_symbol(
                (harmony.root - key.canonical_shift) % 12, quality, bass=(harmony.bass - key.canonical_shift) % 12
            )
            out.append((segment.tick(bar * segment.steps + harmony.start), "text", symbol))
    return out
