"""Scores of MIDI files hold every note: changes of meter, tempo and key, upbeats, any length and number of parts."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mido
import pytest

from composer.errors import PlanError, UsageError
from composer.midi.piece import parse_piece
from composer.music.infill import extend, infill
from composer.pipeline.midi_plan import plan_of_piece
from composer.pipeline.midi_score import MidiScore, score_of_midi
from composer.pipeline.output import render
from composer.rendering import score_to_midi, score_to_musicxml
from composer.types import MAX_BARS

QUARTER = 480
Note = tuple[float, float, int]
"""Onset and length in quarter notes, pitch."""


def track(events: Sequence[tuple[float, Any]]) -> mido.MidiTrack:
    made, last = mido.MidiTrack(), 0
    for at, message in sorted(events, key=lambda item: (item[0], item[1].type == "note_on")):
        tick = round(at * QUARTER)
        made.append(message.copy(time=tick - last))
        last = tick
    return made


def part(name: str, notes: Sequence[Note], *, channel: int = 0, program: int = 0) -> mido.MidiTrack:
    events: list[tuple[float, Any]] = [
        (0, mido.MetaMessage("track_name", name=name)),
        (0, mido.Message("program_change", channel=channel, program=program)),
    ]
    for onset, length, pitch in notes:
        events.append((onset, mido.Message("note_on", channel=channel, note=pitch, velocity=70)))
        events.append((onset + length, mido.Message("note_off", channel=channel, note=pitch)))
    return track(events)


def meter(at: float, beats: int, unit: int) -> tuple[float, Any]:
    return at, mido.MetaMessage("time_signature", numerator=beats, denominator=unit)


def tempo(at: float, bpm: float) -> tuple[float, Any]:
    return at, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm))


def key(at: float, name: str) -> tuple[float, Any]:
    return at, mido.MetaMessage("key_signature", key=name)


def written(path: Path, conductor: Sequence[tuple[float, Any]], *parts: mido.MidiTrack) -> MidiScore:
    head = [(0, mido.MetaMessage("track_name", name="Piece")), *conductor]
    file = mido.MidiFile(type=1, ticks_per_beat=QUARTER)
    file.tracks.extend((track(head), *parts))
    file.save(path)
    return score_of_midi(path)


def beats(count: int, *, start: float = 0, base: int = 60) -> list[Note]:
    return [(start + beat, 1, base + beat % 12) for beat in range(count)]


def placed(made: MidiScore, number: int = 0) -> list[tuple[float, int]]:
    return [(note.onset / QUARTER, note.pitch) for note in made.composition.score.tracks[number].notes]


def xml(made: MidiScore) -> ET.Element:
    return ET.fromstring(score_to_musicxml(made.composition))


def heads(root: ET.Element) -> Counter[str]:
    """How often each pitch begins."""
    found: Counter[str] = Counter()
    for item in root.iter("note"):
        if item.find("pitch") is not None and item.find("tie[@type='stop']") is None:
            found["".join(item.findtext(f"pitch/{tag}", "") for tag in ("step", "alter", "octave"))] += 1
    return found


# ------------------------------------------------------------------------------------- time and keys


def test_all_meters_reach_the_score(tmp_path: Path) -> None:
    notes = beats(4 * 4 + 3 * 3 + 4 * 6)
    made = written(tmp_path / "a.mid", [meter(0, 4, 4), meter(16, 3, 4), meter(25, 6, 8)], part("Flute", notes))
    assert placed(made) == [(onset, pitch) for onset, _, pitch in notes]
    root = xml(made)
    times = [
        (item.findtext("beats"), item.findtext("beat-type")) for item in root.findall("part[1]/measure/attributes/time")
    ]
    assert times == [("4", "4"), ("3", "4"), ("6", "8")]
    assert sum(heads(root).values()) == len(notes)
    assert len(root.findall("part[1]/measure")) == 4 + 3 + 8
    assert made.remarks == ()


def test_a_bar_cut_short_is_printed_as_long_as_it_is(tmp_path: Path) -> None:
    made = written(tmp_path / "a.mid", [meter(0, 4, 4), meter(10, 3, 4)], part("Flute", beats(19)))
    assert [str(bar.meter) for bar in made.composition.score.timeline.bars] == [
        "4/4",
        "4/4",
        "2/4",
        "3/4",
        "3/4",
        "3/4",
    ]
    assert "bar 3: printed in 2/4" in made.remarks[0]
    assert len(placed(made)) == 19


@pytest.mark.parametrize("head", [[meter(0, 1, 4), meter(1, 3, 4)], [meter(0, 4, 4), meter(1, 3, 4)]])
def test_an_upbeat_is_an_incomplete_bar_numbered_0(tmp_path: Path, head: list[tuple[float, Any]]) -> None:
    made = written(tmp_path / "a.mid", head, part("Violin", beats(13), program=40))
    root = xml(made)
    bars = root.findall("part[1]/measure")
    assert [bar.get("number") for bar in bars] == ["0", "1", "2", "3", "4"]
    assert [bar.get("implicit", "no") for bar in bars[:2]] == ["yes", "no"]
    assert [item.findtext("beats") for item in root.iter("time")] == ["3"]
    assert sum(heads(root).values()) == 13
    again = mido.MidiFile(file=io.BytesIO(score_to_midi(made.composition)))
    first = next(m.time for m in again.tracks[1] if m.type == "note_off")
    assert first <= QUARTER


@pytest.mark.parametrize(
    ("beats_unit", "bpm", "unit", "printed", "sounding"),
    [
        ((6, 4), 100, "half", "33", "100"),
        ((12, 8), 100, "quarter", "67", "100"),
        ((4, 4), 98, "quarter", "98", "98"),
        ((4, 4), 900, "quarter", "900", "900"),
        ((4, 4), 8, "quarter", "8", "8"),
    ],
)
def test_the_tempo_is_the_files(
    tmp_path: Path, beats_unit: tuple[int, int], bpm: float, unit: str, printed: str, sounding: str
) -> None:
    made = written(tmp_path / "a.mid", [meter(0, *beats_unit), tempo(0, bpm)], part("Oboe", beats(48), program=68))
    root = xml(made)
    assert [item.get("tempo") for item in root.iter("sound") if item.get("tempo")] == [sounding]
    assert (root.findtext(".//beat-unit"), root.findtext(".//per-minute")) == (unit, printed)
    back = mido.MidiFile(file=io.BytesIO(score_to_midi(made.composition)))
    assert [m.tempo for m in back.tracks[0] if m.type == "set_tempo"] == [mido.bpm2tempo(bpm)]


def test_tempo_changes_are_printed_where_they_last_and_heard_everywhere(tmp_path: Path) -> None:
    changes = [tempo(0, 120), tempo(16, 80), tempo(32, 76), tempo(33, 70), tempo(34, 60), tempo(36, 80)]
    root = xml(written(tmp_path / "a.mid", changes, part("Oboe", beats(64), program=68)))
    assert [item.get("tempo") for item in root.iter("sound") if item.get("tempo")] == [
        "120",
        "80",
        "76",
        "70",
        "60",
        "80",
    ]
    assert [item.text for item in root.iter("per-minute")] == ["120", "80"]
    words = [(item.text or "").strip() for item in root.iter("words")]
    assert "rit." in words
    assert "a tempo" in words


def test_keys_change_for_every_part_and_in_written_pitch(tmp_path: Path) -> None:
    scale = [(beat, 1, 60 + (0, 2, 4, 5, 7, 9, 11)[beat % 7]) for beat in range(16)]
    flats = [(16 + beat, 1, 63 + (0, 2, 4, 5, 7, 9, 11)[beat % 7]) for beat in range(16)]
    conductor = [key(0, "C"), key(16, "Eb")]
    made = written(tmp_path / "a.mid", conductor, part("Flute", scale + flats, program=73), part("Cello", scale + flats,
                   channel=1, program=42))  # fmt: skip
    for number in (1, 2):
        bars = xml(made).findall(f"part[{number}]/measure")
        found = {bar.get("number"): bar.findtext("attributes/key/fifths") for bar in bars}
        assert {number: fifths for number, fifths in found.items() if fifths} == {"1": "0", "5": "-3"}
    printed = [item.findtext("accidental") for item in xml(made).iter("note") if item.find("accidental") is not None]
    assert printed == []


# ------------------------------------------------------------------------------------- length and size


def test_three_hundred_bars_are_three_hundred_bars(tmp_path: Path) -> None:
    made = written(tmp_path / "a.mid", [], part("Piano", beats(1200)))
    assert made.composition.score.plan.bars == 300
    assert len(placed(made)) == 1200
    assert made.remarks == ()


def test_a_score_is_longer_than_what_can_be_composed(tmp_path: Path) -> None:
    bars = MAX_BARS + 44
    made = written(tmp_path / "a.mid", [], part("Piano", [(4 * bar, 4, 60 + bar % 12) for bar in range(bars)]))
    assert made.composition.score.plan.bars == len(placed(made)) == bars
    assert made.composition.plan.bars == MAX_BARS
    reason = f"bars 1-{MAX_BARS} of the file, which has {bars}: more than {MAX_BARS} are not composed"
    assert made.composition.plan.reasons["bars"] == reason
    with pytest.raises(PlanError, match=f"bars: {bars} is outside 1..{MAX_BARS}"):
        made.composition.score.plan.check_composable()


def test_twenty_parts_and_drums_keep_their_notes(tmp_path: Path) -> None:
    parts = [
        part(f"Player {chr(65 + n)}", beats(8, base=48 + n), channel=n % 9, program=(40, 73, 60)[n % 3])
        for n in range(20)
    ]
    made = written(tmp_path / "a.mid", [], *parts, part("Kit", [(b, 0.5, 38) for b in range(8)], channel=9))
    names = [item.instrument.name for item in made.composition.score.tracks]
    assert names == [f"Player {chr(65 + n)}" for n in range(20)] + ["Kit"]
    assert all(len(item.notes) == 8 for item in made.composition.score.tracks)
    root = xml(made)
    assert len(root.findall("part")) == 21
    assert sum(heads(root).values()) == 160
    again = parse_piece(score_to_midi(made.composition))
    assert sum(len(voice.notes) for voice in again.voices) == 168


# ------------------------------------------------------------------------------------- notes and names


def test_quick_repeated_notes_are_set_apart(tmp_path: Path) -> None:
    notes = [(index / 16, 1 / 16, 67) for index in range(32)]
    made = written(tmp_path / "a.mid", [], part("Viola", notes, program=41))
    assert len(placed(made)) == len(set(placed(made))) == 32
    assert any("moved to the grid" in remark for remark in made.remarks)


def test_thirty_seconds_stay_where_they_are(tmp_path: Path) -> None:
    notes = [(index / 8, 1 / 8, 67 + index % 5) for index in range(32)]
    made = written(tmp_path / "a.mid", [], part("Viola", notes, program=41))
    assert not made.remarks
    found = [(note.onset, note.duration, note.pitch) for note in made.composition.score.tracks[0].notes]
    assert found == [(index * 60, 60, 67 + index % 5) for index in range(32)]


def test_a_doubled_note_is_named_with_part_and_bar(tmp_path: Path) -> None:
    made = written(tmp_path / "a.mid", [], part("Harp", [*beats(16), (9, 1, 69), (5, 1, 65)], program=46))
    assert len(placed(made)) == 16
    assert made.remarks == (
        "Harp, bars 2-3: 2 notes; each doubles another of its part, pitch and time, and is printed once",
    )


def test_dense_polyphony_loses_nothing(tmp_path: Path) -> None:
    notes = [(at, 1 + 3 * (pitch % 3), pitch) for at in range(16) for pitch in range(55 + at % 3, 78, 4)]
    held: dict[int, float] = {}
    apart = []
    for at, length, pitch in notes:
        if held.get(pitch, 0) <= at:
            apart.append((float(at), float(length), pitch))
            held[pitch] = at + length
    root = xml(written(tmp_path / "a.mid", [], part("Strings", apart, program=48)))
    assert sum(heads(root).values()) == len(apart)


def test_drums_alone_get_their_staff(tmp_path: Path) -> None:
    strokes = [(beat / 2, 0.25, 42) for beat in range(32)] + [(beat, 0.5, (36, 38)[beat % 2]) for beat in range(16)]
    made = written(tmp_path / "a.mid", [], part("Kit", strokes, channel=9))
    root = xml(made)
    assert root.findtext(".//clef/sign") == "percussion"
    assert len(list(root.iter("unpitched"))) == 48
    assert root.find(".//harmony") is None
    assert root.findtext(".//part-name") == "Kit"


def test_names_are_those_that_were_given(tmp_path: Path) -> None:
    singers = [part(name, beats(8, base=base), channel=n, program=52) for n, (name, base) in enumerate(
        (("Soprano", 72), ("Alto", 65), ("Tenor", 55), ("Bass", 43)))]  # fmt: skip
    made = written(tmp_path / "a.mid", [], *singers)
    assert [item.instrument.name for item in made.composition.score.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert [item.text for item in xml(made).iter("part-name")] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert [item.name for item in made.composition.plan.instruments] == ["Soprano", "Alto", "Tenor", "Bass"]


@pytest.mark.parametrize(
    ("given", "programs", "kept"),
    [
        (("Solo", "Solo"), (40, 73), ["Solo (Violin)", "Solo (Flute)"]),
        (("Violin", "Violin", "Viola"), (40, 40, 41), ["Violin 1", "Violin 2", "Viola"]),
        (("Track 1", "Staff-2"), (40, 73), ["Violin", "Flute"]),
        (("Klavier", "Klavier"), (0, 0), ["Klavier (right hand)", "Klavier (left hand)"]),
    ],
)
def test_equal_names_are_told_apart(
    tmp_path: Path, given: tuple[str, ...], programs: tuple[int, ...], kept: list[str]
) -> None:
    parts = [
        part(name, beats(8, base=84 - 24 * n), channel=n, program=program)
        for n, (name, program) in enumerate(zip(given, programs, strict=True))
    ]
    made = written(tmp_path / "a.mid", [], *parts)
    assert [item.instrument.name for item in made.composition.score.tracks] == kept


# ------------------------------------------------------------------------------------------ some bars


def test_some_bars_alone(tmp_path: Path) -> None:
    written(
        tmp_path / "a.mid",
        [meter(0, 4, 4), meter(16, 3, 4)],
        part("Flute", [*beats(15), (15, 2, 50), *beats(6, start=17)]),
    )
    made = score_of_midi(tmp_path / "a.mid", bars=(5, 6))
    assert [str(bar.meter) for bar in made.composition.score.timeline.bars] == ["3/4", "3/4"]
    assert placed(made)[0] == (1, 60)
    assert "1 notes that begin before" in made.remarks[0]
    (facts,) = render(tmp_path / "a.mid", [tmp_path / "a.musicxml"], bars=(5, 6))
    assert facts.facts["remarks"] == list(made.remarks)
    with pytest.raises(UsageError, match="bars 9-12 do not lie in the piece, which has 7"):
        score_of_midi(tmp_path / "a.mid", bars=(9, 12))
    with pytest.raises(UsageError, match="audio holds the whole piece"):
        render(tmp_path / "a.mid", [tmp_path / "a.wav"], bars=(5, 6))


def test_a_plan_says_what_it_leaves_out(tmp_path: Path) -> None:
    written(tmp_path / "a.mid", [meter(0, 4, 4), meter(32, 3, 4)], part("Flute", beats(44)))
    plan = plan_of_piece(parse_piece((tmp_path / "a.mid").read_bytes()))
    assert plan.reasons["bars"] == "bars 1-8 of the file, which has 12: the longest run in one meter"


def test_the_plan_command_names_what_it_leaves_out(run_cli: Any, tmp_path: Path) -> None:
    parts = [part(f"Player {chr(65 + n)}", beats(44 + n % 2), channel=n % 9, program=40) for n in range(18)]
    written(tmp_path / "a.mid", [meter(0, 4, 4), meter(32, 3, 4)], *parts)
    outcome = run_cli("plan", "--from-midi", tmp_path / "a.mid")
    assert outcome.code == 0, outcome.err
    assert any(
        "bars 1-8 of the file, which has 13: the longest run in one meter" in line for line in outcome.error_lines
    )
    assert any("left out: Player" in line for line in outcome.error_lines)


def test_the_render_command_names_what_is_otherwise(run_cli: Any, tmp_path: Path) -> None:
    written(tmp_path / "a.mid", [meter(0, 4, 4), meter(10, 3, 4)], part("Flute", beats(19)))
    outcome = run_cli("render", tmp_path / "a.mid", "--out", tmp_path / "a.json", "--bars", "2-4", "--json")
    assert outcome.code == 0, outcome.err
    assert any(line.startswith("warning: bar 2: printed in 2/4") for line in outcome.error_lines)
    said = json.loads(outcome.out)
    assert said["warnings"] == said["outputs"][0]["facts"]["remarks"]
    kept = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["score"]["timeline"]
    assert [bar["meter"] for bar in kept["bars"]] == ["4/4", "2/4", "3/4"]


def notes_of(data: bytes) -> Counter[tuple[str, int, int, int]]:
    return Counter(
        (voice.name, note.onset, note.end, note.pitch) for voice in parse_piece(data).voices for note in voice.notes
    )


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """Eighteen parts with an upbeat and a change of everything."""
    programs = (40, 73)
    parts = [
        part(f"Player {chr(65 + n)}", beats(45, base=48 + n), channel=n % 9, program=programs[n % 2]) for n in range(18)
    ]
    conductor = [meter(0, 1, 4), meter(1, 4, 4), meter(33, 3, 4), tempo(33, 90), key(33, "Eb")]
    written(tmp_path / "a.mid", conductor, *parts)
    return tmp_path / "a.mid"


def test_bars_added_leave_the_others_as_they_are(crowd: Path) -> None:
    assert not notes_of(crowd.read_bytes()) - notes_of(extend(crowd, bars=1, seed=1, candidates=1).data)


def test_bars_written_anew_leave_the_others_as_they_are(crowd: Path) -> None:
    before = notes_of(crowd.read_bytes())
    lost = before - notes_of(infill(crowd, bars=(4, 4), tracks=("Player A",), seed=1, candidates=1).data)
    assert lost
    assert all(name == "Player A" and 9 <= onset / QUARTER < 13 for name, onset, _, _ in lost)
