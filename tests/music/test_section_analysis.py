from __future__ import annotations

import numpy as np
import pytest

from composer.music.infill.section_analysis import bar_likeness, find_sections

STEPS = 48
MOTIFS = {
    "A": [[(0, 60), (12, 62), (24, 64), (36, 65)], [(0, 67), (24, 64)], [(0, 65), (12, 64), (24, 62)], [(0, 60)]],
    "B": [[(0, 69), (6, 71), (12, 72), (18, 74)], [(0, 76), (12, 74), (36, 72)], [(0, 71), (18, 69)], [(24, 71)]],
    "C": [[(0, 55)], [(24, 54)], [(0, 53), (36, 51)], [(12, 50)]],
}  # fmt: skip
UNDER = {"A": 48, "B": 45, "C": 43}


def piece(letters: str, *, intro: int = 0, close_differs: bool = True) -> np.ndarray:
    """Four bars a letter; a restatement closes on another note."""
    rows, seen = [(bar * STEPS, bar * STEPS + 48, 40) for bar in range(intro)], set()
    for place, letter in enumerate(letters):
        for number, bar in enumerate(MOTIFS[letter]):
            start = (intro + 4 * place + number) * STEPS
            notes = (
                [(start, 59)] if close_differs and number == 3 and letter in seen else [(start + p, n) for p, n in bar]
            )
            rows += [(onset, onset + 10, pitch) for onset, pitch in notes]
            rows.append((start, start + STEPS, UNDER[letter]))
        seen.add(letter)
    return np.array(sorted(rows), dtype=np.int64)


def form(rows: np.ndarray, bars: int) -> list[tuple[int, int, int | None]]:
    found = find_sections(bar_likeness(rows, rows, bars, STEPS))
    return [(section.first, section.bars, section.restates) for section in found]


@pytest.mark.parametrize("letters", ["AABA", "ABAB", "ABAC"])
def test_what_comes_again_is_found(letters: str) -> None:
    first = {letter: letters.index(letter) for letter in letters}
    assert form(piece(letters), 16) == [
        (4 * place, 4, first[letter] if first[letter] < place else None) for place, letter in enumerate(letters)
    ]


def test_an_introduction_does_not_hide_the_return() -> None:
    assert form(piece("ABA", intro=2), 14) == [(0, 2, None), (2, 4, None), (6, 4, None), (10, 4, 1)]


def test_the_sections_cover_the_piece_without_gaps() -> None:
    chance = np.random.default_rng(3)
    for bars in (1, 7, 8, 19, 33, 100, 256):
        onsets = np.sort(chance.integers(0, bars * STEPS, 4 * bars))
        rows = np.stack([onsets, onsets + 6, chance.integers(50, 80, 4 * bars)], axis=1)
        end = 0
        for first, length, restates in form(rows, bars):
            assert first == end
            assert restates is None or restates < first
            end = first + length
        assert end == bars


def test_bars_are_alike_when_their_notes_are() -> None:
    likeness = bar_likeness(piece("AB"), piece("AB"), 8, STEPS)
    assert np.allclose(np.diag(likeness), 1.0)
    assert np.allclose(likeness, likeness.T)
    assert likeness[0, 4] < 0.5
    assert bar_likeness(np.zeros((0, 3), np.int64), np.zeros((0, 3), np.int64), 4, STEPS).min() == 1.0
