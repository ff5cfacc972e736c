"""Single numbers and histograms: hand-computed cases, and agreement with muspy where that is installed."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.metrics import statistics as s
from composer.midi.notes import MidiNotes


def test_pitch_class_entropy(make_midi):
    assert s.pitch_class_entropy(make_midi([[(0, 1, 60), (1, 1, 72)]])) == 0
    assert s.pitch_class_entropy(make_midi([[(n, 1, 60 + n) for n in range(12)]])) == pytest.approx(math.log2(12))
    assert s.pitch_class_entropy(make_midi([[(0, 1, 60), (1, 1, 60), (2, 1, 64), (3, 1, 67)]])) == pytest.approx(1.5)


def test_scale_consistency(make_midi):
    white = [(n, 1, pitch) for n, pitch in enumerate((60, 62, 64, 65, 67, 69, 71))]
    assert s.scale_consistency(make_midi([white])) == 1
    chromatic = make_midi([[(n, 1, 60 + n) for n in range(12)]])
    assert s.scale_consistency(chromatic) == pytest.approx(7 / 12)


def test_groove_consistency(make_midi):
    same = [[(bar * 4 + beat, 1, 60) for bar in range(3) for beat in (0, 1, 2.5)]]
    assert s.groove_consistency(make_midi(same)) == 1
    # Two bars of 48 steps differ in two of them.
    other = [[(0, 1, 60), (1, 1, 60), (4, 1, 60), (6, 1, 60)]]
    assert s.groove_consistency(make_midi(other)) == pytest.approx(1 - 2 / 48)


def test_texture(make_midi):
    midi = make_midi([[(0, 4, 60), (0, 2, 64), (0, 1, 67), (8, 4, 60)]])
    # 4 quarters of sound in bar 1 with 3, 2, 1, 1 pitches, then a bar of silence, then 4 quarters of one pitch.
    assert s.polyphony(midi) == pytest.approx((3 + 2 + 1 + 1 + 4) / 8)
    assert s.polyphony_rate(midi) == pytest.approx(1 / 12)
    assert s.polyphony_rate(midi, threshold=1) == pytest.approx(2 / 12)
    assert s.empty_beat_rate(midi) == pytest.approx(4 / 12)
    assert s.empty_bar_rate(midi) == pytest.approx(1 / 3)
    assert s.notes_per_bar(midi) == pytest.approx(4 / 3)


def test_a_note_held_over_the_bar_line_fills_both_bars(make_midi):
    assert s.empty_bar_rate(make_midi([[(0, 1, 60), (3, 6, 60)]])) == 0
    assert s.empty_bar_rate(make_midi([[(0, 4, 60), (8, 4, 60)]])) == pytest.approx(1 / 3)


def test_histograms(make_midi):
    midi = make_midi([[(0, 1, 60), (1, 0.5, 62), (1.5, 0.5, 62), (2, 2, 48), (2, 2, 40)]])
    intervals = s.interval_histogram(midi)
    assert intervals[12 + 2] == intervals[12] == intervals[0] == pytest.approx(1 / 3)  # up 2, same, down 14
    durations = s.duration_histogram(midi)
    assert durations.tolist() == pytest.approx([0, 0, 0, 0.4, 0, 0.2, 0, 0.4, 0, 0])


@pytest.mark.parametrize(("length", "index"), [(1 / 6, 0), (0.25, 1), (1 / 3, 2), (0.5, 3), (0.75, 4), (1, 5)])
def test_each_note_value_has_its_class(make_midi, length, index):
    assert s.duration_histogram(make_midi([[(0, length, 60)]]))[index] == 1


def test_chord_tones(make_midi, piece, plan):
    chords = s.chord_times(plan)
    assert [(chord.start, chord.end) for chord in chords] == [(0, 4), (4, 8), (8, 14), (14, 16)]
    # Outside their chord: F and A over C, G over F, E over G7 ... counted by hand: F(1), G(5), E(9), C... of 16.
    assert s.chord_tone_ratio(make_midi(piece), chords) == pytest.approx(13 / 16)


def test_without_notes_nothing_is_claimed(make_midi):
    for midi in (make_midi(), make_midi([[(0, 1, 36), (4, 1, 38)]], programs=[-1])):
        values = s.measure(midi)
        assert math.isnan(values.pitch_class_entropy)
        assert math.isnan(values.scale_consistency)
        assert math.isnan(values.polyphony)
        assert math.isnan(values.ngram_repetition)
        assert np.isnan(s.interval_histogram(midi)).all()
        assert np.isnan(s.duration_histogram(midi)).all()
        assert math.isnan(s.chord_tone_ratio(midi, ()))


def test_drums_have_rhythm_and_no_pitch(make_midi):
    midi = make_midi([[(bar * 4 + beat, 0.5, 36) for bar in range(2) for beat in range(4)]], programs=[-1])
    assert s.groove_consistency(midi) == 1
    assert s.empty_beat_rate(midi) == 0


def test_one_note(make_midi):
    values = s.measure(make_midi([[(0, 1, 60)]]))
    assert (values.pitch_class_entropy, values.scale_consistency, values.polyphony) == (0, 1, 1)
    assert math.isnan(values.groove_consistency)
    assert math.isnan(values.self_similarity)


TONES = st.lists(
    st.tuples(st.integers(0, 190), st.integers(1, 20), st.integers(30, 90), st.integers(1, 127)),
    min_size=1,
    max_size=40,
    unique_by=lambda tone: (tone[0], tone[2]),
)


def _without_overlaps(tones):
    """Times in twelfths of a quarter note; on each pitch a note ends at the latest where the next begins."""
    result = []
    for onset, duration, pitch, velocity in tones:
        following = [other[0] for other in tones if other[2] == pitch and other[0] > onset]
        end = min([onset + duration, *following])
        result.append((onset / 12, (end - onset) / 12, pitch, velocity))
    return result


@settings(max_examples=40, deadline=None)
@given(TONES)
def test_ranges(make_midi, tones):
    values = s.measure(make_midi([_without_overlaps(tones)]))
    assert 0 <= values.pitch_class_entropy <= math.log2(12) + 1e-9
    assert 7 / 12 - 1e-9 <= values.scale_consistency <= 1
    assert values.polyphony >= 1
    for rate in (values.empty_beat_rate, values.empty_bar_rate, values.polyphony_rate):
        assert 0 <= rate <= 1


@settings(max_examples=25, deadline=None)
@given(TONES, st.integers(-12, 12))
def test_transposition_changes_nothing(make_midi, tones, shift):
    tones = _without_overlaps(tones)
    moved = [(onset, duration, pitch + shift, velocity) for onset, duration, pitch, velocity in tones]
    before, after = s.measure(make_midi([tones])), s.measure(make_midi([moved]))
    assert _values(before) == pytest.approx(_values(after), nan_ok=True)


def _values(statistics: s.Statistics) -> list[float]:
    return [getattr(statistics, name) for name in s.Statistics.names()]


# ---------------------------------------------------------------------------------- agreement with muspy


def _muspy_music(midi: MidiNotes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        muspy = pytest.importorskip("muspy")
    tracks = []
    for part in midi.parts:
        rows = np.round(part.notes * [12, 12, 1, 1]).astype(int).tolist()
        notes = [muspy.Note(time=o, pitch=p, duration=d, velocity=v) for o, d, p, v in rows]
        tracks.append(muspy.Track(program=part.program, is_drum=part.is_drums, notes=notes))
    return muspy, muspy.Music(resolution=12, tracks=tracks)


@settings(max_examples=40, deadline=None)
@given(TONES, TONES)
def test_agrees_with_muspy(make_midi, first, second):
    midi = make_midi([_without_overlaps(first), _without_overlaps(second)], programs=[0, -1])
    muspy, music = _muspy_music(midi)
    assert s.pitch_class_entropy(midi) == pytest.approx(muspy.pitch_class_entropy(music))
    assert s.scale_consistency(midi) == pytest.approx(muspy.scale_consistency(music))
    assert s.polyphony(midi) == pytest.approx(muspy.polyphony(music))
    # muspy's time steps include those after the last pitched note while drums go on; ours end with the pitches.
    steps_with = round(midi.last_note_end * 12)
    steps_ours = round(max(row[0] + row[1] for row in midi.pitched) * 12)
    assert s.polyphony_rate(midi) * steps_ours == pytest.approx(muspy.polyphony_rate(music) * steps_with)
    if steps_with % 48:  # a piece that ends on a bar line has one more, empty bar in muspy
        assert s.groove_consistency(midi) == pytest.approx(muspy.groove_consistency(music, 48), nan_ok=True)


def test_agrees_with_muspy_on_empty_beats_where_no_note_ends_on_a_beat(make_midi):
    midi = make_midi([[(0, 0.5, 60), (2.5, 1, 64), (9, 1.25, 60)]])
    muspy, music = _muspy_music(midi)
    assert s.empty_beat_rate(midi) == pytest.approx(muspy.empty_beat_rate(music)) == pytest.approx(6 / 11)
    assert s.empty_bar_rate(midi) == pytest.approx(muspy.empty_measure_rate(music, 48)) == pytest.approx(1 / 3)
