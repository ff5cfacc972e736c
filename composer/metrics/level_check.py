"""The check of a level of difficulty. Only the MIDI file is looked at.

`check_level` reads the level's table in `composer.levels` and nothing of the rules that write the notes.

Conventions
-----------
* Times are in steps, twelve to the quarter note; bars count from 1.
* The first part is the melody, a second one the left hand.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from composer.levels import PIANO, PLAYERS, Level, Player, find_level, hand_range
from composer.midi.notes import DURATION, ONSET, PITCH, STEPS_PER_QUARTER, MidiNotes, MidiPart
from composer.theory import Key, Meter

__all__ = ["Event", "Violation", "check_level", "events_of", "player_of_file"]

_BEAT, _DOTTED_BEAT, _EIGHTH, _TRIPLET = 12, 18, 6, 4
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What breaks the level: the rule's name, bar from 1 (0: the whole piece), part from 1 (0: all), what was found."""

    rule: str
    bar: int
    part: int
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Notes of one part that begin together: where, in which bar and at what place of it; from the lowest up."""

    start: int
    bar: int
    place: int
    lengths: tuple[int, ...]
    pitches: tuple[int, ...]

    @property
    def length(self) -> int:
        """Length of the longest."""
        return max(self.lengths)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """The file as the rules look at it."""

    level: Level
    player: Player
    meter: Meter
    bar: int
    bars: int
    tonic: int
    minor: bool
    hands: tuple[tuple[Event, ...], ...]


def events_of(part: MidiPart, bar: int) -> tuple[Event, ...]:
    """The events of a part; `bar` is the length of a bar in steps."""
    groups: dict[int, list[tuple[int, int]]] = {}
    for row in part.notes:
        start, length = round(row[ONSET] * STEPS_PER_QUARTER), round(row[DURATION] * STEPS_PER_QUARTER)
        groups.setdefault(start, []).append((int(row[PITCH]), length))
    return tuple(
        Event(
            start=start,
            bar=start // bar + 1,
            place=start % bar,
            lengths=tuple(length for _, length in sorted(group)),
            pitches=tuple(pitch for pitch, _ in sorted(group)),
        )
        for start, group in sorted(groups.items())
    )


# ------------------------------------------------------------------------------------------ checking


def check_level(midi: MidiNotes, level: str) -> tuple[Violation, ...]:
    """Everything in a file that its level does not allow; nothing when the level holds.

    Parameters
    ----------
    midi : MidiNotes
        A file with one key, meter and tempo.
    level : str
        One of `composer.levels.LEVELS`.
    """
    player = player_of_file(midi)
    if player is None:
        programs = ", ".join("drums" if part.is_drums else str(part.program) for part in midi.parts)
        return (Violation(rule="instruments", bar=0, part=0, found=f"programs {programs}"),)
    table = find_level(level)
    faults = list(_frame(midi, table, player))
    if not midi.keys:
        return tuple(faults)
    bar = round(midi.meters[0].bar_quarters * STEPS_PER_QUARTER)
    sheet = _Sheet(
        level=table,
        player=player,
        meter=Meter(numerator=midi.meters[0].beats, denominator=midi.meters[0].unit),
        bar=bar,
        bars=math.ceil(max(midi.track_ends) * STEPS_PER_QUARTER / bar - 1e-6),
        tonic=midi.keys[0].tonic,
        minor=midi.keys[0].minor,
        hands=tuple(events_of(part, bar) for part in midi.parts),
    )
    for number, events in enumerate(sheet.hands, start=1):
        faults += _pitches(sheet, number, events)
        faults += _rhythm(sheet, number, events)
        faults += _melody(sheet, events) if number == 1 else _left_hand(sheet, events)
    return tuple(faults)


def player_of_file(midi: MidiNotes) -> Player | None:
    """Who plays a file: a piano of two hands or one melody instrument with levels; None for anything else."""
    programs = [part.program for part in midi.parts]
    if any(part.is_drums for part in midi.parts):
        return None
    if programs == [PIANO.program] * 2:
        return PIANO
    return next((one for one in PLAYERS.values() if one is not PIANO and [one.program] == programs), None)


def _frame(midi: MidiNotes, level: Level, player: Player) -> Iterator[Violation]:
    slow, fast = level.tempo_bpm
    for tempo in midi.tempos:
        if not slow - 0.01 <= tempo.bpm <= fast + 0.01:
            yield Violation(rule="tempo", bar=0, part=0, found=f"{tempo.bpm:.1f} outside {slow:g}..{fast:g}")
    if len(midi.meters) > 1 or midi.meters[0].text not in level.meters:
        yield Violation(rule="meter", bar=0, part=0, found=" ".join(meter.text for meter in midi.meters))
    low, high = player.keys[level.name]
    if len(midi.keys) != 1:
        yield Violation(rule="key", bar=0, part=0, found=f"{len(midi.keys)} key signatures")
    for key in midi.keys:
        fifths = Key(tonic=key.name.removesuffix("m"), mode="minor" if key.minor else "major").fifths
        named = f"{_NAMES[key.tonic]} {'minor' if key.minor else 'major'}"
        if not low <= fifths <= high or (level.name == "primer" and named not in player.primer_keys):
            yield Violation(rule="key", bar=0, part=0, found=named)


def _pitches(sheet: _Sheet, number: int, events: Sequence[Event]) -> Iterator[Violation]:
    """Compass, and notes outside the scale."""
    level, role = sheet.level, "melody" if number == 1 else "harmony"
    low, high = hand_range(sheet.player, level.name, role, sheet.tonic)
    scale = {(sheet.tonic + step) % 12 for step in (_MINOR if sheet.minor else _MAJOR)}
    if level.altered == "leading" and sheet.minor:
        scale.add((sheet.tonic - 1) % 12)
    for event in events:
        for pitch in event.pitches:
            if not low <= pitch <= high:
                yield Violation(rule="compass", bar=event.bar, part=number, found=f"{pitch} outside {low}..{high}")
            if level.altered != "free" and pitch % 12 not in scale:
                yield Violation(rule="altered", bar=event.bar, part=number, found=str(pitch))


def _rhythm(sheet: _Sheet, number: int, events: Sequence[Event]) -> Iterator[Violation]:
    """Values, and where they stand."""
    places = {(event.start, length) for event in events for length in event.lengths}
    for event in events:
        for length in set(event.lengths):
            fault = _value_fault(sheet, event, length, places)
            if fault:
                yield Violation(rule=fault, bar=event.bar, part=number, found=f"length {length} at {event.place}")


def _value_fault(sheet: _Sheet, event: Event, length: int, places: set[tuple[int, int]]) -> str:
    level = sheet.level
    if event.place == 0 and length == sheet.bar:
        return ""
    if length == _TRIPLET and level.triplets and not sheet.meter.in_dotted_quarters:
        first = event.start - event.start % _BEAT
        whole = all((first + step, _TRIPLET) in places for step in (0, 4, 8))
        return "" if whole else "triplet"
    if event.place + length > sheet.bar:
        return _tie_fault(sheet, event, length)
    if length not in level.values:
        return "value"
    crossed = range(event.place + 1, event.place + length)
    hides = max((_strength(place, sheet) for place in crossed), default=0) > _strength(event.place, sheet)
    dotted_half = length == 3 * _BEAT and event.place % _BEAT == 0
    return "syncopation" if hides and not level.syncopated and not dotted_half else ""


def _tie_fault(sheet: _Sheet, event: Event, length: int) -> str:
    after = event.place + length - sheet.bar
    if not sheet.level.ties or after > sheet.bar:
        return "tie"
    return "" if {sheet.bar - event.place, after} <= sheet.level.values | {sheet.bar} else "value"


def _strength(place: int, sheet: _Sheet) -> int:
    """How strong a place of the bar is: 5 the bar line, then half bar, beat, eighth, 1 a sixteenth, 0 between."""
    if place == 0:
        return 5
    if sheet.meter.in_dotted_quarters:
        return 3 if place % _DOTTED_BEAT == 0 else 2 if place % _EIGHTH == 0 else 1 if place % 3 == 0 else 0
    if sheet.bar == 4 * _BEAT and place == 2 * _BEAT:
        return 4
    return 3 if place % _BEAT == 0 else 2 if place % _EIGHTH == 0 else 1 if place % 3 == 0 else 0


def _melody(sheet: _Sheet, events: Sequence[Event]) -> Iterator[Violation]:
    for event in events:
        if len(event.pitches) > 1:
            yield Violation(rule="together", bar=event.bar, part=1, found=f"{len(event.pitches)} notes at once")
    for before, after in pairwise(events):
        leap = abs(after.pitches[-1] - before.pitches[-1])
        if leap > sheet.level.largest_leap:
            yield Violation(rule="leap", bar=after.bar, part=1, found=f"{leap} semitones")
        if before.start + before.length > after.start:
            yield Violation(rule="overlap", bar=after.bar, part=1, found="a note sounds on under the next")
    if sheet.level.most_pairs is not None:
        yield from _pairs(events, sheet.level.most_pairs)


def _pairs(events: Sequence[Event], most: int) -> Iterator[Violation]:
    """Eighths come two and two on a beat, and few of them."""
    eighths = [event for event in events if event.length == _EIGHTH]
    starts = {event.start for event in eighths}
    for event in eighths:
        partner = event.start + (_EIGHTH if event.place % _BEAT == 0 else -_EIGHTH)
        if partner not in starts:
            yield Violation(rule="pairs", bar=event.bar, part=1, found=f"a lone eighth at {event.place}")
    for bar, count in sorted(Counter(event.bar for event in eighths).items()):
        if count > 2 * most:
            yield Violation(rule="pairs", bar=bar, part=1, found=f"{count} eighths")


def _left_hand(sheet: _Sheet, events: Sequence[Event]) -> Iterator[Violation]:
    level = sheet.level
    for event in events:
        span = event.pitches[-1] - event.pitches[0]
        if len(event.pitches) > level.most_together:
            yield Violation(rule="together", bar=event.bar, part=2, found=f"{len(event.pitches)} notes at once")
        if span > level.widest:
            yield Violation(rule="span", bar=event.bar, part=2, found=f"{span} semitones")
        if len(set(event.lengths)) > 1:
            yield Violation(rule="overlap", bar=event.bar, part=2, found="a chord does not end together")
    for before, after in pairwise(events):
        if before.start + before.length > after.start:
            yield Violation(rule="overlap", bar=after.bar, part=2, found="a note sounds on under the next")
    strokes = Counter(event.bar for event in events)
    for bar, count in sorted(strokes.items()):
        if level.most_strokes is not None and count > level.most_strokes:
            yield Violation(rule="strokes", bar=bar, part=2, found=f"{count} in the bar")
