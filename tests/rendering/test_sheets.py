"""Scores at concert and written pitch, parts, lead sheets, page sizes, touch and fingering."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest

from composer.errors import ComposerError, OutputError, UsageError
from composer.levels import PLAYERS, hand_range
from composer.options import ComposeOptions
from composer.pipeline.compose import check_outputs, save
from composer.pipeline.part_files import music_stand
from composer.rendering import Sheet, part_names, write
from composer.rendering.engraving import engrave
from composer.rendering.musicxml.document import score_to_musicxml
from composer.rendering.notation.fingering import finger
from composer.types import ChordSpan, Composition, Instrument, Note, Section, Track

CLARINET = Instrument(role="melody", name="Clarinet", program=71, low=52, high=84)
HORN = Instrument(role="counter", name="French Horn", program=60, low=43, high=70)
BASS = Instrument(role="bass", name="Contrabass", program=43, low=28, high=50)
WRITTEN = Sheet(pitch="written")


def line(*pitches: int, step: int = 480) -> tuple[Note, ...]:
    return tuple(Note(onset=n * step, pitch=pitch, duration=step, velocity=80) for n, pitch in enumerate(pitches))


def winds(kit: SimpleNamespace, **changes: object) -> Composition:
    tracks = [
        Track(instrument=CLARINET, notes=line(62, 64, 65, 67, 69, 67, 65, 62)),
        Track(instrument=HORN, notes=line(50, 53, 55, 57, 57, 55, 53, 50)),
        Track(instrument=BASS, notes=line(38, 38, 45, 45, 38, 45, 45, 38)),
    ]
    return kit.build(tracks, instruments=(CLARINET, HORN, BASS), bars=2, **changes)


def xml(composition: Composition, sheet: Sheet = Sheet()) -> ET.Element:  # noqa: B008
    return ET.fromstring(score_to_musicxml(composition, sheet))


# ------------------------------------------------------------------------------------------- pitch


def test_written_pitch_sounds_the_same(kit: SimpleNamespace) -> None:
    from music21 import converter

    piece = winds(kit)
    read = converter.parse(score_to_musicxml(piece, WRITTEN).decode(), format="musicxml").toSoundingPitch()
    for part, track in zip(read.parts, piece.score.tracks, strict=True):
        notes = [item for item in part.recurse().notes if "Harmony" not in item.classes]
        assert [note.pitch.midi for note in notes] == [note.pitch for note in track.notes]


def test_written_pitch_is_what_the_player_reads(kit: SimpleNamespace) -> None:
    root = xml(winds(kit), WRITTEN)
    clarinet, horn, bass = root.findall("part")
    assert clarinet.findtext(".//note/pitch/step") == "E"  # D sounds
    fifths = [part.findtext(".//key/fifths") for part in (clarinet, horn, bass)]
    assert fifths == ["1", "0", "-1"]  # D minor: E minor, A minor, D minor
    steps = [[item.text for item in part.find(".//transpose")] for part in (clarinet, horn, bass)]
    assert steps == [["-1", "-2"], ["-4", "-7"], ["0", "0", "-1"]]
    assert root.findtext(".//harmony/root/root-step") == "E"  # Dm over the clarinet
    names = [name.text for name in root.iter("part-name")]
    assert names == ["Clarinet in B♭", "Horn in F", "Double Bass"]


def test_concert_pitch_has_no_transposition_but_the_clef(kit: SimpleNamespace) -> None:
    root = xml(winds(kit))
    assert root.find(".//transpose") is None
    assert {item.text for item in root.iter("fifths")} == {"-1"}
    assert [part.findtext(".//clef-octave-change") for part in root.findall("part")] == [None, None, "-1"]
    assert next(root.iter("part-name")).text == "Clarinet"


@pytest.mark.parametrize(("tonic", "mode"), [("B", "major"), ("F#", "major"), ("Db", "major"), ("G#", "minor")])
def test_a_written_key_has_at_most_seven_accidentals(kit: SimpleNamespace, tonic: str, mode: str) -> None:
    from music21 import converter

    alto = Instrument(role="melody", name="Alto Sax", program=65, low=49, high=80)
    piece = kit.build(
        [Track(instrument=alto, notes=line(61, 63, 66, 68))], instruments=(alto,), bars=1, tonic=tonic, mode=mode
    )
    data = score_to_musicxml(piece, WRITTEN)
    assert abs(int(ET.fromstring(data).findtext(".//key/fifths", "9"))) <= 7
    read = converter.parse(data.decode(), format="musicxml").toSoundingPitch()
    notes = [item.pitch.midi for item in read.recurse().notes if "Harmony" not in item.classes]
    assert notes == [61, 63, 66, 68]


# -------------------------------------------------------------------------------- lead sheet, parts


def test_a_lead_sheet_is_melody_chords_and_form(kit: SimpleNamespace) -> None:
    piece = winds(kit)
    root = xml(piece, Sheet(lead=True))
    (part,) = root.findall("part")
    pitches = [note.findtext("pitch/step") for note in part.iter("note")]
    assert "".join(filter(None, pitches)) == "DEFGAGFD"
    assert len(list(part.iter("harmony"))) == len(piece.plan.chords)
    assert [mark.text for mark in part.iter("rehearsal")] == ["A", "B"]
    assert part.find(".//dynamics") is None
    assert root.find(".//part-name").get("print-object") == "no"


def test_a_part_holds_one_player(kit: SimpleNamespace) -> None:
    root = xml(winds(kit), Sheet(pitch="written", part=1))
    assert [name.text for name in root.iter("part-name")] == ["Horn in F"]
    assert root.find(".//harmony") is None
    assert root.findtext(".//metronome/per-minute") == "96"
    assert [mark.text for mark in root.iter("rehearsal")] == ["A", "B"]


def test_parts_and_lead_sheet_are_written_beside_the_score(kit: SimpleNamespace, tmp_path: Path) -> None:
    piece = winds(kit)
    options = ComposeOptions(
        valence=0, arousal=0, parts=tmp_path / "parts", parts_format="musicxml", lead_sheet=tmp_path / "lead.pdf"
    )
    check_outputs(options)
    with music_stand(piece, options) as (sheet, sheets):
        outputs = save(piece, [tmp_path / "score.musicxml"], sheet=sheet, sheets=sheets)
    assert part_names(piece) == ("1-clarinet", "2-horn", "3-double-bass")
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == [
        "1-clarinet.musicxml",
        "2-horn.musicxml",
        "3-double-bass.musicxml",
    ]
    assert [output.path.name for output in outputs][:2] == ["score.musicxml", "lead.pdf"]
    assert ET.parse(tmp_path / "parts" / "1-clarinet.musicxml").find(".//transpose") is not None  # players' pitch
    assert ET.parse(tmp_path / "score.musicxml").find(".//transpose") is None


def test_a_failure_leaves_no_folder(kit: SimpleNamespace, tmp_path: Path) -> None:
    options = ComposeOptions(valence=0, arousal=0, parts=tmp_path / "parts")
    with pytest.raises(ComposerError), music_stand(winds(kit), options):
        raise ComposerError("no")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pitch": "sounding"}, "--pitch"),
        ({"page": "a3"}, "--page"),
        ({"lead_sheet": "lead.mid"}, "--lead-sheet"),
        ({"parts": "parts", "parts_format": "wav"}, "--parts-format"),
    ],
)
def test_unknown_choices_are_refused_beforehand(changes: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_outputs(ComposeOptions(valence=0, arousal=0, **changes))  # type: ignore[arg-type]


def test_parts_do_not_go_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "parts").write_text("mine")
    with pytest.raises(OutputError, match="--parts"):
        check_outputs(ComposeOptions(valence=0, arousal=0, parts=tmp_path / "parts"))


# -------------------------------------------------------------------------------------------- pages


def test_letter_pages(kit: SimpleNamespace, tmp_path: Path) -> None:
    import pypdf

    write(winds(kit), tmp_path / "a.pdf", sheet=Sheet(page="letter"))
    page = pypdf.PdfReader(io.BytesIO((tmp_path / "a.pdf").read_bytes())).pages[0]
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [216, 279]


def test_every_system_but_the_first_has_its_bar_number(kit: SimpleNamespace) -> None:
    notes = line(*[62 + n % 7 for n in range(64)])
    sections = tuple(
        Section(name=name, start_bar=1 + 4 * n, bars=4, phrases=(4,)) for n, name in enumerate(("A", "B", "C", "D"))
    )
    piece = kit.build(
        [Track(instrument=kit.violin, notes=notes)], instruments=(kit.violin,), bars=16, sections=sections
    )
    root = ET.fromstring(engrave(piece)[0])
    numbers = ["".join(group.itertext()).strip() for group in root.iter() if "mNum" in group.get("class", "")]
    assert numbers == ["5", "9", "13"]  # a phrase a system


def test_no_mark_covers_a_bar_number(kit: SimpleNamespace) -> None:
    notes = line(*[62 + n % 7 for n in range(32)])
    sections = tuple(Section(name=name, start_bar=1 + 4 * n, bars=4, phrases=(4,)) for n, name in enumerate("AB"))
    piece = kit.build([Track(instrument=kit.violin, notes=notes)], instruments=(kit.violin,), bars=8, sections=sections)
    root = ET.fromstring(engrave(piece)[0])
    number = next(group for group in root.iter() if "mNum" in group.get("class", ""))
    text = next(item for item in number.iter() if item.get("x") is not None)
    right, top = float(text.get("x", 0)), float(text.get("y", 0)) - 324
    marks = [group for group in root.iter() if group.get("class") == "reh" and len(group)]
    assert len(marks) == 2
    for mark in marks:
        frame = next(item for item in mark.iter() if item.tag.endswith("rect"))
        left, bottom = float(frame.get("x", 0)), float(frame.get("y", 0)) + float(frame.get("height", 0))
        moved = mark.get("transform", "translate(0,0)").removeprefix("translate(").removesuffix(")").split(",")
        same_system = abs(bottom - top) < 1500
        assert not same_system or left > right or bottom + float(moved[1]) < top


def test_the_tempo_stays_clear_of_the_title(kit: SimpleNamespace) -> None:
    chords = tuple(ChordSpan(bar=bar, beat=1, symbol="Eb") for bar in range(1, 5))
    tracks = [Track(instrument=kit.violin, notes=line(*range(60, 76)))]
    root = ET.fromstring(engrave(kit.build(tracks, instruments=(kit.violin,), bars=4, chords=chords, tonic="Eb"))[0])
    title = next(group for group in root.iter() if "pgHead" in group.get("class", ""))
    bottom = max(float(item.get("y", 0)) for item in title.iter())
    tempo = next(group for group in root.iter() if group.get("class") == "tempo")
    lifted = float(tempo.get("transform", "translate(0,0)").removesuffix(")").split(",")[1])
    words = [item for item in tempo.iter() if item.get("font-family") != "Leipzig"]
    size = max(float(item.get("font-size", "0px").removesuffix("px")) for item in words)
    top = max(float(item.get("y", 0)) for item in tempo.iter()) + lifted - size
    assert top > bottom


def test_chords_about_middle_c_stay_in_one_hand(kit: SimpleNamespace) -> None:
    chords = [(57, 60, 64), (60, 64, 67), (55, 59, 62), (60, 64, 69)] * 2
    notes = tuple(
        Note(onset=bar * 1920, duration=1920, pitch=pitch, velocity=70)
        for bar, chord in enumerate(chords)
        for pitch in chord
    )
    root = xml(kit.build([Track(instrument=kit.piano, notes=notes)], instruments=(kit.piano,), bars=8))
    used = {note.findtext("staff") for note in root.iter("note") if note.find("pitch") is not None}
    assert len(used) == 1


@pytest.mark.parametrize(
    ("figure", "staff"),
    [((66, 69, 54, 69, 54, 69), "1"), ((57, 64, 52, 64, 57, 64), "2"), ((48, 55, 60, 64, 60, 55), "2")],
)
def test_a_figure_within_one_hand_stays_in_one_hand(kit: SimpleNamespace, figure: tuple[int, ...], staff: str) -> None:
    """No eighth rests in both staves: the other hand rests for whole bars."""
    notes = tuple(
        Note(onset=1440 * bar + 240 * place, duration=240, pitch=pitch, velocity=70)
        for bar in range(4)
        for place, pitch in enumerate(figure)
    )
    root = xml(kit.build([Track(instrument=kit.piano, notes=notes)], instruments=(kit.piano,), bars=4, meter="3/4"))
    sounding = [note for note in root.iter("note") if note.find("pitch") is not None]
    rests = [note for note in root.iter("note") if note.find("rest") is not None]
    assert {note.findtext("staff") for note in sounding} == {staff}
    assert [rest.find("rest").get("measure") for rest in rests] == ["yes"] * 4


def test_a_chord_that_rings_on_is_broken_in_one_hand(kit: SimpleNamespace) -> None:
    """Notes that are all held are written singly, so the right hand needs no help for them."""
    ringing = tuple(
        Note(onset=1920 * bar + 240 * place, duration=1920 - 240 * place, pitch=pitch, velocity=70)
        for bar in range(2)
        for place, pitch in enumerate((0, 60, 67, 71, 76))
        if place
    )
    below = tuple(Note(onset=960 * half, duration=960, pitch=(55, 50)[half % 2], velocity=70) for half in range(4))
    track = Track(instrument=kit.piano, notes=tuple(sorted((*ringing, *below))))
    root = xml(kit.build([track], instruments=(kit.piano,), bars=2))
    sounding = [note for note in root.iter("note") if note.find("pitch") is not None]
    upper = [int(note.findtext("pitch/octave", "0")) for note in sounding if note.findtext("staff") == "1"]
    assert upper == [4, 4, 4, 5] * 2
    assert {note.findtext("voice") for note in sounding if note.findtext("staff") == "2"} == {"5"}


def test_families_are_held_together_by_brackets(kit: SimpleNamespace) -> None:
    parts = [
        Instrument(role="melody", name="Flute", program=73, low=60, high=96),
        Instrument(role="counter", name="Violin", program=40, low=55, high=100),
        Instrument(role="bass", name="Cello", program=42, low=36, high=76),
    ]
    tracks = [Track(instrument=part, notes=line(64, 62, 60, 62)) for part in parts]
    root = xml(kit.build(tracks, instruments=tuple(parts), bars=1))
    order = [(item.tag, item.get("type", item.get("id"))) for item in root.find("part-list")]
    assert order == [
        ("score-part", "P1"),
        ("part-group", "start"),
        ("score-part", "P2"),
        ("score-part", "P3"),
        ("part-group", "stop"),
    ]


# ------------------------------------------------------------------------------ touch and fingering


def test_connected_notes_have_slurs_within_the_bar(kit: SimpleNamespace) -> None:
    tracks = [Track(instrument=kit.violin, notes=line(62, 64, 65, 67, 69, 69, 67, 65))]
    detached, legato = (
        xml(kit.build(tracks, instruments=(kit.violin,), bars=2, articulation=share)) for share in (0.6, 1)
    )
    assert not list(detached.iter("slur"))
    assert list(legato.iter("slur"))
    for measure in legato.iter("measure"):
        kinds = [slur.get("type") for slur in measure.iter("slur")]
        assert kinds == ["start", "stop"] * (len(kinds) // 2)


def test_pairs_of_quick_notes_are_bound_within_their_beat_and_not_across_it(kit: SimpleNamespace) -> None:
    def slurs(step: int, *pitches: int) -> int:
        notes = tuple(
            Note(onset=step * place, pitch=pitch, duration=step, velocity=70) for place, pitch in enumerate(pitches * 2)
        )
        piece = kit.build(
            [Track(instrument=kit.violin, notes=notes)], instruments=(kit.violin,), bars=2, articulation=1
        )
        return len(list(xml(piece).iter("slur")))

    for step in (120, 240):
        assert slurs(step, 62, 64, 64, 62, 62, 64, 64, 62) > 0
        assert slurs(step, 62, 62, 64, 64, 62, 62, 64, 64) == 0


def test_lines_that_accompany_are_slurred_where_they_run(kit: SimpleNamespace) -> None:
    plucked = Instrument(role="bass", name="Acoustic Bass", program=32, low=28, high=60)
    running = tuple(
        Note(onset=240 * place, duration=240, pitch=(50, 54, 57, 54)[place % 4], velocity=70) for place in range(16)
    )
    halves = tuple(Note(onset=960 * place, duration=960, pitch=(38, 50)[place % 2], velocity=70) for place in range(4))

    def slurs(player: Instrument, notes: tuple[Note, ...]) -> int:
        lead = Track(instrument=kit.violin, notes=line(62, 62, 62, 62, 62, 62, 62, 62))
        piece = kit.build([lead, Track(instrument=player, notes=notes)], instruments=(kit.violin, player), bars=2)
        return len(list(xml(piece).findall("part")[1].iter("slur")))

    assert slurs(kit.cello, running) > 0
    assert slurs(kit.cello, halves) == slurs(plucked, running) == 0


def test_a_detached_part_says_so_once(kit: SimpleNamespace) -> None:
    tracks = [Track(instrument=kit.violin, notes=line(*range(60, 60 + 24)))]
    detached, quick, legato = (
        xml(kit.build(tracks, instruments=(kit.violin,), bars=6, articulation=share, tempo_bpm=bpm))
        for share, bpm in ((0.6, 90), (0.6, 300), (1, 90))
    )
    bars = list(detached.iter("measure"))
    assert [n for n, bar in enumerate(bars, start=1) if "sempre stacc." in "".join(bar.itertext())] == [1]
    for other in (quick, legato):  # quarters at 300 are short anyway
        assert "stacc." not in "".join(other.itertext())
        assert not list(other.iter("staccato"))


def test_eighths_have_dots_in_a_detached_part(kit: SimpleNamespace) -> None:
    notes = tuple(Note(onset=240 * place, pitch=60 + place % 5, duration=240, velocity=80) for place in range(46))
    tracks = [Track(instrument=kit.violin, notes=notes)]
    root = xml(kit.build(tracks, instruments=(kit.violin,), bars=6, articulation=0.6))
    dots = [len(list(bar.iter("staccato"))) for bar in root.iter("measure")]
    assert sum(dots) > 8
    assert dots[-1] == 0


def test_the_loudest_bar_is_accented_when_it_is_loud(kit: SimpleNamespace) -> None:
    tracks = [Track(instrument=kit.violin, notes=line(62, 64, 65, 67, 69, 71, 67, 65))]
    loud, soft = (
        xml(kit.build(tracks, instruments=(kit.violin,), bars=2, dynamics=levels))
        for levels in ((0.5, 0.9), (0.2, 0.4))
    )
    accented = [number for number, bar in enumerate(loud.iter("measure"), start=1) if bar.find(".//accent") is not None]
    assert accented == [2]
    assert soft.find(".//accent") is None


def at_level(kit: SimpleNamespace, player: str, level: str, tonic: str) -> Composition:
    facts = PLAYERS[player]
    low, high = hand_range(facts, level, "melody", {"C": 0, "D": 2, "Bb": 10}[tonic])
    part = Instrument(role="melody", name=facts.part, program=facts.program, low=low, high=high)
    notes = line(low, low + 2, low + 4, low + 7)
    return kit.build(
        [Track(instrument=part, notes=notes)], instruments=(part,), bars=1, tonic=tonic, mode="major", level=level
    )


@pytest.mark.parametrize(
    ("player", "tonic", "hints"),
    [("violin", "D", ["0", "1", "2", "0"]), ("trumpet", "Bb", ["0", "13", "12", "0"]), ("voice", "C", [])],
)
def test_fingering_of_a_first_position(kit: SimpleNamespace, player: str, tonic: str, hints: list[str]) -> None:
    root = xml(at_level(kit, player, "primer", tonic))
    assert [item.text for item in root.iter("fingering")] == hints


def test_hands_of_the_piano_mirror_each_other(kit: SimpleNamespace) -> None:
    names = (("melody", "right"), ("harmony", "left"))
    hands = tuple(
        Instrument(role=role, name=f"Acoustic Grand Piano ({hand} hand)", program=0, low=48, high=72)
        for role, hand in names
    )
    plan = kit.build_plan(instruments=hands, tonic="C", mode="major", level="primer")
    assert [finger(plan, "melody", pitch) for pitch in (60, 62, 64, 65, 67)] == list("12345")
    assert [finger(plan, "harmony", pitch) for pitch in (48, 50, 52, 53, 55)] == list("54321")
    assert finger(kit.build_plan(instruments=hands, tonic="C", level="2"), "melody", 60) == ""
    assert finger(kit.build_plan(instruments=hands, tonic="C"), "melody", 60) == ""
