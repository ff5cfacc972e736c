from __future__ import annotations

from itertools import pairwise

import pytest

from composer import ComposeOptions, Composition, compose
from composer.types import Note


def bar_of(piece: Composition, bar: int) -> list[Note]:
    length = piece.plan.time.bar_ticks
    track = next(track for track in piece.score.tracks if track.instrument.role == "melody")
    return [note for note in track.notes if (bar - 1) * length <= note.onset < bar * length]


@pytest.fixture(scope="module")
def decorated_pieces() -> list[Composition]:
    """Four pieces one of whose sections comes back decorated."""
    found = []
    for seed in range(40):
        piece = compose(
            ComposeOptions(valence=-0.6, arousal=-0.2, bars=16, seed=seed, candidates=1, instruments="violin,cello")
        )
        if any(section.variation == "ornament" for section in piece.plan.sections):
            found.append(piece)
        if len(found) == 4:
            return found
    raise AssertionError("fewer than four seeds of forty decorate anything")


@pytest.fixture(scope="module")
def decorated(decorated_pieces: list[Composition]) -> Composition:
    return decorated_pieces[0]


def test_more_notes_come_in_and_the_tune_keeps_its_onsets(decorated: Composition) -> None:
    by_name = {section.name: section for section in decorated.plan.sections}
    section = next(section for section in decorated.plan.sections if section.variation == "ornament")
    model = by_name[section.varies or ""]
    before = sum(len(bar_of(decorated, model.start_bar + offset)) for offset in range(section.bars - 1))
    after = sum(len(bar_of(decorated, section.start_bar + offset)) for offset in range(section.bars - 1))
    assert after > before


def test_the_head_stays_and_additions_move_by_step(decorated_pieces: list[Composition]) -> None:
    short: list[int] = []
    for piece in decorated_pieces:
        section = next(section for section in piece.plan.sections if section.variation == "ornament")
        by_name = {section.name: section for section in piece.plan.sections}
        model = by_name[section.varies or ""]
        length = piece.plan.time.bar_ticks
        heads = [
            [(note.onset % length, note.pitch) for note in bar_of(piece, start)]
            for start in (model.start_bar, section.start_bar)
        ]
        assert heads[0] == heads[1]
        line = [note for offset in range(1, section.bars - 1) for note in bar_of(piece, section.start_bar + offset)]
        short += [abs(b.pitch - a.pitch) for a, b in pairwise(line) if b.duration <= 120]
    assert len(short) > 6
    assert sum(move <= 3 for move in short) >= 0.8 * len(short)


def test_a_level_stays_plain() -> None:
    piece = compose(ComposeOptions(valence=0.5, arousal=0.2, level="1", seed=1, candidates=1))
    shortest = min(note.duration for track in piece.score.tracks for note in track.notes)
    assert shortest >= 200
