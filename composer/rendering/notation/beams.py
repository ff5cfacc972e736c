"""Beams: which short notes hang together.

One beam a beat; a half bar of plain eighths, or a whole bar of them in 3/4, takes one beam. Rests break beams.
"""

from __future__ import annotations

from collections.abc import Sequence

from composer.rendering.notation.meters import Span, meter_tree, spans_of_length
from composer.rendering.notation.rhythm import NoteValue
from composer.theory import Meter

__all__ = ["beam"]

_FLAGS = {"eighth": 1, "16th": 2, "32nd": 3}
_LONGEST = 18
"""A beat is at most a dotted quarter; longer units are beamed by quarters."""


def beam(pieces: Sequence[NoteValue], rests: Sequence[bool], meter: str) -> list[tuple[str, ...]]:
    """The beams of a voice in one bar.

    Parameters
    ----------
    pieces : what is written, in order.
    rests : whether each piece is a rest.
    meter : ``"4/4"`` ...

    Returns
    -------
    list of tuple of str
        For each piece its beams from the outermost in: ``"start"``, ``"continue"``, ``"stop"``, ``"partial-right"``
        or ``"partial-left"``; empty where there is none.
    """
    result: list[tuple[str, ...]] = [()] * len(pieces)
    joins = Meter.parse(meter).denominator <= 4  # eighths as beats keep their groups: 2+2+3
    for span in _groups(meter_tree(meter), pieces, rests, joins=joins):
        run: list[int] = []
        for index, piece in enumerate(pieces):
            inside = span.start <= piece.start < span.end
            if inside and not rests[index] and piece.value in _FLAGS:
                run.append(index)
            elif run:
                _join(run, pieces, result)
                run = []
        _join(run, pieces, result)
    return result


def _groups(span: Span, pieces: Sequence[NoteValue], rests: Sequence[bool], *, joins: bool) -> Sequence[Span]:
    if span.length <= _LONGEST:
        # Sixteenths as beats (6/16): the dotted eighth is the beat.
        nine = spans_of_length(span, 9)
        return nine if all(len(part.parts) == 3 for part in nine) else (span,)
    quarters = all(part.length == 12 and len(part.parts) == 2 for part in span.parts)
    if joins and span.length <= 36 and quarters and _plain_eighths(span, pieces, rests):
        return (span,)
    return [group for part in span.parts for group in _groups(part, pieces, rests, joins=joins)]


def _plain_eighths(span: Span, pieces: Sequence[NoteValue], rests: Sequence[bool]) -> bool:
    inside = [
        (piece, rest)
        for piece, rest in zip(pieces, rests, strict=True)
        if piece.end > span.start and piece.start < span.end
    ]
    return all(not rest and (piece.value, piece.dots, piece.tuplet) == ("eighth", 0, None) for piece, rest in inside)


def _join(run: Sequence[int], pieces: Sequence[NoteValue], result: list[tuple[str, ...]]) -> None:
    if len(run) < 2:
        return
    flags = [_FLAGS[pieces[index].value] for index in run]
    for place, index in enumerate(run):
        result[index] = tuple(_level(level, place, flags, pieces[index]) for level in range(1, flags[place] + 1))


def _level(level: int, place: int, flags: Sequence[int], piece: NoteValue) -> str:
    before = place > 0 and flags[place - 1] >= level
    after = place + 1 < len(flags) and flags[place + 1] >= level
    if before and after:
        return "continue"
    if before or after:
        return "stop" if before else "start"
    # A lone short note points into its own eighth.
    return "partial-right" if place == 0 or (piece.start % 6 == 0 and place + 1 < len(flags)) else "partial-left"
