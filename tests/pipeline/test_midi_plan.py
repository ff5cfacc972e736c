"""Plans from MIDI files: ours come back as they were, other people's become something that can be composed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import mido
import pytest

from composer import ComposeOptions, compose
from composer.errors import MidiError, PlanError, UsageError
from composer.midi.piece import parse_piece
from composer.music import generate
from composer.pipeline import compose as pipeline
from composer.pipeline.midi_plan import plan_from_midi, plan_of_piece
from composer.planning import plan_from_json, plan_to_json
from composer.rendering import score_to_midi
from composer.types import Composition, MusicalPlan

Notes = list[tuple[float, float, int, int]]
"""(onset and length in quarter notes, pitch, velocity)"""


def midi(parts: list[tuple[str, int, int, Notes]], heads: list[Any] | None = None, *, meter: str = "4/4") -> bytes:
    """A file of (name, channel, program, notes) with a conductor track."""
    file = mido.MidiFile(type=1, ticks_per_beat=96)
    beats, unit = meter.split("/")
    head = mido.MidiTrack([mido.MetaMessage("time_signature", numerator=int(beats), denominator=int(unit))])
    head += heads or []
    file.tracks.append(head)
    for name, channel, program, notes in parts:
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        events = [(0, 0, mido.Message("program_change", channel=channel, program=program))]
        for onset, length, pitch, velocity in notes:
            on = mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)
            off = mido.Message("note_off", channel=channel, note=pitch)
            events += [(round(onset * 96), 2, on), (round((onset + length) * 96), 1, off)]
        last = 0
        for tick, _, message in sorted(events, key=lambda event: event[:2]):
            track.append(message.copy(time=tick - last))
            last = tick
        file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def chorale(*, bars: int = 8, loud: bool = True) -> list[tuple[str, int, int, Notes]]:
    """F major, I-IV-V-I: a flute over strings and a bass, louder bar by bar."""
    roots = [(5, 9, 0), (10, 2, 5), (0, 4, 7), (5, 9, 0)]
    flute: Notes = []
    strings: Notes = []
    bass: Notes = []
    for bar in range(bars):
        chord, velocity = roots[bar % 4], 50 + 5 * bar if loud else 64
        flute += [(4 * bar + beat, 1, 72 + chord[beat % 3], velocity) for beat in range(4)]
        strings += [(4 * bar, 4, 60 + tone - 12 * (tone > 6), velocity) for tone in chord]
        bass.append((4 * bar, 4, 36 + chord[0], velocity))
    return [("Flute", 0, 73, flute), ("Strings", 1, 48, strings), ("Bass", 2, 43, bass)]


@pytest.fixture(scope="module")
def own() -> Composition:
    options = ComposeOptions(valence=-0.4, arousal=0.2, bars=12, candidates=1, seed=5, mode="dorian", meter="3/4")
    return compose(options)


def from_bytes(data: bytes, **settings: Any) -> MusicalPlan:
    made = plan_of_piece(parse_piece(data), **settings)
    assert plan_from_json(plan_to_json(made)) == made
    return made


def test_our_own_file_gives_its_plan_back(own: Composition) -> None:
    asked, found = own.plan, from_bytes(score_to_midi(own))
    for name in ("title", "tonic", "mode", "meter", "bars", "chords", "caption"):
        assert getattr(found, name) == getattr(asked, name), name
    assert found.tempo_bpm == pytest.approx(asked.tempo_bpm, abs=0.01)
    assert [(part.role, part.name, part.program) for part in found.instruments] == [
        (part.role, part.name, part.program) for part in asked.instruments
    ]
    assert [(s.name, s.start_bar, s.bars, s.varies) for s in found.sections] == [
        (s.name, s.start_bar, s.bars, s.varies) for s in asked.sections
    ]
    assert max(abs(a - b) for a, b in zip(found.dynamics, asked.dynamics, strict=True)) < 0.25


def test_the_ranges_are_what_is_played(own: Composition) -> None:
    for part, track in zip(from_bytes(score_to_midi(own)).instruments, own.score.tracks, strict=True):
        assert part.low <= min(note.pitch for note in track.notes)
        assert max(note.pitch for note in track.notes) <= part.high
        assert part.high - part.low >= 12


def test_another_file_is_read_by_its_notes() -> None:
    plan = from_bytes(midi(chorale(), [mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(72))]))
    assert (plan.tonic, plan.mode, plan.meter, plan.bars) == ("F", "major", "4/4", 8)
    assert plan.tempo_bpm == pytest.approx(72, abs=0.01)
    assert [(part.role, part.program) for part in plan.instruments] == [("melody", 73), ("harmony", 48), ("bass", 43)]
    assert [chord.symbol for chord in plan.chords][:4] == ["F", "Bb", "C", "F"]
    assert [chord.roman for chord in plan.chords][:4] == ["I", "IV", "V", "I"]
    assert plan.sections[-1].cadence == "authentic"
    assert all(section.density == 1.0 for section in plan.sections)
    assert list(plan.dynamics) == sorted(plan.dynamics)
    assert "signature" not in plan.reasons["tonic"]


def test_a_chord_that_changes_within_the_bar_stands_at_its_middle() -> None:
    notes = [(4 * bar + 2 * half, 2, pitch, 80) for bar in range(4) for half, root in enumerate((60, 67)) for pitch in
             (root, root + 4, root + 7)]  # fmt: skip
    plan = from_bytes(midi([("Piano", 0, 0, notes)]))
    assert [(chord.bar, chord.beat, chord.symbol) for chord in plan.chords][:4] == [
        (1, 1, "C"), (1, 3, "G"), (2, 1, "C"), (2, 3, "G"),
    ]  # fmt: skip


def test_a_piano_alone_becomes_two_hands() -> None:
    notes = [(beat, 1, 76 + beat % 5, 80) for beat in range(32)]
    notes += [(beat, 1, 40 + tone, 60) for beat in range(0, 32, 2) for tone in (0, 7)]
    plan = from_bytes(midi([("Klavier", 0, 0, notes)]))
    assert [(part.role, part.name) for part in plan.instruments] == [
        ("melody", "Klavier (right hand)"),
        ("harmony", "Klavier (left hand)"),
    ]


def test_flat_velocities_leave_the_shape_to_the_form() -> None:
    plan = from_bytes(midi(chorale(loud=False)))
    assert len(set(plan.dynamics)) > 3
    assert "flat" in plan.reasons["dynamics"]


def test_markers_are_the_sections() -> None:
    beat = 96
    marks = [mido.MetaMessage("marker", text="Verse"), mido.MetaMessage("marker", text="Chorus", time=16 * beat),
             mido.MetaMessage("marker", text="Verse", time=8 * beat)]  # fmt: skip
    plan = from_bytes(midi(chorale(), marks))
    assert [(s.name, s.start_bar, s.bars, s.varies) for s in plan.sections] == [
        ("Verse", 1, 4, None), ("Chorus", 5, 2, None), ("Verse 2", 7, 2, "Verse"),
    ]  # fmt: skip


def test_ornaments_are_asked_for_where_the_lead_has_quick_notes() -> None:
    parts = chorale()
    plain = from_bytes(midi(parts))
    assert plain.ornaments == ()
    assert "no notes shorter" in plain.reasons["ornaments"]
    name, channel, program, notes = parts[0]
    turn = [(3.5 + place / 8, 1 / 8, 72 + step, 70) for place, step in enumerate((0, 2, 0, -1))]
    turned = midi([(name, channel, program, [*notes[:3], (3, 0.5, 72, 70), *turn, *notes[4:]]), *parts[1:]])
    assert from_bytes(turned).ornaments
    assert from_bytes(turned) == from_bytes(turned)
    one = from_bytes(midi([(name, channel, program, [*notes, (3.875, 1 / 8, 84, 70)]), *parts[1:]]))
    assert one.ornaments == (), "a single grace note says nothing"


def test_bars_can_be_chosen() -> None:
    data = midi(chorale())
    plan = from_bytes(data, bars=(2, 5))
    assert plan.bars == 4
    assert plan.chords[0].symbol == "Bb"
    assert "bars 2-5" in plan.reasons["bars"]
    with pytest.raises(UsageError, match="8 bars"):
        from_bytes(data, bars=(5, 9))


def test_the_longest_run_in_one_meter_is_taken() -> None:
    parts = chorale(bars=9)
    change = [mido.MetaMessage("time_signature", numerator=3, denominator=4, time=96 * 12)]
    plan = from_bytes(midi(parts, change))
    assert (plan.meter, plan.bars) == ("3/4", 8)
    assert "bars 4-11" in plan.reasons["bars"]


def test_drums_alone_give_a_plan_that_waits_for_other_parts() -> None:
    strokes = [(beat / 2, 0.25, (36, 42, 38, 42)[beat % 4], 90) for beat in range(64)]
    plan = from_bytes(midi([("Kit", 9, 0, strokes)]))
    assert [(part.role, part.name) for part in plan.instruments] == [("drums", "Kit")]
    assert plan.bars == 8
    assert [section.varies for section in plan.sections][1:] == [plan.sections[0].name] * (len(plan.sections) - 1)
    with pytest.raises(PlanError, match="only drums"):
        generate(plan, seed=1)


def test_odd_meters_are_refused() -> None:
    with pytest.raises(MidiError, match="13/16"):
        from_bytes(midi(chorale(), meter="13/16"))


def test_a_derived_plan_can_be_composed(tmp_path: Path) -> None:
    source, out = tmp_path / "in.mid", tmp_path / "out.mid"
    source.write_bytes(midi(chorale()))
    options = ComposeOptions(midi=source, candidates=1, outs=(out,), tonic="D")
    done = pipeline.run(options)
    assert done.composition.plan.tonic == "D"
    assert plan_from_midi(out).tonic == "D"
    assert [part.program for part in plan_from_midi(out).instruments] == [73, 48, 43]


def test_the_command_prints_a_plan(run_cli: Any, tmp_path: Path) -> None:
    source = tmp_path / "song.mid"
    source.write_bytes(midi(chorale()))
    outcome = run_cli("plan", "--from-midi", source, "--from-bars", "1-4", "--tempo", "90")
    assert outcome.code == 0, outcome.err
    data = json.loads(outcome.out)
    assert (data["bars"], data["tempo_bpm"], data["title"]) == (4, 90, "song")
    assert plan_from_json(outcome.out).tonic == "F"


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("--from-midi", "none.mid"), 1, "none.mid"),
        (("--from-bars", "1-4", "--valence", "0", "--arousal", "0"), 2, "--from-midi"),
        (("--from-midi", "none.mid", "--plan", "x.json"), 2, "--plan"),
        (("--from-midi", "none.mid", "--from-bars", "four"), 2, "FIRST-LAST"),
    ],
)
def test_what_cannot_be_read_is_said_in_two_lines(
    run_cli: Any, arguments: tuple[str, ...], code: int, word: str
) -> None:
    outcome = run_cli("plan", *arguments)
    assert (outcome.code, len(outcome.error_lines)) == (code, 2)
    assert word in outcome.err
