"""The measurement of grooves: from MIDI files to patterns that several drummers share."""

from __future__ import annotations

import json
from pathlib import Path

import mido
import pytest

from composer.training.grooves.build import main
from composer.training.grooves.performances import GHOST, Hit, bars_of, read_performances
from composer.training.grooves.touch import spread_of

_COLUMNS = "drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split"
_ROCK = [(beat * 6, 42, 70) for beat in range(8)] + [(0, 36, 90), (24, 36, 90), (12, 38, 110), (36, 38, 110)]


def _performance(root: Path, name: str, bars: list[list[tuple[int, int, int]]], *, late: int = 0) -> None:
    track = mido.MidiTrack()
    now = 0
    strokes = sorted((48 * number + place, key, loud) for number, bar in enumerate(bars) for place, key, loud in bar)
    for place, key, velocity in strokes:
        tick = place * 40 + (late if place else 0)
        track.append(mido.Message("note_on", channel=9, note=key, velocity=velocity, time=tick - now))
        now = tick
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(root / f"{name}.mid")


def _dataset(root: Path, rows: list[tuple[str, str, str]]) -> None:
    lines = [_COLUMNS]
    for name, drummer, split in rows:
        lines.append(f"{drummer},s,{name},rock/x,100,beat,4-4,{name}.mid,,1.0,{split}")
    (root / "info.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_strokes_fall_on_the_grid_and_soft_snares_are_ghosts() -> None:
    played = [Hit(-0.02, "kick", 90), Hit(0.26, "snare", GHOST - 10), Hit(1.02, "snare", 100), Hit(1.34, "hat", 60),
              Hit(1.65, "hat", 60), Hit(4.01, "kick", 90)]  # fmt: skip
    bars = bars_of(played, bar_steps=48)
    assert [(hit.position, hit.role) for hit in bars[0]] == [
        (0, "kick"), (3, "ghost"), (12, "snare"), (16, "hat"), (20, "hat"),
    ]  # fmt: skip
    assert [(hit.position, hit.role) for hit in bars[1]] == [(0, "kick")]
    assert bars[0][0].late == pytest.approx(-0.02)


def test_only_what_several_drummers_of_the_training_split_play_is_kept(tmp_path: Path) -> None:
    odd = [*_ROCK, (21, 36, 80)]
    _performance(tmp_path, "a", [_ROCK, _ROCK, odd])
    _performance(tmp_path, "b", [_ROCK, _ROCK], late=12)
    _performance(tmp_path, "c", [_ROCK, odd])
    _performance(tmp_path, "d", [odd, odd])
    _performance(tmp_path, "e", [odd])
    _dataset(
        tmp_path,
        [
            ("a", "one", "train"),
            ("b", "two", "train"),
            ("c", "one", "train"),
            ("d", "one", "train"),
            ("e", "two", "test"),
        ],
    )
    assert len(list(read_performances(tmp_path))) == 5
    main(["--groove", str(tmp_path), "--out", str(tmp_path / "out")])
    data = json.loads((tmp_path / "out" / "grooves.json").read_text())
    kicks = [row[0] for row in data["patterns"]["kick"]]
    assert [[stroke.split(".")[0] for stroke in text.split()] for text in kicks] == [["0", "24"]]
    assert len(data["grooves"]) == 1
    assert data["grooves"][0][4:] == [100, {"rock": 5}]


def test_wander_and_jitter_are_told_apart() -> None:
    import random

    rng, slow, series = random.Random(1), 0.0, []
    for _ in range(20_000):
        slow = 0.9 * slow + rng.gauss(0, 10 * (1 - 0.81) ** 0.5)
        series.append(slow + rng.gauss(0, 5))
    wander, jitter, memory = spread_of([series])
    assert wander == pytest.approx(10, rel=0.1)
    assert jitter == pytest.approx(5, rel=0.15)
    assert memory == pytest.approx(0.9, abs=0.03)
