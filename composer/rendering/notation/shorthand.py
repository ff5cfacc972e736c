"""The shorthand for quick notes: a trill, a mordent or tremolo strokes over one note for the many that sound.

A score holds what sounds. Where thirty-seconds go to and fro between a note and its neighbour, or repeat one pitch,
they are written as players read them: one note with a sign (E. Gould, *Behind Bars*, "Ornaments", "Tremolos"). Other
quick notes are written out. The signs mean exactly what they stand for here, so that nothing is lost on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from composer.types import THIRTY_SECOND, Note

__all__ = ["SIGNS", "abbreviated"]

SIGNS = ("trill", "inverted mordent", "mordent", "tremolo")
"""``"inverted mordent"`` touches the note above, ``"mordent"`` the one below; ``"tremolo"`` has three strokes."""

_LEAST_TRILL, _LEAST_STROKES = 5, 8
"""Notes from which on an alternation is a trill, and thirty-seconds on one pitch are a tremolo: a quarter note."""


def abbreviated(notes: Sequence[Note]) -> list[tuple[Note, str]]:
    """The notes of a part as they are written, with the sign over each or an empty string, in their order."""
    if not any(note.duration == THIRTY_SECOND for note in notes):
        return [(note, "") for note in notes]
    found = sorted(_without_tremolo(notes))
    plain = [note for note, sign in found if not sign]
    return sorted([*((note, sign) for note, sign in found if sign), *_with_ornaments(plain)])


def _without_tremolo(notes: Sequence[Note]) -> Iterator[tuple[Note, str]]:
    """The notes, with strokes on one pitch as one note."""
    by_pitch: dict[int, list[Note]] = {}
    for note in notes:
        by_pitch.setdefault(note.pitch, []).append(note)
    for line in by_pitch.values():
        for run in _runs(line):
            if len(run) >= _LEAST_STROKES:
                yield _written(run, run[0].pitch), "tremolo"
            else:
                yield from ((note, "") for note in run)


def _runs(line: Sequence[Note]) -> Iterator[list[Note]]:
    """Thirty-seconds that follow each other; anything else by itself."""
    run: list[Note] = []
    for note in line:
        if run and (run[-1].end != note.onset or run[-1].duration != THIRTY_SECOND or note.duration != THIRTY_SECOND):
            yield run
            run = []
        run.append(note)
    if run:
        yield run


def _written(run: Sequence[Note], pitch: int) -> Note:
    first = run[0]
    return Note(onset=first.onset, pitch=pitch, duration=run[-1].end - first.onset, velocity=first.velocity)


def _with_ornaments(notes: Sequence[Note]) -> Iterator[tuple[Note, str]]:
    """Trills and mordents of one voice as their main notes."""
    alone = _sounds_alone(notes)
    at = 0
    while at < len(notes):
        end = at
        while end + 1 < len(notes) and alone[end] and alone[end + 1] and _goes_on(notes, at, end):
            end += 1
        run = notes[at : end + 1]
        sign = "" if at and _runs_into(notes[at - 1], run[0]) else _sign(run)
        if sign:
            yield _written(run, run[0].pitch), sign
            at = end + 1
        else:
            yield notes[at], ""
            at += 1


def _sounds_alone(notes: Sequence[Note]) -> list[bool]:
    alone = [True] * len(notes)
    latest = -1
    for index, note in enumerate(notes):
        if latest >= 0 and notes[latest].end > note.onset:
            alone[latest] = alone[index] = False
        if latest < 0 or note.end > notes[latest].end:
            latest = index
    return alone


def _runs_into(before: Note, note: Note) -> bool:
    """A thirty-second leads into a note: what follows is part of a longer figure."""
    return before.duration == THIRTY_SECOND and before.end == note.onset


def _goes_on(notes: Sequence[Note], first: int, last: int) -> bool:
    """Whether the note after `last` goes on with the to and fro that began at `first`."""
    here, after = notes[last], notes[last + 1]
    if here.duration != THIRTY_SECOND or here.end != after.onset:
        return False
    if last == first:
        return 1 <= abs(after.pitch - here.pitch) <= 2
    return after.pitch == notes[last - 1].pitch


def _sign(run: Sequence[Note]) -> str:
    """The sign for a run whose notes alternate, all of them thirty-seconds but the last; empty where there is none."""
    if len(run) < 3 or len(run) % 2 == 0 or any(one.end != other.onset for one, other in pairwise(run)):
        return ""
    above = run[1].pitch > run[0].pitch
    if len(run) == 3:
        return ("inverted mordent" if above else "mordent") if run[-1].duration >= 2 * THIRTY_SECOND else ""
    return "trill" if above and len(run) >= _LEAST_TRILL and run[-1].duration == 2 * THIRTY_SECOND else ""
