from __future__ import annotations

import dataclasses
import io
import statistics
from types import SimpleNamespace
from typing import Any

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.rendering import score_to_midi, score_to_musicxml
from composer.rendering.humanize import humanized, slowing
from composer.theory import Meter
from composer.types import Instrument, Note, Score, Track


def channel_spans(data: bytes) -> tuple[dict[tuple[int, int], list[tuple[int, int]]], int]:
    """(channel, pitch) -> (onset, end) of its notes; fails on a hanging note. And the end of the file."""
    file = mido.MidiFile(file=io.BytesIO(data), charset="utf-8")
    spans: dict[tuple[int, int], list[tuple[int, int]]] = {}
    ends = set()
    for number, track in enumerate(file.tracks):
        tick, sounding = 0, {}
        for message in track:
            tick += message.time
            if message.type == "note_on":
                sounding[message.channel, message.note] = tick
            elif message.type == "note_off":
                key = (message.channel, message.note)
                spans.setdefault(key, []).append((sounding.pop(key), tick))
        assert not sounding, number
        ends.add(tick)
    (end,) = ends
    return spans, end


def onsets(data: bytes) -> list[list[int]]:
    file = mido.MidiFile(file=io.BytesIO(data), charset="utf-8")
    out = []
    for track in file.tracks[1:]:
        tick, found = 0, []
        for message in track:
            tick += message.time
            if message.type == "note_on":
                found.append(tick)
        out.append(found)
    return out


def test_the_notes_leave_the_grid_by_milliseconds(kit: SimpleNamespace) -> None:
    composition = kit.build(bars=16, tempo_bpm=100.0)
    straight, played = onsets(score_to_midi(composition)), onsets(score_to_midi(composition, humanize=0.5))
    away = [b - a for one, two in zip(straight, played, strict=True) for a, b in zip(one, two, strict=True)]
    milliseconds = [ticks * 60_000 / (480 * 100) for ticks in away]
    assert 2 < statistics.pstdev(milliseconds) < 25
    assert max(map(abs, milliseconds)) < 50
    assert len(set(away)) > 20


def test_more_is_freer(kit: SimpleNamespace) -> None:
    composition = kit.build(bars=16)
    straight = onsets(score_to_midi(composition))
    spread = []
    for amount in (0.2, 0.6, 1.0):
        played = onsets(score_to_midi(composition, humanize=amount))
        pairs = [pair for s, p in zip(straight, played, strict=True) for pair in zip(s, p, strict=True)]
        spread.append(statistics.pstdev(b - a for a, b in pairs))
    assert spread == sorted(spread)
    assert spread[0] < spread[2] / 2


def test_the_seed_decides(kit: SimpleNamespace) -> None:
    one, two = (kit.build(provenance={"seed": seed}) for seed in (1, 2))
    assert score_to_midi(one, humanize=0.5) == score_to_midi(one, humanize=0.5)
    assert onsets(score_to_midi(one, humanize=0.5)) != onsets(score_to_midi(two, humanize=0.5))
    assert onsets(score_to_midi(one)) == onsets(score_to_midi(two))


def test_the_notation_stays_as_it_is(kit: SimpleNamespace) -> None:
    composition = kit.build(bars=4)
    before = score_to_musicxml(composition)
    score_to_midi(composition, humanize=1.0)
    assert score_to_musicxml(composition) == before


def test_no_amount_is_no_change(kit: SimpleNamespace) -> None:
    assert score_to_midi(kit.build(), humanize=0.0) == score_to_midi(kit.build())


def test_the_end_slows_down_and_every_track_still_ends_on_the_bar_line(kit: SimpleNamespace) -> None:
    composition = kit.build(bars=8, meter="3/4", tempo_bpm=120.0)
    tempi = slowing(composition.score, 0.5)
    assert [tick for tick, _ in tempi] == [7 * 1440, 7 * 1440 + 480, 7 * 1440 + 960]
    values = [bpm for _, bpm in tempi]
    assert values == sorted(values, reverse=True)
    assert 120 > values[0] > values[-1] > 80
    file = mido.MidiFile(file=io.BytesIO(score_to_midi(composition, humanize=0.5)))
    assert {sum(message.time for message in track) for track in file.tracks} == {8 * 1440}
    assert slowing(kit.build(bars=2).score, 1.0) == []


def test_the_melody_is_a_little_ahead(kit: SimpleNamespace) -> None:
    composition = kit.build(bars=32)
    straight, played = onsets(score_to_midi(composition)), onsets(score_to_midi(composition, humanize=1.0))
    means = [statistics.mean(b - a for a, b in zip(s, p, strict=True)) for s, p in zip(straight, played, strict=True)]
    assert means[0] < statistics.mean(means[1:])


