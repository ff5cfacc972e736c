"""The conductor track: tempo, meter, key, form, chords and texts, and no notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from composer.midi.texts import portable_text
from composer.theory import find_mode, parse_note_name
from composer.types import Composition, MusicalPlan, bar_ticks, beat_ticks, parse_meter

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
    composition: Composition, *, tempi: Sequence[tuple[int, float]] = (), texts: Sequence[str] = ()
) -> list[TimedMessage]:
    """The conductor track's messages: the head at tick 0, then section markers and chord symbols at their places.

    ``tempi`` are further tempi as (tick, quarter notes per minute), ``texts`` further lines ``name: value``.
    """
    import mido

    plan = composition.score.plan
    beats, unit = parse_meter(plan.meter)
    head: list[mido.MetaMessage] = [
        mido.MetaMessage("track_name", name=portable_text(plan.title) or "Untitled"),
        mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(plan.tempo_bpm)),
        mido.MetaMessage(
            "time_signature",
            numerator=beats,
            denominator=unit,
            clocks_per_click=_clocks_per_click(beats, unit),
            notated_32nd_notes_per_beat=8,
        ),
        mido.MetaMessage("key_signature", key=midi_key(plan.tonic, plan.mode)),
    ]
    head += [mido.MetaMessage("text", text=line) for line in (*_texts(composition), *texts)]
    events: list[TimedMessage] = [(0, rank, 0, message) for rank, message in enumerate(head)]
    events += _form(plan, rank=len(head))
    events += [(tick, len(head), 0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))) for tick, bpm in tempi]
    return events


def _form(plan: MusicalPlan, rank: int) -> Iterator[TimedMessage]:
    import mido

    bar, beat = bar_ticks(plan.meter), beat_ticks(plan.meter)
    for section in plan.sections:
        name = portable_text(section.name)
        yield (section.start_bar - 1) * bar, rank, 0, mido.MetaMessage("marker", text=name)
    for chord in plan.chords:
        tick = (chord.bar - 1) * bar + (chord.beat - 1) * beat
        yield tick, rank + 1, 0, mido.MetaMessage("text", text=portable_text(chord.symbol))


def _clocks_per_click(beats: int, unit: int) -> int:
    """MIDI clocks (24 to the quarter note) between clicks: the felt beat, a dotted one in compound meters."""
    compound = unit >= 8 and beats > 3 and beats % 3 == 0
    return 96 // unit * (3 if compound else 1)


def _texts(composition: Composition) -> Iterator[str]:
    """Caption and provenance as ``name: value`` lines, which no chord symbol can be taken for."""
    plan = composition.score.plan
    yield f"mode: {portable_text(plan.tonic)} {portable_text(plan.mode)}"
    if plan.caption:
        yield f"caption: {portable_text(plan.caption)}"
    for name, value in _leaves(composition.provenance):
        yield f"{portable_text(name)}: {portable_text(value)}"


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Plain JSON data as (dotted name, text), in the data's own order; what is empty is left out."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)):
        if all(isinstance(inner, (str, int, float)) for inner in value):
            yield from _leaves(", ".join(str(inner) for inner in value), name)
        else:
            for number, inner in enumerate(value, start=1):
                yield from _leaves(inner, f"{name}.{number}")
    elif value is not None and value != "":
        yield name, str(value)
