"""Hand-made MIDI files, written with mido so that no code of ours stands between the test and the file."""

from __future__ import annotations

import io
from collections.abc import Sequence

import mido

Tone = tuple[float, float, int] | tuple[float, float, int, int]
"""Onset and duration in quarter notes, pitch, and velocity (default 80)."""


def midi_bytes(
    parts: Sequence[Sequence[Tone]] = (),
    *,
    programs: Sequence[int] = (),
    meter: str | None = "4/4",
    tempo_us: int | None = 500_000,
    key: str | None = None,
    end: float | None = None,
    conductor: Sequence[tuple[float, mido.MetaMessage]] = (),
    division: int = 480,
) -> bytes:
    """One track per part after a conductor track; a program of -1 means drums."""
    file = mido.MidiFile(type=1, ticks_per_beat=division)
    head: list[tuple[float, mido.MetaMessage]] = []
    if tempo_us is not None:
        head.append((0.0, mido.MetaMessage("set_tempo", tempo=tempo_us)))
    if meter is not None:
        beats, unit = (int(number) for number in meter.split("/"))
        head.append((0.0, mido.MetaMessage("time_signature", numerator=beats, denominator=unit)))
    if key is not None:
        head.append((0.0, mido.MetaMessage("key_signature", key=key)))
    tracks = [[(quarter, 0, message) for quarter, message in (*head, *conductor)]]
    melodic = iter((*range(9), *range(10, 16)))
    for index, part in enumerate(parts):
        program = programs[index] if index < len(programs) else 0
        channel = 9 if program < 0 else next(melodic)
        events = [(0.0, -1, mido.Message("program_change", channel=channel, program=max(0, program)))]
        for onset, duration, pitch, *rest in part:
            velocity = rest[0] if rest else 80
            events.append((onset, 1, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
            events.append((onset + duration, 0, mido.Message("note_off", channel=channel, note=pitch)))
        tracks.append(events)
    for events in tracks:
        track = mido.MidiTrack()
        now = 0
        for quarter, _rank, message in sorted(events, key=lambda event: event[:2]):
            tick = round(quarter * division)
            track.append(message.copy(time=tick - now))
            now = tick
        stop = now if end is None else max(now, round(end * division))
        track.append(mido.MetaMessage("end_of_track", time=stop - now))
        file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()
