"""The conductor track: tempo, meter, key, form, chords and facts for programs, and no notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from composer.midi.facts import facts_data
from composer.midi.texts import printable_text
from composer.theory import Meter, find_mode, parse_note_name
from composer.types import Composition, Score, ScoreTimeline

if TYPE_CHECKING:
    import mido

__all__ = ["TimedMessage", "conductor_events", "midi_key"]

TimedMessage = tuple[int, int, int, "mido.Message | mido.MetaMessage"]
"""(tick, rank at that tick, pitch, message): the order of a track."""

_MAJOR_KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_KEYS = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
"""The signature with the fewest accidentals on each pitch class (Standard MIDI Files 1.0: at most seven)."""
_OTHER_KEYS = {"C#", "Gb", "Cb", "D#m", "A#m", "Abm"}
"""The enharmonic signatures that exist beside them; used when the plan spells its tonic that way."""
_PLAIN = str.maketrans({"♯": "#", "♭": "b"})
"""Chord symbols are plain ASCII, which every program shows."""


def midi_key(tonic: str, mode: str) -> str:
    """The key signature of a key in MIDI's terms, e.g. ``"Dm"`` for D dorian, ``"Ab"`` for G# major.

    MIDI knows major and minor only. The tonic is kept: modes with a minor third are written as the minor key on it,
    all others as the major key. A tonic without a signature of at most seven accidentals is respelled.
    """
    minor = find_mode(mode).minor
    name = tonic.strip()[:1].upper() + tonic.strip()[1:].replace("♯", "#").replace("♭", "b") + ("m" if minor else "")
    table = _MINOR_KEYS if minor else _MAJOR_KEYS
    return name if name in _OTHER_KEYS or name in table else table[parse_note_name(tonic)]


def conductor_events(
    composition: Composition, *, tempi: Sequence[tuple[int, float]] = (), facts: Mapping[str, Any] | None = None
) -> list[TimedMessage]:
    """The conductor track's messages: the head at tick 0, then section markers and chord symbols at their places.

    ``tempi`` are further tempi as (tick, quarter notes per minute), ``facts`` further ones for programs.
    """
    import mido

    plan, timeline = composition.score.plan, composition.score.timeline
    head: list[mido.MetaMessage] = [
        mido.MetaMessage("track_name", name=printable_text(plan.title) or "Untitled"),
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(timeline.tempi[0][1])),
        _time_signature(timeline.bars[0].meter),
        mido.MetaMessage("key_signature", key=midi_key(timeline.keys[0].key.tonic, timeline.keys[0].key.mode)),
    ]
    data = facts_data(_facts(composition) | dict(facts or {}))
    head.append(mido.MetaMessage("sequencer_specific", data=tuple(data)))
    events: list[TimedMessage] = [(0, rank, 0, message) for rank, message in enumerate(head)]
    events += _changes(timeline, rank=len(head))
    events += _form(composition.score, rank=len(head))
    events += [(tick, len(head), 0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))) for tick, bpm in tempi]
    return events


def _changes(timeline: ScoreTimeline, rank: int) -> Iterator[TimedMessage]:
    """Tempi, meters and keys after the first."""
    import mido

    for tick, bpm in timeline.tempi[1:]:
        yield tick, rank, 0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))
    for before, bar in pairwise(timeline.bars):
        if bar.meter != before.meter:
            yield bar.start, rank, 0, _time_signature(bar.meter)
    for key in timeline.keys[1:]:
        message = mido.MetaMessage("key_signature", key=midi_key(key.key.tonic, key.key.mode))
        yield timeline.bars[key.bar - 1].start, rank, 0, message


def _time_signature(meter: Meter) -> mido.MetaMessage:
    import mido

    beats, unit = meter.numerator, meter.denominator
    return mido.MetaMessage(
        "time_signature",
        numerator=beats,
        denominator=unit,
        clocks_per_click=_clocks_per_click(beats, unit),
        notated_32nd_notes_per_beat=8,
    )


def _form(score: Score, rank: int) -> Iterator[TimedMessage]:
    import mido

    bars = score.timeline.bars
    for section in score.plan.sections:
        name = printable_text(section.name)
        if name:
            yield bars[section.start_bar - 1].start, rank, 0, mido.MetaMessage("marker", text=name)
    for tick, symbol in score.chord_ticks():
        yield tick, rank + 1, 0, mido.MetaMessage("text", text=symbol.translate(_PLAIN))


def _clocks_per_click(beats: int, unit: int) -> int:
    """MIDI clocks (24 to the quarter note) between clicks: the felt beat, a dotted one in compound meters."""
    compound = unit >= 8 and beats > 3 and beats % 3 == 0
    return 96 // unit * (3 if compound else 1)


def _facts(composition: Composition) -> dict[str, Any]:
    """Mode, caption and provenance."""
    plan = composition.score.plan
    caption = {"caption": plan.caption} if plan.caption else {}
    return {"mode": f"{plan.tonic} {plan.mode}", **caption, **composition.provenance}
