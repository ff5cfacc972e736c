"""``**kern`` scores are read as they sound, and their bars keep their places."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from composer.training.music.kern import parse_kern
from composer.training.music.kern_source import collect_kern
from composer.training.music.measures import kern_windows, measures_of
from composer.training.music.overlap import passages, shared_share


def _kern(*records: str) -> str:
    return "\n".join("\t".join(record.split()) for record in records) + "\n"


def _heard(text: str) -> list[tuple[float, float, int]]:
    return [(float(note.onset), float(note.end), note.pitch) for note in parse_kern(text).notes]


def test_notes_chords_ties_and_tuplets() -> None:
    text = _kern("**kern", "*M2/4", "=1", "8c#", "[8e-", "8e-]", "12GG", "12bb", "12ccc", "=", "*-")
    thirds = [(0, 3, 61), (3, 9, 63), (9, 11, 43), (11, 13, 83), (13, 15, 84)]
    assert [(round(6 * onset, 6), round(6 * end, 6), pitch) for onset, end, pitch in _heard(text)] == thirds
    chord = "**kern\n*M4/4\n2.C 2.G 2.e\n4r\n=\n*-\n"
    assert _heard(chord) == [(0, 3, 48), (0, 3, 55), (0, 3, 64)]


def test_grace_notes_take_no_time_even_between_rows() -> None:
    text = _kern("**kern **kern", "*M4/4 *M4/4", "2C 4e", ". 8qf", ". 4g", "16qc .", "2D 2a", "*- *-")
    assert _heard(text) == [(0, 1, 64), (0, 2, 48), (1, 2, 67), (2, 4, 69), (2, 4, 50)]


def test_spines_split_join_and_cross() -> None:
    text = _kern(
        "**kern **kern", '*I"Low *I"High', "*M2/4 *M2/4", "=1 =1", "2C 2c", "*^ *", "=2 =2 =2", "2D 4F 2e", ". 4G .",
        "*v *v *", "*x *x", "=3 =3", "2f 2E", "*- *-",
    )  # fmt: skip
    score = parse_kern(text)
    assert [track.name for track in score.tracks] == ["High", "Low"]
    low = [(float(note.onset), note.pitch) for note in score.notes if note.track == 1]
    assert low == [(0, 48), (2, 50), (2, 53), (3, 55), (4, 52)]


def test_dynamics_and_marks_are_kept() -> None:
    text = _kern("**kern **dynam", "*M4/4 *", "4c' p", "(4d^ .", "4e;) ff<", "4r .", "*- *-")
    notes = parse_kern(text).notes
    assert [note.dynamic for note in notes] == ["p", "p", "ff"]
    assert notes[0].marks == "'"
    assert set(notes[1].marks) == {"(", "^"}
    assert set(notes[2].marks) == {";", ")"}


def test_a_lost_part_book_is_noticed_and_a_broken_file_named() -> None:
    text = _kern("**kern **kern", '*I"Basso *I"Alto', "*M4/4 *M4/4", "1C 1r", "*- *-")
    assert parse_kern(text).silent_tracks == 1
    with pytest.raises(ValueError, match=r"line 2: 1 tokens for 2 spines"):
        parse_kern("**kern\t**kern\n4c\n")
    with pytest.raises(ValueError, match="no note sounds"):
        parse_kern("**kern\n4r\n*-\n")


def test_pickups_stand_before_a_bar_line_and_split_bars_are_joined() -> None:
    lines = [Fraction(time) for time in (0, 1, 5, 8, 9, 13)]
    ((*bars,),) = measures_of(lines, Fraction(4), Fraction(0))
    assert [(bar.line, bar.start, bar.end) for bar in bars] == [(-3, 0, 1), (1, 1, 5), (5, 5, 9), (9, 9, 13)]


def test_windows_keep_the_beat_after_a_pickup_and_old_values_are_halved() -> None:
    bars = [record for bar in range(2, 8) for record in (f"={bar}", "2C", "4e", "4f")]
    text = _kern("**kern", "*M4/4", "4g", "=1", "2C", "4e", "4f", *bars, "==", "*-")
    (window,) = kern_windows(parse_kern(text))
    assert (window.meter, window.bars, window.ends_piece) == ("4/4", 8, True)
    assert window.notes[0].tolist() == [0, 36, 48, 67]
    assert set(window.notes[window.notes[:, 3] == 48, 1] % 48) == {0}
    breves = _kern("**kern", "*M2/1", *[record for bar in range(6) for record in (f"={bar}", "1C", "1e")], "==", "*-")
    (old,) = kern_windows(parse_kern(breves))
    assert (old.meter, old.bars) == ("2/2", 6)
    assert old.notes[:2, 1].tolist() == [0, 24]


def test_the_same_tune_is_known_in_another_key() -> None:
    rng = np.random.default_rng(1)
    tune, other = 60 + rng.integers(0, 12, 80), 60 + rng.integers(0, 12, 80)
    known = passages([tune])
    assert shared_share(passages([tune + 5]), known) == 1
    assert shared_share(passages([other]), known) == 0


def test_kern_scores_are_listed_by_kind_and_work(tmp_path: Path) -> None:
    folder = tmp_path / "polish_scores" / "pl-a" / "kern"
    folder.mkdir(parents=True)
    song = _kern("**kern **kern **kern", "*Ipiano *Ipiano *Isoprn", "*M4/4 *M4/4 *M4/4", "1C 1e 1g", "*- *- *-")
    (folder / "pl-a--1_anonim--song.krn").write_text("!!!OTL: Song\n!!!NIFC-shelfmark: PL-A 1\n" + song)
    (folder / "pl-a--2_anonim--broken.krn").write_text("**kern\t**kern\n4c\n")
    (row,) = collect_kern(tmp_path / "polish_scores", "**/kern/*.krn", "CC-BY-4.0", tmp_path / "out")
    assert (row["kind"], row["title"], row["work"]) == ("voice_piano", "Song", "PL-A 1")
    assert parse_kern((tmp_path / "out" / row["file"]).read_text()).tracks[0].program == 52
