"""A file against its plan: one that obeys, and one fault at a time."""

from __future__ import annotations

import math
from dataclasses import replace

import mido
import pytest

from composer.metrics.adherence import blind_key, measure_adherence, tonic_chord
from composer.midi.notes import parse_midi_notes
from composer.types import ChordSpan, Section

PROGRAMS = (40, 42)


@pytest.fixture
def good(make_midi, piece):
    """Write `piece` as the plan wants it, with some options changed."""

    def make(**options):
        return make_midi(**{"parts": piece, "programs": PROGRAMS, "key": "C", "end": 16, **options})

    return make


def test_an_obedient_file(good, plan):
    found = measure_adherence(plan, good())
    assert found.exact
    assert (found.tempo_bpm, found.meter, found.bars, found.programs) == (120, "4/4", 4, (40, 42))
    assert found.key_stated == "C"
    assert (found.key_blind, found.key_blind_same, found.key_blind_related) == ("C major", True, True)
    assert (found.in_scale, found.in_scale_or_chord) == (1, 1)
    assert found.tonic_ending
    assert found.empty_bars == ()
    assert found.notes == 16


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"tempo_us": 500_001}, "tempo_exact"),
        ({"conductor": [(4.0, mido.MetaMessage("set_tempo", tempo=400_000))]}, "tempo_exact"),
        ({"meter": "2/2"}, "meter_exact"),
        ({"conductor": [(4.0, mido.MetaMessage("time_signature", numerator=3, denominator=4))]}, "meter_exact"),
        ({"end": 17}, "bars_exact"),
        ({"end": 20}, "bars_exact"),
        ({"programs": (42, 40)}, "programs_exact"),
        ({"programs": (40, -1)}, "programs_exact"),
        ({"key": "Am"}, "key_stated_exact"),
        ({"key": "Cm"}, "key_stated_exact"),
        ({"key": None}, "key_stated_exact"),
    ],
)
def test_each_fault_is_found_where_it_is(good, plan, options, fault):
    found = measure_adherence(plan, good(**options))
    assert not getattr(found, fault)
    assert not found.exact
    others = {"tempo_exact", "meter_exact", "bars_exact", "programs_exact", "key_stated_exact"} - {fault}
    assert all(getattr(found, name) for name in others)


def test_a_tempo_that_midi_cannot_hold_exactly_is_still_exact(good, plan):
    odd = replace(plan, tempo_bpm=97.3)
    assert measure_adherence(odd, good(tempo_us=mido.bpm2tempo(97.3))).tempo_exact


def test_an_early_end_and_a_missing_part(good, plan, piece):
    short = [[tone for tone in part if tone[0] < 12] for part in piece]
    found = measure_adherence(plan, good(parts=short, end=12))
    assert (found.bars, found.bars_exact) == (3, False)
    assert found.empty_bars == (4,)
    lonely = measure_adherence(plan, good(parts=piece[:1]))
    assert not lonely.programs_exact
    assert not lonely.ranges_exact


def test_ranges_belong_to_their_part(good, plan, piece):
    piece[0][2] = (2, 2, 54)  # below the violin, within the cello
    found = measure_adherence(plan, good(parts=piece))
    assert (found.notes_out_of_range, found.ranges_exact, found.programs_exact) == (1, False, True)


def test_chromatic_notes(good, plan, piece):
    piece[0][1] = (1, 1, 66)
    found = measure_adherence(plan, good(parts=piece))
    assert found.in_scale == found.in_scale_or_chord == pytest.approx(15 / 16)
    # The same note belongs where the plan has a chord with it.
    borrowed = replace(plan, chords=(ChordSpan(bar=1, beat=1, symbol="D"), *plan.chords[1:]))
    assert measure_adherence(borrowed, good(parts=piece)).in_scale_or_chord == 1


@pytest.mark.parametrize("last", [(14, 2, 43), (14, 2, 45), (14, 2, 40)])
def test_another_ending(good, plan, piece, last):
    """A second inversion, another chord, and a first inversion: none of them is the tonic in root position."""
    piece[1][-1] = last
    assert not measure_adherence(plan, good(parts=piece)).tonic_ending


