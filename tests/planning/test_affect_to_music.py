"""The map from valence and arousal to musical controls."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from composer.planning import affect_to_music as affect
from composer.planning.cues import Cues
from composer.theory import MODES, Key

GRID = [value / 10 for value in range(-10, 11)]
PLAIN = Cues()


@pytest.mark.parametrize(
    ("valence", "arousal", "bpm"),
    [(0, 0, 98), (0, 1, 159), (0, -1, 60), (1, 1, 170), (-1, -1, 56), (1, 0, 105), (-1, 0, 91)],
)
def test_tempo(valence: float, arousal: float, bpm: float) -> None:
    assert affect.tempo_bpm(valence, arousal) == bpm


def test_controls_at_their_ends() -> None:
    assert affect.probability_major(0) == 0.5
    assert affect.probability_major(1) == pytest.approx(0.982, abs=1e-3)
    assert affect.mean_pitch_shift(1, 1) == 8
    assert affect.velocity(0, 1) == 100
    assert affect.velocity(0, -1) == 44
    assert affect.articulation(0, -1) == 0.95
    assert affect.articulation(0, 1) == 0.6
    assert affect.articulation(0.8, 0.3) < affect.articulation(-0.8, 0.3) <= 1
    assert 0 < affect.dynamic_level(0, -1) < affect.dynamic_level(0, 1) < 1


def test_density_is_two_notes_a_second_at_rest() -> None:
    assert affect.density(0, 60) == 2.0
    assert affect.density(0, 120) == 1.0
    assert affect.density(-1, 300) == 0.25
    assert affect.density(1, 20) == 4.0


@pytest.mark.parametrize("seed", range(20))
def test_modes_brighten_with_valence(seed: int) -> None:
    """With one seed, more valence never turns a major-like mode into a minor-like one."""
    for arousal in (-0.8, 0.0, 0.8):
        minor = [MODES[affect.choose_mode(v, arousal, PLAIN, random.Random(seed)).value].minor for v in GRID]
        assert minor == sorted(minor, reverse=True)
        assert minor[0] is True
        assert minor[-1] is False


def test_clear_feelings_are_mostly_plain_major_and_minor() -> None:
    def share(valence: float, names: tuple[str, ...]) -> float:
        return mean(affect.choose_mode(valence, 0.2, PLAIN, random.Random(n)).value in names for n in range(300))

    assert share(0.7, ("major",)) > 0.8
    assert share(-0.4, ("minor", "harmonic-minor")) == 1.0
    assert 0.1 < share(0.05, ("mixolydian", "dorian")) < 0.7


def test_what_is_brightest_is_major_and_a_floating_lydian_is_of_a_slight_calm_gladness() -> None:
    """Listeners find lydian less happy than major (Temperley & Tan 2013)."""

    def modes(valence: float, arousal: float) -> set[str]:
        return {str(affect.choose_mode(valence, arousal, PLAIN, random.Random(n)).value) for n in range(300)}

    for arousal in (-0.8, 0.0, 0.8):
        assert modes(0.9, arousal) == {"major"}
    assert "lydian" in modes(0.25, -0.4)
    assert "lydian" not in modes(0.25, 0.6)
    assert "phrygian" in modes(-0.9, 0.5)
    assert "phrygian" not in modes(-0.9, -0.8)


def test_a_named_culture_brings_its_scale() -> None:
    print_of_japan = Cues(text=" the great wave ukiyo e japanese print ")
    assert affect.choose_mode(0.4, 0, print_of_japan, random.Random(0)).value == "pentatonic"
    dark = affect.choose_mode(-0.4, 0, print_of_japan, random.Random(0))
    assert dark.value == "hirajoshi"
    assert "japanese" in dark.reason


def test_words_choose_the_meter_more_often_than_not() -> None:
    waltz = [affect.choose_meter(0, 0, Cues(text=" a ball "), random.Random(n)).value for n in range(100)]
    assert waltz.count("3/4") > 50
    sea = [affect.choose_meter(0, 0, Cues(text=" sailing boats "), random.Random(n)).value for n in range(100)]
    assert sea.count("6/8") > 50
    plain = [affect.choose_meter(0, 0.3, PLAIN, random.Random(n)).value for n in range(100)]
    assert plain.count("4/4") > 80


@pytest.mark.parametrize("mode", MODES)
def test_tonics_have_few_accidentals(mode: str) -> None:
    for seed in range(30):
        tonic = affect.choose_tonic(mode, 0, 0, random.Random(seed)).value
        assert abs(Key(tonic=tonic, mode=mode).fifths) <= 4


def test_sadness_lowers_the_agitated_and_not_the_calm() -> None:
    """A threat is low; a quiet lament is not, and it is softer than calm content."""

    def lowered(arousal: float) -> float:
        return affect.mean_pitch_shift(0, arousal) - affect.mean_pitch_shift(-0.8, arousal)

    assert lowered(0.8) == lowered(0) > lowered(-0.4) > lowered(-0.9)
    assert abs(lowered(-0.9)) < 3
    assert affect.velocity(-0.8, -0.8) < affect.velocity(0.8, -0.8)


PLANE = [(valence, arousal) for valence in GRID for arousal in GRID]


def test_tempo_rises_with_arousal_and_a_little_with_valence_within_what_can_be_played() -> None:
    for valence in GRID:
        rising = [affect.tempo_bpm(valence, arousal) for arousal in GRID]
        assert rising == sorted(set(rising))
        assert 2.5 < rising[-1] / rising[0] < 2.8
    for arousal in GRID:
        rising = [affect.tempo_bpm(valence, arousal) for valence in GRID]
        assert rising == sorted(rising)
        assert 1.1 < rising[-1] / rising[0] < 1.2
    assert all(50 <= affect.tempo_bpm(*place) <= 190 for place in PLANE)
    assert all(affect.tempo_bpm(*place).is_integer() for place in PLANE)


def test_happy_and_excited_music_lies_higher_and_what_is_calm_hardly_moves() -> None:
    assert affect.mean_pitch_shift(0, 0) == 0
    assert affect.mean_pitch_shift(1, 0) == 5 == -affect.mean_pitch_shift(-1, 0)
    assert affect.mean_pitch_shift(0, 1) == 3 == -affect.mean_pitch_shift(0, -1)
    assert affect.mean_pitch_shift(1, -0.5) == 1.0
    assert affect.mean_pitch_shift(1, -1) == -3
    assert affect.mean_pitch_shift(-1, -1) == 0, "quiet sadness is no lower than what is neutral"
    assert all(abs(affect.mean_pitch_shift(*place)) <= 8 for place in PLANE)


def test_loudness_carries_arousal_alone_but_that_quiet_sadness_is_softest() -> None:
    assert [affect.velocity(0, arousal) for arousal in (-1, 0, 1)] == [44, 72, 100]
    assert affect.velocity(-1, -1) == 40 == min(affect.velocity(*place) for place in PLANE)
    for arousal in GRID:
        assert affect.velocity(1, arousal) == affect.velocity(0, arousal)
        assert arousal < 0 or affect.velocity(-1, arousal) == affect.velocity(0, arousal)
    assert all(0 < affect.dynamic_level(*place) < 1 for place in PLANE)


def test_notes_are_longest_in_sad_calm_and_shortest_in_glad_excitement() -> None:
    shares = {place: affect.articulation(*place) for place in PLANE}
    assert min(shares.values()) == shares[1, 1] == 0.55
    assert max(shares.values()) == shares[-1, -1] == 1.0
    assert affect.articulation(0, 0.5) == 0.775
    for valence in GRID:
        assert affect.articulation(valence, -1) == affect.articulation(valence, 0), "calm does not shorten"


def test_notes_a_second_double_from_rest_to_five_sixths_of_arousal() -> None:
    assert affect.density(5 / 6, 60) == 4.0
    assert affect.density(-5 / 6, 60) == 1.0
    assert affect.density(-1, 60) == 0.87
    assert affect.density(0.5, 100) == round(2**1.6 * 0.6, 2)


def test_half_of_the_neutral_pieces_are_major_and_nearly_all_of_the_glad() -> None:
    for valence in GRID:
        assert affect.probability_major(valence) + affect.probability_major(-valence) == pytest.approx(1)
    shares = [affect.probability_major(valence) for valence in GRID]
    assert shares == sorted(shares)
    assert affect.probability_major(0.5) == pytest.approx(0.88, abs=0.01)
