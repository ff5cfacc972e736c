"""A rewriting of some bars of a composition: every other note is the very one it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from composer.errors import UsageError
from composer.midi.lanes import HeardNote
from composer.progress import Progress
from composer.types import Composition, Note, Score, Track

__all__ = ["rewrite"]


def rewrite(
    before: Composition,
    *,
    bars: tuple[int, int],
    tracks: Sequence[int | str],
    seed: int,
    candidates: int,
    progress: Progress,
) -> Composition:
    """Write some bars of a piece anew.

    Parameters
    ----------
    before : Composition
    bars : (int, int)
        First and last bar, from 1.
    tracks : sequence of int or str
        Indexes or names of parts; none for all that play there.
    seed, candidates : int
        As in `composer.music.infill.infill`.
    progress : callable

    Returns
    -------
    Composition
        Its provenance has one more entry under ``rewrites``.

    Raises
    ------
    UsageError
        The bars or tracks are not in the piece.
    """
    from composer.midi.piece import parse_piece, read_piece
    from composer.midi.reader import parse_midi_file
    from composer.music.infill import infill
    from composer.rendering.midi import score_to_midi

    # Legato, so that what is read back has its written length and not how long it sounds.
    full = replace(before.score, plan=replace(before.score.plan, articulation=1.0))
    file = parse_midi_file(score_to_midi(replace(before, plan=full.plan, score=full)), name="the piece")
    chosen = _chosen(before.score, tracks)
    numbers = {voice.number: _index(voice.chunk, before.score) for voice in read_piece(file).voices}
    wanted = [str(number) for number, index in numbers.items() if index in chosen]
    if not wanted:
        raise UsageError("tracks: none of them has a note in this piece", hint="choose parts that play")
    asked = wanted if tracks else []
    result = infill(file, bars=bars, tracks=asked, seed=seed, candidates=candidates, progress=progress)
    heard = {_index(v.chunk, before.score): v.notes for v in parse_piece(result.data).voices}
    length = before.plan.time.bar_ticks
    region = ((bars[0] - 1) * length, bars[1] * length)
    made = tuple(
        _joined(track, heard.get(index, ()), region) if index in chosen else track
        for index, track in enumerate(before.score.tracks)
    )
    again = {
        "bars": list(bars),
        "parts": sorted(chosen) if tracks else [],
        "tracks": list(result.tracks),
        "music": dict(result.provenance),
    }
    facts = {**before.provenance, "rewrites": [*before.provenance.get("rewrites", []), again]}
    return replace(before, score=replace(before.score, tracks=made), provenance=facts)


def _joined(track: Track, heard: Sequence[HeardNote], region: tuple[int, int]) -> Track:
    """A part with its own notes outside a region, in ticks, and other ones within it."""
    low, high = region
    kept = [note for note in track.notes if not low <= note.onset < high]
    new = [
        Note(onset=note.onset, pitch=note.pitch, duration=note.end - note.onset, velocity=note.velocity)
        for note in heard
        if low <= note.onset < high
    ]
    return replace(track, notes=tuple(sorted([*kept, *new])))


def _index(chunk: int, score: Score) -> int:
    """The score's track that a track of our MIDI file holds: the first track of a file has no notes."""
    return min(max(chunk - 1, 0), len(score.tracks) - 1)


def _chosen(score: Score, tracks: Sequence[int | str]) -> set[int]:
    if not tracks:
        return set(range(len(score.tracks)))
    names = [track.instrument.name for track in score.tracks]
    chosen = set()
    for track in tracks:
        if isinstance(track, int) and 0 <= track < len(names):
            chosen.add(track)
        elif isinstance(track, str) and track in names:
            chosen.add(names.index(track))
        else:
            raise UsageError(f"tracks: {track!r} is none of {', '.join(names)}"[:200], hint="give an index or a name")
    return chosen
