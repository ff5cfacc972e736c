"""A score from a MIDI file, so that music edited elsewhere can be printed, bundled and heard as ours is.

Every note reaches the score, through all changes of meter, tempo and key, whatever the length and the number of parts;
what cannot be printed as it stands is said in `MidiScore.remarks`, with bars and parts. The composition's plan is that
of `composer.pipeline.midi_plan`, to compose anew from. Audio needs none of this: it is played from the file itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import MidiError, UsageError
from composer.pipeline.midi_grid import ScoreGrid, bar_ranges, score_grid
from composer.pipeline.midi_outline import score_outline
from composer.pipeline.midi_tracks import ScoreTracks, score_tracks
from composer.types import Composition, Score
from composer.version import __version__

if TYPE_CHECKING:
    from composer.midi.piece import MidiPiece
    from composer.midi.reader import MidiFile
    from composer.types import MusicalPlan

__all__ = ["MidiScore", "composition_of_midi", "score_of_midi"]

_FREE = 0.02
"""Share of the notes that may lie off the grid without a word, where none is far from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiScore:
    """A MIDI file as a composition without a picture, and what is not in it as the file has it, in sentences."""

    composition: Composition
    remarks: tuple[str, ...]


def composition_of_midi(
    midi: Path | str | MidiFile, *, bars: tuple[int, int] | None = None, title: str = ""
) -> Composition:
    """Read a MIDI file as a composition without a picture; parameters and errors as `score_of_midi`."""
    return score_of_midi(midi, bars=bars, title=title).composition


def score_of_midi(midi: Path | str | MidiFile, *, bars: tuple[int, int] | None = None, title: str = "") -> MidiScore:
    """Read a MIDI file as a score.

    Parameters
    ----------
    midi : path or MidiFile
        Any Standard MIDI File of type 0 or 1, or one that was read.
    bars : pair of int, optional
        First and last bar of the file, from 1; without it, all.
    title : str, optional
        Title of the piece; without it the file's own, or its name.

    Raises
    ------
    MidiError
        The file is missing, broken, or holds no note in those bars.
    UsageError
        The bars lie outside the piece.
    """
    from composer.midi.piece import read_piece

    whole = read_piece(midi)
    piece, cut_off = _excerpt(whole, bars) if bars is not None else (whole, 0)
    grid = score_grid(piece)
    found = score_tracks(piece, grid)
    plan = _plan(whole, bars=bars, title=title)
    outline, timeline = score_outline(piece, grid, found.tracks, plan, title=title)
    score = Score(plan=outline, tracks=found.tracks, changes=None if timeline.steady else timeline)
    provenance = {
        "composer": __version__,
        "midi": {"name": piece.file.stem, "sha256": piece.file.sha256},
    }
    composition = Composition(perception=None, plan=plan or outline, score=score, provenance=provenance)
    return MidiScore(composition=composition, remarks=tuple(_remarks(grid, found, cut_off)))


def _plan(piece: MidiPiece, *, bars: tuple[int, int] | None, title: str) -> MusicalPlan | None:
    """The plan to compose anew from; None where no stretch of the piece can be composed."""
    from composer.pipeline.midi_plan import plan_of_piece

    try:
        return plan_of_piece(piece, bars=bars, title=title)
    except MidiError:
        return None


def _excerpt(piece: MidiPiece, bars: tuple[int, int]) -> tuple[MidiPiece, int]:
    """Some bars of a piece, and how many notes sound into them from before."""
    first, last = bars
    if not 1 <= first <= last <= len(piece.bars):
        raise UsageError(
            f"bars {first}-{last} do not lie in the piece, which has {len(piece.bars)} bars",
            hint=f"choose bars from 1 to {len(piece.bars)}",
        )
    chosen = piece.bars[first - 1 : last]
    start, end = chosen[0].start, chosen[-1].end
    voices = []
    for voice in piece.voices:
        notes = tuple(note for note in voice.notes if start <= note.onset < end)
        if notes:
            voices.append(replace(voice, notes=notes))
    if not voices:
        raise MidiError(f"no note begins in bars {first}-{last}", hint="choose bars in which something is played")
    cut_off = sum(note.onset < start < note.end for voice in piece.voices for note in voice.notes)
    return replace(piece, bars=chosen, voices=tuple(voices)), cut_off


def _remarks(grid: ScoreGrid, found: ScoreTracks, cut_off: int) -> Iterator[str]:
    """What the score has otherwise than the file."""
    if cut_off:
        yield f"{cut_off} notes that begin before these bars and sound into them are left out"
    if found.moved > _FREE * found.notes or found.farthest > 1 / 8:
        far = f"{found.farthest:.2f}".rstrip("0")
        yield f"{found.moved} of {found.notes} notes were moved to the grid, by {far} of a quarter note at most"
    for meter in dict.fromkeys(meter for _, meter in grid.replaced):
        where = [bar for bar, other in grid.replaced if other == meter]
        printed = ", ".join(dict.fromkeys(str(grid.bars[bar].meter) for bar in where))
        yield f"{bar_ranges([grid.number(bar) for bar in where])}: printed in {printed}, cut short or not in {meter}"
    for what, parts in (
        ("doubles another of its part, pitch and time, and is printed once", found.doubled),
        ("has no place left beside others of its pitch, and is not printed", found.crowded),
    ):
        for name, bars in parts:
            places = bar_ranges([grid.number(bar) for bar in bars])
            yield f"{name}, {places}: {len(bars)} notes; each {what}"
