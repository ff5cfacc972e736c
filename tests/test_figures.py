"""Accompaniment figures have the names that musicians give them, and the library is what people use."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from composer.errors import AssetError
from composer.figure_names import FIGURE_NAMES, name_of
from composer.figures import Figure, Stroke, load_figures
from composer.proportions import MEASURES, ensemble_of, load_windows
from composer.types import Instrument


def _strokes(text: str) -> tuple[Stroke, ...]:
    return tuple(Stroke(*(int(number) for number in part.split("."))) for part in text.split())


@pytest.mark.parametrize(
    ("strokes", "meter", "role", "name"),
    [
        ("0.1.0.6 6.1.2.6 12.1.1.6 18.1.2.6", "2/4", "harmony", "alberti"),
        ("0.1.0.6 6.1.1.6 12.1.2.6 18.1.3.6", "2/4", "harmony", "arpeggio up"),
        ("0.1.0.6 6.1.1.6 12.1.2.6 18.1.1.6", "2/4", "harmony", "arpeggio up and down"),
        ("0.1.0.12 12.2.1.12 24.2.1.12", "3/4", "harmony", "waltz"),
        ("0.1.0.12 12.3.1.12", "2/4", "harmony", "oom-pah"),
        ("12.2.0.12 24.2.0.12", "3/4", "harmony", "off-beat chords"),
        ("0.1.0.9 9.1.1.3 12.1.1.6 18.1.1.6", "2/4", "bass", "habanera"),
        ("0.1.0.12 12.1.1.12 24.1.2.12 36.1.3.12", "4/4", "bass", "walking bass"),
        ("0.1.0.6 6.1.1.6 12.1.0.6 18.1.1.6", "2/4", "bass", "broken octaves"),
        ("0.3.0.12 12.3.1.12 24.3.0.12 36.3.2.12", "4/4", "harmony", "chorale"),
        ("0.3.0.6 6.3.0.6 12.3.0.6 18.3.0.6", "2/4", "harmony", "repeated chords"),
        ("0.1.0.48", "4/4", "bass", "held"),
        ("0.1.0.3 3.1.1.3 6.1.0.3 9.1.1.3", "2/4", "harmony", "tremolo"),
        ("0.1.0.18 18.1.1.6 24.1.2.24", "4/4", "harmony", ""),
    ],
)
def test_figures_go_by_their_usual_names(strokes: str, meter: str, role: str, name: str) -> None:
    assert name_of(_strokes(strokes), meter=meter, role=role, span=12) == name


def test_the_library_holds_what_several_works_share_the_commonest_first() -> None:
    library = load_figures()
    assert len(library.rows) > 3000
    for meter in ("2/4", "3/4", "4/4", "6/8"):
        for role in ("harmony", "bass"):
            figures = library.of(meter, role)
            assert figures[0].name == "held", "nothing is commoner than one note for the whole bar"
            assert [figure.bars for figure in figures] == sorted((figure.bars for figure in figures), reverse=True)
            assert all(figure.works >= 3 for figure in figures)
    assert library.of("2/2", "bass") == library.of("4/4", "bass")
    assert library.of("7/4", "bass") == ()
    assert set(library.named_bars("3/4", "harmony")) <= set(FIGURE_NAMES)
    waltz = next(figure for figure in library.of("3/4", "harmony") if figure.name == "waltz")
    assert (waltz.onsets, waltz.at_once >= 2) == (3, True)
    assert all(isinstance(library.figure(number), Figure) for number in waltz.followers)


def test_broken_figures_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from composer import assets

    (tmp_path / "figures.json").write_text('{"format": "composer-figures/0"}')
    monkeypatch.setattr(assets, "verified", lambda _: tmp_path / "figures.json")
    with pytest.raises(AssetError, match="expected 'composer-figures/1'"):
        load_figures.__wrapped__()


def test_proportions_come_from_music_that_is_near() -> None:
    windows = load_windows()
    assert windows.table.shape[1] == len(MEASURES)
    rng = random.Random(1)
    waltz = [
        windows.near(ensemble="keyboard", meter="3/4", tempo_bpm=150, minor=False, density=1.5, rng=rng)
        for _ in range(20)
    ]
    slow = [
        windows.near(ensemble="lines", meter="4/4", tempo_bpm=50, minor=True, density=0.4, rng=rng) for _ in range(20)
    ]
    assert {each.get("meter", 0) for each in waltz} == {2}
    assert max(each.get("density", 0) for each in slow) < min(each.get("density", 0) for each in waltz)
    assert all(0 <= each.get("prolonged", 0) <= 1 for each in waltz + slow)


def test_ensembles_are_told_apart_by_keyboards_and_lines() -> None:
    def kind(*programs: int) -> str:
        return ensemble_of([Instrument(role="melody", name="x", program=program) for program in programs])

    assert [kind(0, 0), kind(73, 0), kind(40, 41, 42), kind(40, 42, 0)] == [
        "keyboard", "voice and keyboard", "lines", "lines and keyboard",
    ]  # fmt: skip
