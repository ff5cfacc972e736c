"""Bars written anew and bars added: what was not asked for stays, event by event, on our files and on others."""

from __future__ import annotations

import io
import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mido
import pytest

from composer.errors import MidiError, UsageError
from composer.midi.piece import parse_piece, read_piece
from composer.music.analysis import find_echo
from composer.music.decoder import Weights
from composer.music.infill import extend, infill
from composer.music.infill import search as region
from composer.music.infill.infilling import _echo
from composer.music.infill.parts import find_key, read_parts, segment_around
from composer.planning import PlanOverrides, make_plan

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tiny_weights: Weights) -> None:
    """What is promised holds whatever the weights say."""
    monkeypatch.setattr(region, "default_weights", lambda: tiny_weights)


@dataclass(frozen=True)
class Case:
    """A file with the bars and tracks to rewrite, and ticks a bar."""

    path: Path
    bars: tuple[int, int]
    tracks: tuple[str, ...]
    bar_ticks: int


# ------------------------------------------------------------------------------------------ material


def own_file(path: Path, weights: Weights, *, instruments: str, meter: str, bars: int = 8, mode: str = "major") -> Path:
    """A file as Composer writes it."""
    import numpy as np

    from composer.music.layout import lay_out
    from composer.music.performance import assemble
    from composer.music.sampling import Sampling, sample
    from composer.rendering import score_to_midi
    from composer.types import Composition

    overrides = PlanOverrides(bars=bars, meter=meter, instruments=instruments, mode=mode, valence=0.3, arousal=0.2)
    plan = make_plan(None, overrides=overrides, seed=1, title="Test")
    layout = lay_out(plan, seed=1)
    (piece,) = sample(layout, weights, candidates=1, sampling=Sampling(), generator=np.random.default_rng(1))
    score = assemble(plan, layout.by_player(piece.notes), shift=layout.shift)
    path.write_bytes(
        score_to_midi(Composition(perception=None, plan=plan, score=score, provenance={"composer": "test", "seed": 1}))
    )
    return path


TUNE = ((0, 67, 2), (2, 69, 1), (3, 71, 1), (4, 72, 2), (6, 71, 1), (7, 69, 1))
"""Eighths of a 4/4 bar in G major."""


