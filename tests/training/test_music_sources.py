"""The public sources of the corpus: fetched at a commit, converted, listed, and readable by the cache builder."""

from __future__ import annotations

import csv
import io
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from composer.training.music import corpus
from composer.training.music.archives import unpack
from composer.training.music.sources import SOURCES, fetch, split_of


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    """A public repository in small: one score, one broken file, and a later commit that is not to be used."""
    import music21

    root = tmp_path / "upstream"
    folder = root / "scores" / "Anon" / "Cycle" / "Song"
    folder.mkdir(parents=True)
    tune = music21.stream.Part()
    tune.append(music21.meter.TimeSignature("4/4"))
    tune.append(music21.tempo.MetronomeMark(number=90))
    for bar in range(8):
        for pitch in ("C4", "E4", "G4", "E4") if bar < 7 else ("C4",):
            tune.append(music21.note.Note(pitch, quarterLength=1 if bar < 7 else 4))
    music21.stream.Score([tune]).write("musicxml", fp=folder / "song.musicxml")
    (folder / "broken.musicxml").write_text("no music")
    _git(tmp_path, "init", "--quiet", str(root))
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "-m", "first")
    commit = _git(root, "rev-parse", "HEAD")
    (folder / "song.musicxml").unlink()
    _git(root, "commit", "--quiet", "-am", "second")
    return root, commit


def test_the_corpus_can_be_rebuilt_from_public_repositories(
    repository: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, commit = repository
    source = replace(SOURCES[0], url=root.as_uri(), commit=commit, pattern="scores/**/*.musicxml")
    data = tmp_path / "data"
    corpus.download(data, [source])
    assert "broken.musicxml" in capsys.readouterr().err
    with (data / "music" / "open.csv").open(newline="") as table:
        (row,) = csv.DictReader(table)
    assert (row["source"], row["licence"], row["tempo_bpm"], row["grid"]) == (
        "openscore_lieder", "CC0-1.0", "90.0", "score",
    )  # fmt: skip
    assert row["group"] == "openscore_lieder/scores/Anon/Cycle"
    counts = corpus.build(data, tmp_path / "cache.npz", workers=1)
    assert (counts["pieces"], counts["notes"]) == (1, 29)
    with np.load(tmp_path / "cache.npz") as cache:
        assert cache["sources"].tolist() == ["openscore_lieder"]


def test_a_source_that_cannot_be_fetched_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="openscore_lieder: git clone"):
        fetch(replace(SOURCES[0], url=(tmp_path / "nowhere").as_uri()), tmp_path)


def test_works_keep_to_one_split_and_most_train() -> None:
    splits = [split_of(f"work {number}") for number in range(2000)]
    assert splits == [split_of(f"work {number}") for number in range(2000)]
    assert 0.87 < splits.count("train") / 2000 < 0.93
    assert min(splits.count("val"), splits.count("test")) > 60


def test_an_archive_writes_nothing_outside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        for name in ("songs/one.mid", "../outside.mid"):
            member = tarfile.TarInfo(name)
            member.size = 4
            archive.addfile(member, io.BytesIO(b"MThd"))
        link = tarfile.TarInfo("songs/link.mid")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with tarfile.open(tmp_path / "set.tar") as archive:
        unpack(archive, folder)
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*.mid"))] == [
        "inside/songs/one.mid"
    ]
