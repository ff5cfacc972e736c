"""A composition as a Standard MIDI File.

Conventions
-----------
* Type 1, 480 ticks per quarter note. Track 0 is the conductor (title, tempo, meter, key, sections, chords, facts);
  then one track per instrument in the plan's order.
* Channels count from 0, so the drum channel is 9. Every track ends on the final bar line.
* The score's durations are the written ones; the plan's articulation acts here (`sounding`). Everything else is
  written as it is. A score that breaks its own rules is refused, never repaired.
* Same composition, same bytes: no clock, nothing of the machine; what humanizing draws is drawn from the seed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import ComposerError
from composer.files import atomic_write
from composer.midi.facts import facts_data
from composer.midi.texts import printable_text
from composer.rendering.channels import assign_channels, separate_unisons
from composer.rendering.conductor import TimedMessage, conductor_events
from composer.rendering.controllers import EXPRESSION, SUSTAIN, expression, pedal
from composer.rendering.humanize import humanized, slowing
from composer.rendering.mix import PartMix, mix_parts
from composer.types import TICKS_PER_QUARTER, Composition, Note, Score, Track

if TYPE_CHECKING:
    import mido

__all__ = ["score_to_midi", "sounding", "write_midi"]

_VOLUME, _PAN, _REVERB = 7, 10, 91
_STEP = 40
"""Ticks of a grid step."""
_BOUND, _STACCATO = 0.75, 0.5
"""Articulation from which slurs are played, and the share of a staccato note that sounds."""
_SHORTEST, _LARGEST_GAP = 40, 240
"""Ticks: what articulation leaves of a note at least, and what it takes away at most (an eighth)."""


def write_midi(composition: Composition, path: Path, *, humanize: float = 0.0) -> None:
    """Write a composition to a ``.mid`` file, whole or not at all; ``humanize`` as in `score_to_midi`.

    Raises
    ------
    ComposerError
        The score breaks its rules; see `score_to_midi`.
    OutputError
        The file cannot be written.
    """
    data = score_to_midi(composition, humanize=humanize)
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)


def score_to_midi(composition: Composition, *, humanize: float = 0.0) -> bytes:
    """The bytes of a Standard MIDI File, type 1, 480 ticks per quarter note.

    Parameters
    ----------
    composition : Composition
        Its score is written with the plan's articulation; its provenance becomes a fact for programs.
    humanize : float
        How freely it is played, 0..1; see `composer.rendering.humanize`. The provenance's seed decides how.

    Raises
    ------
    ComposerError
        A note lies outside the piece, the MIDI ranges or the order, or two notes of a part overlap on one pitch.
    """
    import mido

    score = composition.score
    _check_score(score)
    channels = assign_channels(score.plan.instruments)
    parts = separate_unisons(sounding(score), channels)
    if humanize > 0:
        seed = composition.provenance.get("seed") or 0
        parts = [*humanized(score, parts, channels, amount=humanize, seed=seed)]
        facts = {"humanize": humanize}
        tracks = [conductor_events(composition, tempi=slowing(score, humanize), facts=facts)]
    else:
        tracks = [conductor_events(composition)]
    mixes = mix_parts(score.plan.instruments)
    ports = max(channels) > 15
    for index, (track, notes, mix) in enumerate(zip(score.tracks, parts, mixes, strict=True)):
        place = (channels[index] // 16 if ports else None, channels[index] % 16)
        tracks.append(_part(score, track, notes, place, mix))
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    file.tracks.extend(_track(events, score.end_tick) for events in tracks)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def sounding(score: Score) -> Score:
    """The score with notes as long as they sound: the plan's articulation is their share of the written length.

    A gap is never longer than an eighth, so that long notes and held chords stay long; nor is a note cut below 40
    ticks. Drums, and what ends in the last bar, keep their length. Notes that the touch binds sound whole, staccato
    ones by half; neither where every note is to sound whole.
    """
    last_bar = score.timeline.bars[-1].start
    tracks = []
    for track in score.tracks:
        notes = track.notes
        if not track.instrument.is_drums:
            shares = _shares(score, track)
            notes = tuple(note if note.end > last_bar else _shortened(note, shares[note.onset]) for note in notes)
        tracks.append(replace(track, notes=notes))
    return replace(score, tracks=tuple(tracks))


def _shares(score: Score, track: Track) -> dict[int, float]:
    """The sounding share of what begins at each tick."""
    from composer.touch import LineNote, touch_of

    plan, share = score.plan, score.plan.articulation
    chords: dict[int, list[Note]] = {}
    for note in track.notes:
        chords.setdefault(note.onset, []).append(note)
    if share >= 1:
        return dict.fromkeys(chords, share)
    tops = [max(chord, key=lambda note: note.pitch) for _, chord in sorted(chords.items())]
    line = [
        LineNote(top.onset // _STEP, max(top.end // _STEP, top.onset // _STEP + 1), top.pitch, len(chords[top.onset]))
        for top in tops
    ]
    starts = [bar.start // _STEP for bar in score.timeline.bars]
    touch = touch_of(line, starts, plan.time, track.instrument.program, share)
    return {
        top.onset: 1.0 if own.slurred and share >= _BOUND else min(share, _STACCATO) if own.staccato else share
        for top, own in zip(tops, touch, strict=True)
    }


def _shortened(note: Note, share: float) -> Note:
    length = max(round(note.duration * share), note.duration - _LARGEST_GAP, min(_SHORTEST, note.duration))
    return replace(note, duration=length)


# ------------------------------------------------------------------------------------------- checks


def _check_score(score: Score) -> None:
    plan = score.plan
    if tuple(track.instrument for track in score.tracks) != plan.instruments:
        raise _broken(f"its {len(score.tracks)} tracks do not follow the plan's {len(plan.instruments)} instruments")
    if not any(track.notes for track in score.tracks):
        raise _broken("it holds no note")
    for number, track in enumerate(score.tracks, start=1):
        where = f"track {number} ({track.instrument.name})"
        _check_notes(track.notes, where, score.end_tick)


def _check_notes(notes: Sequence[Note], where: str, end_tick: int) -> None:
    ends: dict[int, int] = {}
    for note in notes:
        if not (0 <= note.pitch <= 127 and 1 <= note.velocity <= 127):
            raise _broken(f"{where}: {note} has a pitch outside 0..127 or a velocity outside 1..127")
        if note.onset < 0 or note.duration < 1 or note.end > end_tick:
            raise _broken(f"{where}: {note} does not lie between tick 0 and the final bar line at tick {end_tick}")
        if note.onset < ends.get(note.pitch, 0):
            raise _broken(f"{where}: {note} starts before the last note of its pitch ends at {ends[note.pitch]}")
        ends[note.pitch] = note.end
    if any((a.onset, a.pitch) > (b.onset, b.pitch) for a, b in pairwise(notes)):
        raise _broken(f"{where}: the notes are not sorted by onset and pitch")


def _broken(what: str) -> ComposerError:
    return ComposerError(
        f"the score cannot be written: {what}", hint="this is a fault in Composer; please report it with the plan"
    )


# ------------------------------------------------------------------------------------------- tracks


def _part(
    score: Score, track: Track, notes: Sequence[Note], place: tuple[int | None, int], mix: PartMix
) -> list[TimedMessage]:
    """A part's messages; ``place`` is its port, None where the file needs only one, and its channel there."""
    import mido

    instrument, (port, channel) = track.instrument, place
    program = 0 if instrument.is_drums else instrument.program
    controls = ((_VOLUME, mix.volume), (_PAN, mix.pan), (_REVERB, mix.reverb))
    # The program stands before the name: music21 guesses a program from the name where it knows none yet.
    head: list[mido.Message | mido.MetaMessage] = [] if port is None else [mido.MetaMessage("midi_port", port=port)]
    head += [
        mido.Message("program_change", channel=channel, program=program),
        mido.MetaMessage("track_name", name=printable_text(instrument.name) or "Part"),
        mido.MetaMessage("sequencer_specific", data=tuple(facts_data({"role": instrument.role}))),
    ]
    head += [mido.Message("control_change", channel=channel, control=c, value=v) for c, v in controls]
    # Ranks: the head first; at any tick notes end, then pedals move, then notes begin, so that a repeated note sounds
    # again and the pedal takes nothing along from the chord before.
    events: list[TimedMessage] = [(0, rank - len(head), 0, message) for rank, message in enumerate(head)]
    events += [(tick, 0, -1, mido.MetaMessage("cue_marker", text=text)) for tick, text in _regions(score)]
    for control, moves in (
        (EXPRESSION, expression(score, instrument)),
        (SUSTAIN, pedal(score, instrument, track.notes)),
    ):
        events += [
            (tick, 1, control, mido.Message("control_change", channel=channel, control=control, value=value))
            for tick, value in moves
        ]
    for note in notes:
        on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
        off = mido.Message("note_off", channel=channel, note=note.pitch, velocity=64)
        events += [(note.onset, 2, note.pitch, on), (note.end, 0, note.pitch, off)]
    return events


def _regions(score: Score) -> list[tuple[int, str]]:
    """Where each section begins, and its name and bars, for the parts' own tracks."""
    bars = score.timeline.bars
    return [
        (
            bars[section.start_bar - 1].start,
            f"{printable_text(section.name)} (bars {section.start_bar}-{section.end_bar})".strip(),
        )
        for section in score.plan.sections
    ]


def _track(events: Sequence[TimedMessage], end_tick: int) -> mido.MidiTrack:
    """Absolute ticks to a track of delta times that ends on the final bar line."""
    import mido

    track = mido.MidiTrack()
    last = 0
    for tick, _rank, _pitch, message in sorted(events, key=lambda event: event[:3]):
        message.time = tick - last
        last = tick
        track.append(message)
    track.append(mido.MetaMessage("end_of_track", time=end_tick - last))
    return track