def foreign_file(path: Path, *, kind: int = 1, resolution: int = 96, bars: int = 10, beats: int = 4) -> Path:
    """Somebody else's file: 96 ticks, tempo changes, odd events, two tracks on one channel, bass, drums."""
    eighth = resolution // 2
    bar = beats * resolution
    lanes: list[list[tuple[int, mido.Message | mido.MetaMessage]]] = [[], [], [], [], []]
    lanes[0] += [
        (0, mido.MetaMessage("track_name", name="Somebody's song")),
        (0, mido.MetaMessage("time_signature", numerator=beats, denominator=4)),
        (0, mido.MetaMessage("key_signature", key="G")),
        (0, mido.MetaMessage("set_tempo", tempo=500_000)),
        (3 * bar, mido.MetaMessage("set_tempo", tempo=600_000)),
        (5 * bar + 7, mido.MetaMessage("lyrics", text="la")),
        (5 * bar + 9, mido.MetaMessage("marker", text="B")),
        (6 * bar, mido.Message("sysex", data=(1, 2, 3))),
        (6 * bar, mido.UnknownMetaMessage(0x60, data=(5, 6))),  # mido forgets the time before one that it reads
    ]
    for lane, (name, shared, program) in enumerate(
        [("Lead", 0, 73), ("Chords", 1, 0), ("Pad", 1, 0), ("Low", 2, 33)], start=1
    ):
        channel = lane - 1 if kind == 0 else shared  # one track of the file: its channels are its tracks
        lanes[lane].append((0, mido.MetaMessage("track_name", name=name)))
        lanes[lane].append((0, mido.Message("program_change", channel=channel, program=program)))
        lanes[lane].append((4 * bar + 5, mido.Message("control_change", channel=channel, control=7, value=90)))
        lanes[lane].append((5 * bar + 11, mido.Message("pitchwheel", channel=channel, pitch=100)))
        for number in range(bars):
            for onset, pitch, length in _lane_notes(lane, number, beats):
                velocity = 60 + 5 * lane + (8 if onset == 0 else 0)
                start, end = number * bar + onset * eighth, number * bar + (onset + length) * eighth - 2
                lanes[lane].append((start, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
                lanes[lane].append((end, mido.Message("note_on", channel=channel, note=pitch, velocity=0)))
    file = mido.MidiFile(type=kind, ticks_per_beat=resolution)
    joined = [[event for lane in lanes for event in lane]] if kind == 0 else lanes
    for lane_events in joined:
        track = mido.MidiTrack()
        last = 0
        for tick, message in sorted(lane_events, key=lambda event: event[0]):
            track.append(message.copy(time=tick - last))
            last = tick
        file.tracks.append(track)
    file.save(path)
    return path


def _lane_notes(lane: int, number: int, beats: int) -> Iterator[tuple[int, int, int]]:
    root = (55, 60, 62, 55)[number % 4]
    if lane == 1:
        for onset, pitch, length in TUNE:
            if onset + length <= 2 * beats:
                yield (
                    onset,
                    pitch + (number % 3) * 2 - (1 if (pitch + number % 3 * 2) % 12 in (1, 8, 10) else 0),
                    length,
                )
    elif lane == 2:
        for beat in range(beats):
            yield from ((2 * beat, root + step, 2) for step in (0, 4, 7))
    elif lane == 3:
        yield 0, root + 12, 2 * beats
    else:
        yield 0, root - 24, 2
        yield 2, root - 24, 2 * beats - 2


# ------------------------------------------------------------------------------------------- reading


Event = tuple[int, int, str]


def events(data: bytes) -> Counter[Event]:
    """(track, tick, message) of everything but notes and the ends of tracks."""
    out: Counter[Event] = Counter()
    for number, track in enumerate(mido.MidiFile(file=io.BytesIO(data)).tracks):
        tick = 0
        for message in track:
            tick += message.time
            if message.type not in ("note_on", "note_off", "end_of_track"):
                out[number, tick, str(message.copy(time=0))] += 1
    return out


def notes(data: bytes) -> list[tuple[int, int, int, int, int, int]]:
    """(track, channel, onset, pitch, end, velocity), read by mido alone; a pitch struck while it sounds is an error."""
    out = []
    for number, track in enumerate(mido.MidiFile(file=io.BytesIO(data)).tracks):
        tick, sounding = 0, {}
        for message in track:
            tick += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = message.channel, message.note
            if message.type == "note_on" and message.velocity:
                assert key not in sounding, f"{key} is struck at {tick} while it sounds"
                sounding[key] = tick, message.velocity
            else:
                onset, velocity = sounding.pop(key)
                out.append((number, message.channel, onset, message.note, tick, velocity))
        assert not sounding
    return sorted(out)


def assert_only_the_region_changed(case: Case, data: bytes) -> None:
    before_bytes = case.path.read_bytes()
    assert events(data) == events(before_bytes)
    piece = read_piece(case.path)
    wanted = {name.lower() for name in case.tracks}
    places = {
        (voice.chunk, voice.channel)
        for voice in piece.voices
        if not wanted or str(voice.number) in wanted or any(name in voice.name.lower() for name in wanted)
    }
    low, high = (case.bars[0] - 1) * case.bar_ticks, case.bars[1] * case.bar_ticks

    def inside(note: tuple[int, ...]) -> bool:
        return note[:2] in places and low <= note[2] < high

    before, after = notes(before_bytes), notes(data)
    assert [note for note in after if not inside(note)] == [note for note in before if not inside(note)]
    new = [note for note in after if inside(note)]
    assert new
    assert new != [note for note in before if inside(note)]
    assert all(note[4] <= high for note in new), "a new note sounds into a bar that was to stay"
    ends = [sum(m.time for m in t) for t in mido.MidiFile(file=io.BytesIO(data)).tracks]
    assert ends == [sum(m.time for m in t) for t in mido.MidiFile(file=io.BytesIO(before_bytes)).tracks]


# ------------------------------------------------------------------------------------------- infill


@pytest.mark.parametrize(
    ("instruments", "meter", "mode", "bars", "tracks"),
    [
        ("violin,cello,piano,drums", "4/4", "major", (3, 5), ()),
        ("violin,cello,piano", "3/4", "minor", (2, 4), ("violin",)),
        ("piano", "6/8", "dorian", (1, 2), ("1",)),
        ("violin,violin,viola,cello", "2/4", "harmonic-minor", (7, 8), ("cello",)),
        ("flute,bass,drums", "5/4", "pentatonic", (4, 4), ("drums", "flute")),
    ],
)
def test_our_own_files(
    tmp_path: Path,
    tiny_weights: Weights,
    instruments: str,
    meter: str,
    mode: str,
    bars: tuple[int, int],
    tracks: tuple[str, ...],
) -> None:
    path = own_file(tmp_path / "own.mid", tiny_weights, instruments=instruments, meter=meter, mode=mode)
    beats, unit = (int(part) for part in meter.split("/"))
    case = Case(path=path, bars=bars, tracks=tracks, bar_ticks=beats * 1920 // unit)
    done = infill(path, bars=bars, tracks=tracks, seed=3, candidates=1)
    assert_only_the_region_changed(case, done.data)
    assert done.meter == meter
    assert done.key.endswith(mode)
    key = read_piece(path)
    scale = find_key(key, segment_around(key, bars[0] - 1, bars[1] - 1))
    melodic = [note for note in notes(done.data) if note[1] != 9]
    assert sum(note[3] % 12 in scale.pitch_classes for note in melodic) > 0.85 * len(melodic)


@pytest.mark.parametrize(
    ("kind", "resolution", "beats", "tracks"),
    [(1, 96, 4, ("lead",)), (1, 480, 3, ("chords", "low")), (0, 96, 4, ("1", "4")), (0, 384, 4, ())],
)
def test_other_peoples_files(tmp_path: Path, kind: int, resolution: int, beats: int, tracks: tuple[str, ...]) -> None:
    path = foreign_file(tmp_path / "a.mid", kind=kind, resolution=resolution, beats=beats)
    case = Case(path=path, bars=(5, 8), tracks=tracks, bar_ticks=beats * resolution)
    done = infill(path, bars=(5, 8), tracks=tracks, seed=1, candidates=2)
    assert_only_the_region_changed(case, done.data)
    assert done.key == "G major"
    low, high = 4 * beats * resolution, 8 * beats * resolution
    before = notes(path.read_bytes())
    for place in {note[:2] for note in before}:
        old = [note for note in before if note[:2] == place]
        new = [note for note in notes(done.data) if note[:2] == place and low <= note[2] < high]
        if new == [note for note in old if low <= note[2] < high]:
            continue
        pitches = [note[3] for note in old]
        assert min(pitches) - 7 <= min(note[3] for note in new)
        assert max(note[3] for note in new) <= max(pitches) + 7
        loud = [note[5] for note in old]
        assert min(loud) <= min(note[5] for note in new) <= max(note[5] for note in new) <= max(loud)


def test_same_seed_same_bytes_other_seed_other_notes(tmp_path: Path) -> None:
    path = foreign_file(tmp_path / "a.mid")
    first, again, other = (infill(path, bars=(4, 6), seed=seed, candidates=2).data for seed in (1, 1, 2))
    assert first == again
    assert notes(first) != notes(other)


def test_a_number_means_the_number_also_where_tracks_are_named_by_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    file = mido.MidiFile(foreign_file(path))
    for track, name in zip(file.tracks[1:], ("2", "1", "1", "2"), strict=True):
        track[0] = mido.MetaMessage("track_name", name=name)
    file.save(path)
    assert infill(path, bars=(5, 5), tracks=("4",), candidates=1).tracks == ("2",)
    changed = {n[0] for n in set(notes(path.read_bytes())) ^ set(notes(infill(path, bars=(5, 8), tracks=("1",)).data))}
    assert changed == {1}


def test_a_resting_track_rests_unless_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    file = mido.MidiFile(foreign_file(path))
    lead, tick = mido.MidiTrack(), 0
    kept: list[tuple[int, mido.Message]] = []
    for message in file.tracks[1]:
        tick += message.time
        if message.type != "note_on" or not 4 * 384 <= tick < 6 * 384:
            kept.append((tick, message))
    last = 0
    for tick, message in kept:
        lead.append(message.copy(time=tick - last))
        last = tick
    file.tracks[1] = lead
    file.save(path)

    def in_rest(data: bytes) -> list[tuple[int, ...]]:
        return [note for note in notes(data) if note[0] == 1 and 4 * 384 <= note[2] < 6 * 384]

    assert in_rest(infill(path, bars=(5, 6), candidates=1).data) == []
    named = in_rest(infill(path, bars=(5, 6), tracks=("lead",), candidates=1).data)
    assert {note[2] // 384 for note in named} == {4, 5}


def test_a_note_that_sounds_into_the_region_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    track = mido.MidiTrack()
    for number in range(6):
        length = 480 * 6 if number == 1 else 480 * 4
        track.append(mido.Message("note_on", note=60 + number, velocity=70))
        track.append(mido.Message("note_off", note=60 + number, time=length if number != 2 else 480 * 2))
    file = mido.MidiFile(type=1, ticks_per_beat=480)
    file.tracks.append(track)
    file.save(path)
    held = next(note for note in notes(path.read_bytes()) if note[3] == 61)
    assert held[2] < 2 * 1920 < held[4]
    assert held in notes(infill(path, bars=(3, 4), candidates=1).data)


def test_the_kit_plays_a_neighbouring_bar(tmp_path: Path, tiny_weights: Weights) -> None:
    path = own_file(tmp_path / "own.mid", tiny_weights, instruments="piano,drums", meter="4/4")
    done = infill(path, bars=(3, 3), tracks=("drums",), candidates=1)

    def bar(number: int) -> list[tuple[int, int, int]]:
        return [(n[2] % 1920, n[3], n[5]) for n in notes(done.data) if n[1] == 9 and n[2] // 1920 == number - 1]

    assert bar(3) in [bar(number) for number in (1, 2, 4, 5, 6, 7)]
    assert len(bar(3)) > 3


def test_an_echo_keeps_the_style_and_not_the_notes() -> None:
    import random

    from composer.music.blocks import GridNote

    motif = [GridNote(0, 60, 12), GridNote(12, 62, 12), GridNote(24, 64, 24)]
    bars = [motif, [GridNote(0, 65, 48)], motif, motif]
    assert find_echo([[tuple(note) for note in bar] for bar in bars], 2) == (2, 3)

    @dataclass(frozen=True)
    class Region:
        low: int = 2

    assert _echo(bars, 2, "melody", Region(), random.Random(0)) == (0, 2)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------- continue


@pytest.mark.parametrize("own", [True, False])
def test_added_bars_follow_what_was_there_and_close_on_the_tonic(
    tmp_path: Path, tiny_weights: Weights, *, own: bool
) -> None:
    path = tmp_path / "a.mid"
    if own:
        own_file(path, tiny_weights, instruments="violin,piano,drums", meter="4/4", mode="minor")
    else:
        foreign_file(path, resolution=480, bars=8)
    done = extend(path, bars=5, seed=2, candidates=1)
    assert done.bars == (9, 13)
    before, after = notes(path.read_bytes()), notes(done.data)
    end = 8 * 1920
    assert [note for note in after if note[2] < end] == before
    new = [note for note in after if note[2] >= end]
    assert {note[:2] for note in new} == {note[:2] for note in before}
    for channel in {note[1] for note in before}:
        assert {note[2] // 1920 for note in new if note[1] == channel} == set(range(8, 13))
    assert max(note[4] for note in new) == 13 * 1920
    piece = parse_piece(done.data)
    key = find_key(piece, segment_around(piece, 12, 12))
    last = [note for note in new if note[2] >= 12 * 1920 and note[1] != 9]
    assert {(note[3] - key.tonic_pc) % 12 for note in last} <= {0, 3 if own else 4, 7}
    melody = min(last)  # of the first track
    assert melody[3] % 12 == key.tonic_pc
    assert events(path.read_bytes()) - events(done.data) == Counter()
    extra = events(done.data) - events(path.read_bytes())
    assert all(event[1] >= end for event in extra)
    assert bool(extra) == own
    if own:
        assert piece.own is not None
        assert max(tick for tick, _ in piece.own.chords) >= 12 * 1920


# ------------------------------------------------------------------------------------ what cannot be done


def test_requests_that_cannot_be_met(tmp_path: Path) -> None:
    path = foreign_file(tmp_path / "a.mid")
    with pytest.raises(UsageError, match="1-10"):
        infill(path, bars=(9, 12), candidates=1)
    for bars in ((0, 2), (4, 3)):
        with pytest.raises(UsageError, match="--bars"):
            infill(path, bars=bars, candidates=1)
    with pytest.raises(UsageError, match="2 Chords, 3 Pad"):
        infill(path, bars=(2, 3), tracks=("oboe",), candidates=1)
    with pytest.raises(UsageError, match="--tracks"):
        infill(path, bars=(2, 3), tracks=("7",), candidates=1)
    for count in (0, 65):
        with pytest.raises(UsageError, match="--bars"):
            extend(path, bars=count, candidates=1)


def test_a_change_of_meter_in_the_region_is_refused_and_beside_it_is_not(tmp_path: Path) -> None:
    path = foreign_file(tmp_path / "a.mid")
    file = mido.MidiFile(path)
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("time_signature", numerator=3, denominator=4, time=4 * 384)]))
    file.save(path)
    with pytest.raises(UsageError, match="bar 5 "):
        infill(path, bars=(4, 6), candidates=1)
    done = infill(path, bars=(3, 4), tracks=("lead",), candidates=1)
    assert_only_the_region_changed(Case(path=path, bars=(3, 4), tracks=("lead",), bar_ticks=384), done.data)
    assert infill(path, bars=(5, 5), candidates=1).meter == "3/4"


def test_hostile_files_end_in_one_kind_of_error(tmp_path: Path) -> None:
    good = foreign_file(tmp_path / "good.mid").read_bytes()
    broken = {
        "empty": b"",
        "text": b"not a MIDI file at all",
        "header only": good[:14],
        "type 2": good[:9] + b"\x02" + good[10:],
        "no time": good[:12] + b"\0\0" + good[14:],
        "no notes": b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0",
        "a note after years": b"MThd\0\0\0\6\0\0\0\1\0\1MTrk\0\0\0\x0f\xff\xff\xff\x7f\x90\x3c\x40"
        b"\x01\x80\x3c\x40\0\xff\x2f\0",
    }
    for name, data in broken.items():
        (tmp_path / "x.mid").write_bytes(data)
        with pytest.raises(MidiError):
            infill(tmp_path / "x.mid", bars=(1, 1), candidates=1)
            pytest.fail(name)
    with pytest.raises(MidiError):
        infill(tmp_path / "missing.mid", bars=(1, 1))
    with pytest.raises(MidiError):
        extend(tmp_path, bars=1)


def test_any_damage_is_a_midi_error_or_still_a_file(tmp_path: Path) -> None:
    import random

    good = foreign_file(tmp_path / "good.mid", bars=2).read_bytes()
    rng = random.Random(0)
    for _ in range(150):
        data = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            parse_piece(bytes(data))
        except MidiError:
            continue


# ------------------------------------------------------------------------------------------ real pieces


def test_real_pieces(tmp_path: Path) -> None:
    folder = Path(os.environ.get("COMPOSER_DATA", REPOSITORY.parent / "shared" / "data")) / "music"
    if not (folder / "pop909.tar.xz").is_file():
        pytest.skip("the data folder is not there")
    tried = 0
    with tarfile.open(folder / "pop909.tar.xz") as archive:
        for member in archive:
            if not member.name.endswith(".mid"):
                continue
            path = tmp_path / "piece.mid"
            source = archive.extractfile(member)
            assert source is not None
            path.write_bytes(source.read())
            piece = read_piece(path)
            if len({bar.meter for bar in piece.bars}) > 1 or len(piece.bars) < 12:
                continue
            done = infill(path, bars=(9, 10), seed=tried, candidates=1)
            assert events(done.data) == events(path.read_bytes())
            low, high = piece.bars[8].start, piece.bars[9].end
            old, new = (
                [(v.number, n.onset, n.pitch, n.end, n.velocity) for v in p.voices for n in v.notes]
                for p in (piece, parse_piece(done.data))
            )
            assert [n for n in new if not low <= n[1] < high] == [n for n in old if not low <= n[1] < high]
            assert any(low <= n[1] < high for n in new)
            tried += 1
            if tried == 3:
                return
    pytest.fail("no piece was suitable")


def test_roles_are_found_and_stay_the_same(tmp_path: Path) -> None:
    piece = read_piece(foreign_file(tmp_path / "a.mid"))
    roles = {part.voice.name: part.role for part in read_parts(piece, segment_around(piece, 4, 7))}
    assert roles == {"Lead": "melody", "Chords": "harmony", "Pad": "counter", "Low": "bass"}
    assert roles == {part.voice.name: part.role for part in read_parts(piece, segment_around(piece, 0, 1))}
