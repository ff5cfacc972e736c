"""Scores from MIDI files of any origin."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import mido
import pytest

from composer import ComposeOptions, compose
from composer.pipeline.midi_score import composition_of_midi
from composer.rendering import score_to_midi, score_to_musicxml
from composer.types import Composition


def write(path: Path, notes: list[tuple[float, float, int, int]], *, resolution: int = 480, kind: int = 1) -> Path:
    """One track of (onset, length, pitch, velocity), times in quarter notes."""
    events = []
    for onset, length, pitch, velocity in notes:
        events.append((round(onset * resolution), 1, mido.Message("note_on", note=pitch, velocity=velocity)))
        events.append((round((onset + length) * resolution), 0, mido.Message("note_off", note=pitch)))
    track, last = mido.MidiTrack(), 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - last))
        last = tick
    mido.MidiFile(type=kind, ticks_per_beat=resolution, tracks=[track]).save(path)
    return path


def rows(composition: Composition, part: int = 0) -> list[tuple[int, int, int, int]]:
    return [(n.onset, n.pitch, n.duration, n.velocity) for n in composition.score.tracks[part].notes]


def test_written_notes_stay_as_they_are(tmp_path: Path) -> None:
    notes = [
        (0.0, 1.0, 60, 70),
        (1.0, 0.5, 62, 80),
        (1.5, 0.25, 64, 90),
        (1.75, 0.25, 65, 60),
        (2 + 2 / 3, 1 / 3, 67, 50),
    ]
    found = rows(composition_of_midi(write(tmp_path / "a.mid", notes)))
    assert [row[:2] for row in found] == [(0, 60), (480, 62), (720, 64), (840, 65), (1280, 67)]
    assert [row[3] for row in found] == [70, 80, 90, 60, 50]
    assert [row[2] for row in found] == [480, 240, 120, 120, 160]


def test_chords_of_notes_with_different_lengths_are_in_order(tmp_path: Path) -> None:
    notes = [(bar * 4.0, length, pitch, 80) for bar in range(4) for pitch, length in ((60, 4.0), (64, 1.0), (67, 2.0))]
    composition = composition_of_midi(write(tmp_path / "a.mid", notes))
    assert [row[1] for row in rows(composition)] == [60, 64, 67] * 4
    assert score_to_midi(composition)


def test_played_notes_go_to_the_nearest_sixteenth_or_triplet(tmp_path: Path) -> None:
    notes = [(0.02, 0.9, 60, 70), (0.98, 0.5, 62, 70), (1.53, 0.4, 64, 70), (2.31, 0.3, 65, 70), (3.04, 0.9, 67, 70)]
    found = rows(composition_of_midi(write(tmp_path / "a.mid", notes)))
    assert [row[0] for row in found] == [0, 480, 720, 1120, 1440]


def test_what_overlaps_or_doubles_is_put_in_order(tmp_path: Path) -> None:
    notes = [(0.0, 3.0, 60, 70), (1.0, 1.0, 60, 80), (2.0, 1.0, 62, 50), (2.0, 0.5, 62, 90)]
    found = rows(composition_of_midi(write(tmp_path / "a.mid", notes)))
    assert len({row[:2] for row in found}) == len(found)
    for (onset, pitch, length, _), following in pairwise(found):
        assert pitch != following[1] or onset + length <= following[0]


@pytest.mark.parametrize("kind", [0, 1])
def test_both_types_of_file(tmp_path: Path, kind: int) -> None:
    notes = [(float(beat), 1.0, 60 + beat, 80) for beat in range(8)]
    composition = composition_of_midi(write(tmp_path / "a.mid", notes, kind=kind, resolution=96))
    assert (composition.plan.bars, len(composition.score.tracks[0].notes)) == (2, 8)


@pytest.mark.parametrize("humanize", [0.0, 0.6])
def test_our_own_file_comes_back_as_the_same_score(tmp_path: Path, humanize: float) -> None:
    asked = "turn,slide,mordent" if humanize == 0 else "none"  # played freely, thirty-seconds are nearest to sixteenths
    options = ComposeOptions(valence=0.4, arousal=0.2, bars=8, candidates=1, seed=2, instruments="violin,piano,cello")
    own = compose(replace(options, ornaments=asked))
    assert any(note.duration == 60 for note in own.score.tracks[0].notes) is (humanize == 0)
    (tmp_path / "a.mid").write_bytes(score_to_midi(own, humanize=humanize))
    again = composition_of_midi(tmp_path / "a.mid")
    for before, after in zip(own.score.tracks, again.score.tracks, strict=True):
        assert [(n.onset, n.pitch) for n in after.notes] == [(n.onset, n.pitch) for n in before.notes]
    assert again.provenance["midi"]["name"] == "a"
    assert score_to_musicxml(again)


@pytest.mark.slow
def test_human_pieces_become_scores(data: Path, tmp_path: Path) -> None:
    import tarfile

    for name in ("open", "pop909"):
        with tarfile.open(data / "music" / f"{name}.tar.xz") as archive:
            members: list[Any] = [member for member in archive if member.name.endswith(".mid")][::400]
            for member in members:
                file = archive.extractfile(member)
                assert file is not None
                (tmp_path / "x.mid").write_bytes(file.read())
                composition = composition_of_midi(tmp_path / "x.mid")
                heard = mido.MidiFile(file=io.BytesIO(score_to_midi(composition)))
                assert len(heard.tracks) == len(composition.plan.instruments) + 1
