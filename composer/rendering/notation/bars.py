"""The bars of a staff: what is written in each voice, with ties, rests, tuplets and beams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from composer.rendering.notation.beams import beam
from composer.rendering.notation.meters import BarSpan, bar_at, bar_steps
from composer.rendering.notation.rhythm import NoteValue, TimeSpan, notate
from composer.rendering.notation.voices import Chord, Head

__all__ = ["Bar", "Element", "bars_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A chord, a note, or a rest.

    Attributes
    ----------
    piece : its place in the bar and its written value.
    heads : lowest first; empty for a rest.
    hidden : a rest that only keeps the voice's time.
    beams : from the outermost in; see `composer.rendering.notation.beams.beam`.
    tuplet : ``"start"``, ``"stop"`` or ``""``.
    bracket : the tuplet is not held together by a beam.
    """

    piece: NoteValue
    heads: tuple[Head, ...]
    hidden: bool
    beams: tuple[str, ...]
    tuplet: str
    bracket: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One or two voices; none at all for a bar of rest."""

    voices: tuple[tuple[Element, ...], ...]


_Events = list[tuple[TimeSpan, tuple[Head, ...]]]


def bars_of(voices: Sequence[Sequence[Chord]], spans: Sequence[BarSpan], *, ties: bool = True) -> list[Bar]:
    """Cut the voices of a staff into bars.

    Without `ties` (drums), a chord that one note value cannot hold is followed by rests.
    """
    cut = [_cut(voice, spans) for voice in voices]
    made = []
    for index, span in enumerate(spans):
        sounding = [voice[index] for voice in cut]
        # An upbeat's rest has its own length: a whole bar's would be taken for the meter's.
        used = max((number + 1 for number, events in enumerate(sounding) if events), default=int(span.upbeat))
        written = []
        for number, events in enumerate(sounding[:used]):
            others = [stretch for other, e in enumerate(sounding) if other != number for stretch, _ in e]
            written.append(_voice(events, span.meter, secondary=number > 0, others=others, ties=ties))
        made.append(Bar(voices=tuple(written)))
    return made


def _cut(chords: Sequence[Chord], spans: Sequence[BarSpan]) -> list[_Events]:
    """The chords of each bar; what crosses a bar line is tied."""
    cut: list[_Events] = [[] for _ in spans]
    for chord in chords:
        for index in range(bar_at(spans, chord.start), bar_at(spans, chord.end - 1) + 1):
            span = spans[index]
            start, end = max(chord.start, span.start), min(chord.end, span.end)
            heads = _tied(chord.heads, before=start > chord.start, after=end < chord.end)
            cut[index].append((TimeSpan(start=start - span.start, end=end - span.start), heads))
    return cut


def _tied(heads: tuple[Head, ...], *, before: bool, after: bool) -> tuple[Head, ...]:
    return tuple(replace(head, tied_in=head.tied_in or before, tied_out=head.tied_out or after) for head in heads)


def _voice(
    events: _Events, meter: str, *, secondary: bool, others: Sequence[TimeSpan], ties: bool
) -> tuple[Element, ...]:
    length = bar_steps(meter)
    filled = list(_filled(events, length))
    pieces = notate([stretch for stretch, _ in filled], meter)
    flat = [
        (piece, _tied(heads, before=index > 0, after=index + 1 < len(row)) if ties else () if index else heads)
        for (_, heads), row in zip(filled, pieces, strict=True)
        for index, piece in enumerate(row)
    ]
    beams = beam([piece for piece, _ in flat], [not heads for _, heads in flat], meter)
    first = min((stretch.start for stretch, _ in events), default=length)
    last = max((stretch.end for stretch, _ in events), default=0)
    elements = []
    for index, (piece, heads) in enumerate(flat):
        outside = piece.end <= first or piece.start >= last
        covered = outside and _covered(piece, others)
        elements.append(
            Element(
                piece=piece,
                heads=heads,
                hidden=not heads and piece.tuplet is None and (covered or (secondary and outside)),
                beams=beams[index],
                tuplet=_tuplet_edge([item for item, _ in flat], index),
                bracket=_bracket(flat, beams, piece),
            )
        )
    return tuple(elements)


def _filled(events: _Events, length: int) -> Iterator[tuple[TimeSpan, tuple[Head, ...]]]:
    at: float = 0
    for stretch, heads in events:
        if stretch.start > at:
            yield TimeSpan(start=at, end=stretch.start, rest=True), ()
        yield stretch, heads
        at = stretch.end
    if at < length:
        yield TimeSpan(start=at, end=length, rest=True), ()


def _covered(piece: NoteValue, others: Sequence[TimeSpan]) -> bool:
    """Whether the other voice sounds all the time that the rest lasts."""
    at = piece.start
    for other in others:
        if other.start <= at < other.end:
            at = other.end
    return at >= piece.end


def _tuplet_edge(pieces: Sequence[NoteValue], index: int) -> str:
    window = pieces[index].tuplet
    if window is None:
        return ""
    if pieces[index].start == window.start:
        return "start"
    return "stop" if pieces[index].end == window.end else ""


def _bracket(
    flat: Sequence[tuple[NoteValue, tuple[Head, ...]]], beams: Sequence[tuple[str, ...]], piece: NoteValue
) -> bool:
    if piece.tuplet is None:
        return False
    inside = [bool(beams[index]) for index, (other, _) in enumerate(flat) if other.tuplet == piece.tuplet]
    return not all(inside)
