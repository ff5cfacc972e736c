"""Tempo over a piece: which changes are printed as marks, which as *rit.* and *accel.*, and which are only heard.

A tempo that holds for a bar is printed where it leaves the last printed one; a stretch of quick changes has a word
where it begins, and what follows has a mark again (E. Gould, *Behind Bars*, "Tempo indications").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from composer.rendering.notation.marks import Tempo, tempo_mark
from composer.types import MusicalPlan, ScoreTimeline

__all__ = ["TempoSign", "tempo_signs"]

_SAME = 0.02
"""Tempi this close, as a share, are one for who reads them."""
_GRADUAL = 0.07
"""A stretch of quick changes that leads so far away is called *rit.* or *accel.*"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoSign:
    """At `tick`, `bpm` quarter notes a minute; printed as `mark`, as `words` alone, or not at all."""

    tick: int
    bpm: float
    mark: Tempo | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    tick: int
    bpm: float
    holds: bool


def tempo_signs(timeline: ScoreTimeline, plan: MusicalPlan) -> Iterator[TempoSign]:
    """Every tempo of the piece in order; the first is printed with its word and mood."""
    spans = _spans(timeline)
    mark = tempo_mark(plan, bpm=spans[0].bpm, meter=timeline.shown_meter(0))
    yield TempoSign(tick=0, bpm=spans[0].bpm, mark=mark)
    printed, moving = mark, False
    for place, span in enumerate(spans[1:], start=1):
        meter = timeline.shown_meter(timeline.bar_at(span.tick))
        new = tempo_mark(plan, bpm=span.bpm, meter=meter, mood=False)
        if span.holds:
            other = abs(span.bpm / printed.bpm - 1) > _SAME or (new.value, new.dots) != (printed.value, printed.dots)
            shown = replace_words(new, "" if new.words == printed.words.split(" ")[0] else new.words)
            if other:
                yield TempoSign(tick=span.tick, bpm=span.bpm, mark=shown)
                printed = new
            else:
                yield TempoSign(tick=span.tick, bpm=span.bpm, words="a tempo" if moving else "")
            moving = False
        else:
            word = "" if moving else _word(spans, place)
            moving = moving or bool(word)
            yield TempoSign(tick=span.tick, bpm=span.bpm, words=word)


def replace_words(mark: Tempo, words: str) -> Tempo:
    """The mark with other words."""
    return Tempo(words=words, value=mark.value, dots=mark.dots, count=mark.count, bpm=mark.bpm)


def _spans(timeline: ScoreTimeline) -> list[_Span]:
    """The tempi, and the places where the felt beat changes, with whether each holds for a bar."""
    end = timeline.end_tick
    tempi = dict(timeline.tempi)
    for index, bar in enumerate(timeline.bars[1:], start=1):
        if timeline.shown_meter(index) != timeline.shown_meter(index - 1):
            tempi.setdefault(bar.start, next(bpm for tick, bpm in reversed(timeline.tempi) if tick <= bar.start))
    places = sorted((tick, bpm) for tick, bpm in tempi.items() if tick < end)
    starts = [tick for tick, _ in places[1:]] + [end]
    return [
        _Span(tick=tick, bpm=bpm, holds=after - tick >= timeline.bars[timeline.bar_at(tick)].length)
        for (tick, bpm), after in zip(places, starts, strict=True)
    ]


def _word(spans: list[_Span], first: int) -> str:
    """What a stretch of quick changes is called, by where it leads from the tempo before it."""
    last = first
    while last + 1 < len(spans) and not spans[last + 1].holds:
        last += 1
    ratio = spans[last].bpm / spans[first - 1].bpm
    return "rit." if ratio < 1 - _GRADUAL else "accel." if ratio > 1 + _GRADUAL else ""