@st.composite
def crowded(draw: st.DrawFn) -> dict[str, Any]:
    """Parts with dense repeated notes, up to sixteen of them so that channels are shared."""
    count = draw(st.sampled_from((1, 2, 16)))
    meter, bars = draw(st.sampled_from(("2/4", "6/8"))), draw(st.integers(1, 5))
    end = bars * Meter.parse(meter).bar_ticks
    instruments = tuple(Instrument(role="melody", name=f"P{n}", program=40) for n in range(count))
    tracks = []
    for instrument in instruments:
        notes: list[Note] = []
        free: dict[int, int] = {}
        for _ in range(draw(st.integers(1, 12))):
            pitch = draw(st.integers(60, 61))
            onset = free.get(pitch, 0) + draw(st.sampled_from((0, 0, 1, 40, 240)))
            if onset < end:
                length = draw(st.integers(1, min(200, end - onset)))
                notes.append(Note(onset=onset, pitch=pitch, duration=length, velocity=draw(st.integers(1, 127))))
                free[pitch] = onset + length
        tracks.append(Track(instrument=instrument, notes=tuple(sorted(notes))))
    return {"tracks": tracks, "instruments": instruments, "meter": meter, "bars": bars, "tempo_bpm": 300.0}


@settings(max_examples=60, deadline=None)
@given(piece=crowded(), amount=st.floats(0.01, 1), seed=st.integers(0, 1000))
def test_nothing_hangs_overlaps_or_leaves_the_piece(
    kit: SimpleNamespace, piece: dict[str, Any], amount: float, seed: int
) -> None:
    composition = kit.build(**piece, provenance={"seed": seed})
    plain, end = channel_spans(score_to_midi(composition))
    played, played_end = channel_spans(score_to_midi(composition, humanize=amount))
    assert played_end == end
    assert {key: len(notes) for key, notes in played.items()} == {key: len(notes) for key, notes in plain.items()}
    for notes in played.values():
        last = 0
        for onset, off in sorted(notes):
            assert last <= onset < off <= end
            last = off


def test_a_score_is_left_alone(kit: SimpleNamespace) -> None:
    composition = kit.build()
    score: Score = composition.score
    parts = [track.notes for track in score.tracks]
    played = humanized(score, parts, (0, 1, 2, 9), amount=0.5, seed=1)
    assert [len(notes) for notes in played] == [len(notes) for notes in parts]
    assert all(notes == sorted(notes) for notes in played)
    assert [track.notes for track in composition.score.tracks] == parts


@pytest.mark.parametrize("amount", [0.3, 1.0])
def test_the_last_note_is_held_to_the_end(kit: SimpleNamespace, amount: float) -> None:
    notes = (
        Note(onset=0, pitch=60, duration=1920, velocity=80),
        Note(onset=1920, pitch=62, duration=1920, velocity=80),
    )
    composition = kit.build([Track(instrument=kit.violin, notes=notes)], instruments=(kit.violin,), bars=2)
    spans, end = channel_spans(score_to_midi(composition, humanize=amount))
    assert spans[0, 62][0][1] == end == 3840


def test_drums_are_played_as_loosely_as_drummers_play(kit: SimpleNamespace) -> None:
    drums = Instrument(role="drums", name="Drums", program=0)
    strokes = tuple(
        Note(onset=240 * step, pitch=key, duration=60, velocity=70) for step in range(128) for key in (42, 44)
    )
    plan = kit.build(bars=16, tempo_bpm=100.0).plan
    score = Score(
        plan=dataclasses.replace(plan, instruments=(drums,)), tracks=(Track(instrument=drums, notes=strokes),)
    )
    runs = [humanized(score, [strokes], [9], amount=1.0, seed=seed)[0] for seed in range(8)]
    assert runs[0] == humanized(score, [strokes], [9], amount=1.0, seed=0)[0]
    away: dict[int, list[float]] = {42: [], 44: []}
    for played in runs:
        for key in away:
            mine = [note for note in played if note.pitch == key]
            away[key] += [(note.onset - 240 * step) / 0.8 for step, note in enumerate(mine)][1:]
    assert 11 < statistics.pstdev(away[42]) < 19
    assert 4 < statistics.mean(away[42]) - statistics.mean(away[44]) < 13
    loud = [note.velocity for played in runs for note in played]
    assert 6 < statistics.pstdev(loud) < 13
    assert humanized(score, [strokes], [9], amount=0.0, seed=0)[0] == sorted(strokes)


def _chords(kit: SimpleNamespace, name: str, program: int) -> list[list[Note]]:
    """Sixty triads of one instrument as played at 1."""
    part = Instrument(role="harmony", name=name, program=program, low=36, high=91)
    notes = tuple(
        Note(onset=480 * beat, pitch=pitch, duration=480, velocity=64) for beat in range(60) for pitch in (52, 57, 60)
    )
    score = kit.build([Track(instrument=part, notes=notes)], instruments=(part,), bars=15).score
    (played,) = humanized(score, [notes], [0], amount=1, seed=3)
    by_pitch = [sorted(note for note in played if note.pitch == pitch) for pitch in (52, 57, 60)]
    return [list(chord) for chord in zip(*by_pitch, strict=True)]


def test_hands_spread_a_chord_and_bring_out_its_highest_note(kit: SimpleNamespace) -> None:
    chords = _chords(kit, "Acoustic Grand Piano", 0)
    assert statistics.mean(chord[2].onset - chord[0].onset for chord in chords) > 3
    assert statistics.mean(chord[2].velocity - chord[0].velocity for chord in chords) > 2


def test_what_is_bowed_begins_together(kit: SimpleNamespace) -> None:
    chords = _chords(kit, "String Ensemble 1", 48)
    assert abs(statistics.mean(chord[2].onset - chord[0].onset for chord in chords)) < 2
    assert abs(statistics.mean(chord[2].velocity - chord[0].velocity for chord in chords)) < 2