def test_a_shortened_last_note_does_not_hide_the_chord(good, plan, piece):
    piece[0][-1] = (14, 1, 64)
    assert measure_adherence(plan, good(parts=piece)).tonic_ending


@pytest.mark.parametrize(
    ("tonic", "mode", "last", "expected"),
    [
        ("C", "major", "C", {0, 4, 7}),
        ("C", "major", "C6", {0, 4, 7, 9}),
        ("C", "major", "F", {0, 4, 7}),
        ("A", "minor", "Dm", {9, 0, 4}),
        ("B", "locrian", "C", {11, 2, 5}),
        ("C", "whole-tone", "D", {0, 4, 8}),
        ("E", "in-sen", "F", {4, 11}),
    ],
)
def test_tonic_chords(plan, tonic, mode, last, expected):
    asked = replace(plan, tonic=tonic, mode=mode, chords=(ChordSpan(bar=1, beat=1, symbol=last),))
    assert tonic_chord(asked) == expected


def test_relative_keys_and_modes(good, plan):
    """The notes say C major: right for C major, related to what has its signature, wrong for the rest."""
    midi = good()
    for tonic, mode, same, related in (
        ("C", "major", True, True),
        ("A", "minor", False, True),
        ("D", "dorian", False, True),
        ("C", "lydian", True, True),
        ("G", "major", False, False),
        ("C", "minor", False, False),
    ):
        found = measure_adherence(replace(plan, tonic=tonic, mode=mode), midi)
        assert (found.key_blind_same, found.key_blind_related) == (same, related), (tonic, mode)


def test_the_blind_key_is_music21s_own(make_bytes, tmp_path, piece):
    """Twelve summed notes give what music21 says of the whole file, in every transposition."""
    from music21 import converter
    from music21.analysis.discrete import KrumhanslSchmuckler

    for shift in (0, 3, 6):
        parts = [[(onset, duration, pitch + shift) for onset, duration, pitch in part] for part in piece]
        data = make_bytes(parts, programs=PROGRAMS)
        path = tmp_path / f"{shift}.mid"
        path.write_bytes(data)
        theirs = KrumhanslSchmuckler().getSolution(converter.parse(path, forceSource=True).flatten())
        ours = blind_key(parse_midi_notes(data))
        assert (ours.tonic, ours.minor) == (theirs.tonic.pitchClass, theirs.mode == "minor") == (shift, False)
        assert ours.correlation == pytest.approx(theirs.correlationCoefficient)


def test_returns(make_midi, plan):
    first = [(0, 1, 60), (1, 1, 62), (2, 2, 64)]
    other = [(0, 2, 67), (2, 0.5, 65), (2.5, 1.5, 71)]

    def bar(tones, number):
        return [(onset + 4 * number, duration, pitch) for onset, duration, pitch in tones]

    sections = tuple(
        Section(name=name, start_bar=start, bars=1, phrases=(1,), varies=varies)
        for start, (name, varies) in enumerate([("A", None), ("A'", "A"), ("B", None), ("A''", "A'")], start=1)
    )
    form = replace(plan, sections=sections)
    kept = make_midi([bar(first, 0) + bar(first, 1) + bar(other, 2) + bar(first, 3)])
    lost = make_midi([bar(first, 0) + bar(first, 1) + bar(other, 2) + bar(other, 3)])
    found = measure_adherence(form, kept)
    assert (found.returns, found.returns_recognised) == (2, 2)
    found = measure_adherence(form, lost)
    assert (found.returns, found.returns_recognised) == (2, 1)
    assert measure_adherence(plan, kept).returns == 0


def test_no_notes_one_note_drums_only(make_midi, plan):
    empty = measure_adherence(plan, make_midi(end=16))
    assert (empty.notes, empty.key_blind, empty.tonic_ending, empty.programs) == (0, "", False, ())
    assert empty.empty_bars == (1, 2, 3, 4)
    assert math.isnan(empty.in_scale)
    one = measure_adherence(plan, make_midi([[(0, 16, 48)]], end=16))
    assert (one.tonic_ending, one.empty_bars, one.in_scale) == (True, (), 1)
    drums = measure_adherence(plan, make_midi([[(0, 1, 36)]], programs=[-1]))
    assert (drums.programs, drums.key_blind, drums.tonic_ending) == ((-1,), "", False)
