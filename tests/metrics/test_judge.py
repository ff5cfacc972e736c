"""The emotion judge: what it hears, fitting, keeping, refusing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.errors import AssetError, MidiError
from composer.metrics.emotion_features import FEATURE_NAMES, emotion_features
from composer.metrics.judge import QUADRANTS, judge_emotion, load_judge, save_judge
from composer.training.emotion_judge import fit
from composer.training.emotion_judge.fit import EmotionClips, fit_judge, fitted_judge

TONE = st.tuples(st.floats(0, 50), st.floats(0.01, 9), st.integers(0, 127), st.integers(1, 127))
DRUMS = [(beat, 1, 36) for beat in range(9)]


def _piece(tempo_us=500_000, *, minor=False, velocity=80, shift=0, length=0.9):
    """Eight bars of broken triads: options for ``make_midi``."""
    triads = (
        [(0, 3, 7), (5, 8, 12), (7, 10, 14), (0, 3, 7)] if minor else [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)]
    )
    tones = [
        (bar * 4 + beat, length, 60 + shift + triads[bar % 4][beat % 3], velocity)
        for bar in range(8)
        for beat in range(4)
    ]
    bass = [(bar * 4, 4 * length, 48 + shift + triads[bar % 4][0], velocity) for bar in range(8)]
    return {"parts": [tones, bass], "tempo_us": tempo_us}


def _feature(midi, name):
    return emotion_features(midi)[FEATURE_NAMES.index(name)]


def test_features_follow_what_they_are_named_after(make_midi):
    plain = make_midi(**_piece())
    fast, minor = make_midi(**_piece(250_000)), make_midi(**_piece(minor=True))
    assert _feature(fast, "log_attacks_per_second") - _feature(plain, "log_attacks_per_second") == pytest.approx(
        np.log(2), abs=0.05
    )
    assert _feature(minor, "major_minus_minor") < _feature(plain, "major_minus_minor")
    assert _feature(minor, "minor_chords") > 2 * _feature(minor, "major_chords")
    assert _feature(plain, "major_chords") > 2 * _feature(plain, "minor_chords")
    assert _feature(make_midi(**_piece(velocity=40)), "velocity_mean") == 40
    assert _feature(make_midi(**_piece(shift=12)), "pitch_mean") == _feature(plain, "pitch_mean") + 12
    shorter = _feature(make_midi(**_piece(length=0.3)), "log_duration_mean") - _feature(plain, "log_duration_mean")
    assert shorter == pytest.approx(np.log(1 / 3))
    assert _feature(plain, "bass_pitch") < _feature(plain, "line_pitch")


def test_a_held_pedal_does_not_change_the_harmony_that_is_heard(make_midi):
    """A transcriber lets notes last as long as the pedal; intervals are taken where notes begin."""
    tones = [(beat, 0.9, 60 + (beat % 4), 80) for beat in range(16)] + [(beat, 0.9, 48, 80) for beat in range(16)]
    held = [(beat, 6.0 if pitch > 48 else 0.9, pitch, velocity) for beat, _, pitch, velocity in tones]
    for name in (*(f"interval_class_{index}" for index in range(1, 7)), "octaves"):
        assert _feature(make_midi([tones]), name) == _feature(make_midi([held]), name)


@settings(max_examples=15, deadline=None)
@given(st.integers(-12, 12))
def test_the_key_does_not_matter(make_midi, shift):
    height = [
        index for index, name in enumerate(FEATURE_NAMES) if "pitch_" in name or "_pitch" in name or "_notes" in name
    ]
    found = np.delete(emotion_features(make_midi(**_piece(shift=shift))), height)
    assert found == pytest.approx(np.delete(emotion_features(make_midi(**_piece())), height), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 50), st.floats(0.01, 9), st.integers(0, 127), st.integers(1, 127)),
        min_size=2,
        max_size=30,
    )
)
def test_features_are_numbers_whatever_the_music(make_midi, tones):
    features = emotion_features(make_midi([tones]))
    assert features.shape == (len(FEATURE_NAMES),)
    assert np.isfinite(features).all()


@pytest.mark.parametrize(("parts", "programs"), [([], []), ([[(0, 1, 60)]], [0]), ([DRUMS], [-1])])
def test_too_little_to_judge(make_midi, parts, programs):
    with pytest.raises(MidiError, match="pitched notes"):
        emotion_features(make_midi(parts, programs=programs))


@pytest.fixture(scope="module")
def clips(make_midi):
    """Four caricatures, forty clips each: the quadrants as a child would draw them."""
    rng = np.random.default_rng(0)
    features, quadrants, splits = [], [], []
    for number in range(160):
        quadrant = number % 4
        minor, fast = quadrant in (1, 2), quadrant in (0, 1)
        tempo = int((300_000 if fast else 900_000) * rng.uniform(0.9, 1.1))
        midi = make_midi(
            **_piece(
                tempo,
                minor=minor,
                velocity=int((95 if fast else 50) + rng.integers(-8, 8)),
                shift=int(rng.integers(-6, 6)),
            )
        )
        features.append(emotion_features(midi))
        quadrants.append(quadrant)
        splits.append("train" if number < 120 else "test")
    return EmotionClips(
        features=np.stack(features), quadrant=np.array(quadrants), split=np.array(splits), sha256="0" * 64
    )


def test_it_learns_and_says_how_good_it_is(clips, make_midi):
    judge = fit_judge(clips)
    assert judge.accuracy.quadrant.value == 1
    assert judge.accuracy.quadrant.n == 40
    verdict = judge_emotion(judge, make_midi(**_piece(310_000, minor=True, velocity=90)))
    assert verdict.quadrant == "Q2"
    assert verdict.valence < 0 < verdict.arousal
    assert sum(verdict.probabilities) == pytest.approx(1)
    assert "n = 40" in str(verdict)


def test_the_test_split_teaches_nothing(clips):
    other = np.where(clips.split == "test", 0, clips.quadrant)
    honest, lied_to = fit_judge(clips), fit_judge(replace(clips, quadrant=other))
    assert np.array_equal(honest.weights, lied_to.weights)
    assert lied_to.accuracy.quadrant.value < honest.accuracy.quadrant.value


def test_one_absurd_feature_does_not_decide(clips, make_midi):
    judge = fit_judge(clips)
    features = emotion_features(make_midi(**_piece()))[None, :]
    far, further = features.copy(), features.copy()
    far[0, 0], further[0, 0] = 1e3, 1e9
    assert np.array_equal(judge.probabilities(far), judge.probabilities(further))


def test_round_trip_without_pickle(clips, tmp_path, make_midi):
    judge = fit_judge(clips)
    save_judge(judge, tmp_path / "judge")
    again = load_judge(tmp_path / "judge")
    assert again == judge  # accuracy, data, versions
    midi = make_midi(**_piece())
    assert judge_emotion(again, midi) == judge_emotion(judge, midi)
    assert sorted(path.name for path in (tmp_path / "judge").iterdir()) == ["config.json", "model.safetensors"]
    assert json.loads((tmp_path / "judge" / "config.json").read_text())["quadrants"] == list(QUADRANTS)


def test_refused_files(clips, tmp_path):
    with pytest.raises(AssetError, match="no emotion judge") as missing:
        load_judge(tmp_path)
    assert "composer.training.emotion_judge.fit" in missing.value.hint
    save_judge(fit_judge(clips), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "features": config["features"][1:]}))
    with pytest.raises(AssetError, match="other features"):
        load_judge(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(AssetError, match="damaged"):
        load_judge(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(AssetError, match="damaged"):
        load_judge(tmp_path)


def test_it_is_fitted_once_and_then_kept(clips, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(fit, "read_clips", lambda *_, **__: calls.append(1) or clips)
    first = fitted_judge(tmp_path, tmp_path / "judge")
    second = fitted_judge(tmp_path, tmp_path / "judge")
    assert first == second
    assert calls == [1]


def test_without_the_data_it_says_so(tmp_path, capsys):
    assert fit.main(["--data", str(tmp_path), "--judge", str(tmp_path / "judge")]) == 3
    assert "EMOPIA cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "judge").exists()
