"""Our representation behind MidiTok's interface: what goes in comes back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from builders.midi_files import midi_bytes
from builders.pieces import build
from composer import CompoundTokenizer
from composer.errors import ExternalToolError, MidiError
from composer.music import tokens
from composer.rendering import score_to_midi

symusic = pytest.importorskip("symusic")


@pytest.fixture(scope="module")
def tokenizer() -> CompoundTokenizer:
    return CompoundTokenizer()


def notes(score) -> list[tuple[bool, int, float, int, float, int]]:
    """(drums, program, onset, pitch, duration, velocity) of every note; times in quarter notes."""
    quarter = score.ticks_per_quarter
    return sorted(
        (track.is_drum, track.program, n.time / quarter, n.pitch, n.duration / quarter, n.velocity)
        for track in score.tracks
        for n in track.notes
    )


@pytest.mark.parametrize("meter", ["4/4", "6/8", "5/4", "7/8", "2/2"])
def test_our_pieces_come_back_note_by_note(tokenizer: CompoundTokenizer, meter: str, tmp_path: Path) -> None:
    path = tmp_path / "piece.mid"
    path.write_bytes(score_to_midi(build(bars=5, meter=meter, tempo_bpm=84.0)))
    back = tokenizer.decode(tokenizer.encode(path))
    assert notes(back) == notes(symusic.Score(str(path)))
    beats, unit = map(int, meter.split("/"))
    assert [(t.time, t.numerator, t.denominator) for t in back.time_signatures] == [(0, beats, unit)]
    assert [(t.time, round(t.qpm)) for t in back.tempos] == [(0, 84)]


def test_a_step_is_a_note_in_the_codes_of_the_model(tokenizer: CompoundTokenizer) -> None:
    data = midi_bytes([[(0, 1, 60), (1.5, 0.5, 64, 100)], [(4, 2, 48)]], programs=(73, 42), meter="3/4")
    sequence = tokenizer.encode(symusic.Score.from_midi(data))
    first = sequence.tokens[1]
    assert sequence.tokens[0][:3] == ["Position_End", "Pitch_None", "Duration_None"]
    assert first == [
        *("Position_0", "Pitch_60", "Duration_12", "Track_0", "Program_73", "Velocity_80", "TimeSig_3/4", "Tempo_120"),
    ]
    specials = len(tokenizer.special_tokens)
    assert [number - specials for number in sequence.ids[1][:3]] == [0, 60, tokens.duration_index(12)]
    # Every track has a block in every bar, silent ones too: 2 bars of 2 tracks and 3 notes.
    assert len(sequence.ids) == 2 * 2 + 3
    assert [step[0] for step in sequence.tokens].count("Position_End") == 4


def test_a_foreign_file_keeps_its_tracks_drums_meters_and_tempi(tokenizer: CompoundTokenizer, tmp_path: Path) -> None:
    import mido

    conductor = [
        (8.0, mido.MetaMessage("time_signature", numerator=3, denominator=8)),
        (9.5, mido.MetaMessage("set_tempo", tempo=400_000)),
    ]
    parts = [
        [(0, 4, 72, 90), (4.02, 0.49, 74, 91), (8, 0.5, 76), (11, 1, 77)],
        [(0, 1 / 3, 60), (1 / 3, 1 / 3, 62)],
        [(0, 0.25, 36)],
        [(2, 1, 67)],
    ]
    data = midi_bytes(parts, programs=(40, 0, -1, 40), meter="4/4", conductor=conductor, division=96)
    path = tmp_path / "foreign.mid"
    path.write_bytes(data)
    back = tokenizer.decode(tokenizer.encode(path))
    assert [(track.program, track.is_drum, len(track.notes)) for track in back.tracks] == [
        *((40, False, 4), (0, False, 2), (0, True, 1), (40, False, 1)),
    ]
    grid = tokens.GRID
    assert [(n.time, n.duration, n.pitch) for n in back.tracks[0].notes] == [
        *((0, 4 * grid, 72), (4 * grid, grid // 2, 74), (8 * grid, grid // 2, 76), (11 * grid, grid, 77)),
    ]
    assert [n.duration for n in back.tracks[1].notes] == [4, 4]
    assert [(t.time, t.numerator, t.denominator) for t in back.time_signatures] == [(0, 4, 4), (8 * grid, 3, 8)]
    assert [(t.time, round(t.qpm)) for t in back.tempos] == [(0, 120), (int(9.5 * grid), 150)]


def test_encoding_what_was_decoded_changes_nothing(tokenizer: CompoundTokenizer, tmp_path: Path) -> None:
    parts = [[(0.13, 11.7, 60), (3.9, 0.05, 61)], [(17, 9, 40)]]
    once = tokenizer.encode(symusic.Score.from_midi(midi_bytes(parts, programs=(0, 32), meter="9/4")))
    assert tokenizer.encode(tokenizer.decode(once)).tokens == once.tokens
    assert tokenizer.decode(once.ids).note_num() == 3
    assert tokenizer.tokens_errors(once) == 0


def test_steps_out_of_place_are_counted(tokenizer: CompoundTokenizer) -> None:
    sequence = tokenizer.encode(symusic.Score.from_midi(midi_bytes([[(0, 1, 60), (1, 1, 62)]], meter="3/4")))
    for step in sequence.tokens[1:]:
        step[0] = "Position_40"  # a bar of 3/4 has 36 steps
    sequence.ids = tokenizer._tokens_to_ids(sequence.tokens)
    assert tokenizer.tokens_errors(sequence) == pytest.approx(2 / 3)


def test_the_settings_survive_saving(tokenizer: CompoundTokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    assert CompoundTokenizer.from_pretrained(tmp_path) == tokenizer


def test_a_damaged_file_is_refused_in_our_words(tokenizer: CompoundTokenizer, tmp_path: Path) -> None:
    (tmp_path / "broken.mid").write_bytes(b"MThd nonsense")
    with pytest.raises(MidiError):
        tokenizer.encode(tmp_path / "broken.mid")


def test_without_miditok_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "miditok", None)
    monkeypatch.delitem(sys.modules, "composer.music.miditok_tokenizer")
    with pytest.raises(ExternalToolError, match="miditok") as caught:
        __import__("composer.music.miditok_tokenizer")
    assert "pip install" in caught.value.hint
