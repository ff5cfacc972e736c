"""The public sources of the training music: fetched at a commit, converted to MIDI, listed with licence and split.

``scripts/prepare_corpus --download DIR`` writes what `composer.training.music.corpus` reads: ``music/open.tar.xz`` with
``music/open.csv``, and the same of ``pop909`` and ``kern`` (`composer.training.music.kern_source`).

Conventions
-----------
* MusicXML is converted by music21: repeats are not unrolled, grace notes are dropped.
* The split is by work: nine tenths train, a twentieth each validation and test, by a hash of the work's name, so that
  movements, songs of a cycle and versions stay together.
* A file that cannot be read is left out and named on stderr.
"""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

__all__ = ["SET_COLUMNS", "SOURCES", "Source", "collect", "fetch", "split_of", "write_set"]

_BROKEN = (ParseError, BadZipFile, ArithmeticError, AttributeError, LookupError, TypeError)
SET_COLUMNS = ("id", "path", "source", "licence", "group", "tempo_bpm", "tempo_src", "grid", "split", "sha1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A public repository.

    Attributes
    ----------
    name : as it stands in the tables.
    collection : ``"open"``, ``"pop909"`` or ``"kern"``, the set it belongs to.
    url, commit : where to fetch it from, and which state of it.
    pattern : which files, as a glob under the repository's root.
    licence : of the music.
    group_depth : how many of the path's last folders do not belong to the work's name.
    """

    name: str
    collection: str
    url: str
    commit: str
    pattern: str
    licence: str
    group_depth: int = 1


SOURCES: tuple[Source, ...] = (
    Source(name="openscore_lieder", collection="open", url="https://github.com/OpenScore/Lieder", commit="bca1224",
           pattern="scores/**/*.mxl", licence="CC0-1.0", group_depth=2),
    Source(name="openscore_quartets", collection="open", url="https://github.com/OpenScore/StringQuartets",
           commit="2c723a5", pattern="scores/**/*.mxl", licence="CC0-1.0"),
    Source(name="openscore_orchestra", collection="open", url="https://github.com/MarkGotham/Hauptstimme",
           commit="8f67785", pattern="OpenScoreOrchestra/**/*[!y].mxl", licence="CC0-1.0", group_depth=2),
    Source(name="openewld", collection="open", url="https://github.com/00sapo/OpenEWLD", commit="ec03cbd",
           pattern="dataset/**/*.mxl", licence="public domain"),
    Source(name="mutopia", collection="open", url="https://github.com/MutopiaProject/MutopiaProject", commit="2144afd",
           pattern="ftp/**/*.mid", licence="per piece: public domain, CC BY or CC BY-SA"),
    Source(name="pop909", collection="pop909", url="https://github.com/music-x-lab/POP909-Dataset", commit="d83e6ed",
           pattern="POP909/*/*.mid", licence="MIT (arrangements; the songs are in copyright)"),
    Source(name="polish_scores", collection="kern", url="https://github.com/pl-wnifc/humdrum-polish-scores",
           commit="c040362", pattern="**/kern/*.krn", licence="CC-BY-4.0 (The Fryderyk Chopin Institute)"),
    Source(name="chopin_first_editions", collection="kern",
           url="https://github.com/pl-wnifc/humdrum-chopin-first-editions", commit="95dfb10", pattern="kern/*.krn",
           licence="CC-BY-4.0 (The Fryderyk Chopin Institute)"),
)  # fmt: skip


def fetch(source: Source, folder: Path) -> Path:
    """Clone a source without its history's files and check out its commit; nothing is done when it is there.

    Raises
    ------
    RuntimeError
        git is missing or fails; its message is passed on.
    """
    target = folder / source.name
    if (target / ".complete").is_file():
        return target
    for command in (
        ["git", "clone", "--quiet", "--no-checkout", "--filter=blob:none", source.url, str(target)],
        ["git", "-C", str(target), "checkout", "--quiet", source.commit],
    ):
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise RuntimeError("git is not installed; it fetches the public sources") from error
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"{source.name}: {' '.join(command[:3])}: {error.stderr.strip()}") from error
    (target / ".complete").touch()
    return target


def collect(source: Source, root: Path, out: Path) -> Iterator[dict[str, str]]:
    """Convert a fetched source's files into ``out/SOURCE/ID.mid``; yield the table's rows."""
    files = sorted(path for path in root.glob(source.pattern) if "versions" not in path.parts)
    for number, path in enumerate(files, start=1):
        if number % 50 == 0:
            print(f"{source.name}: {number}/{len(files)}", file=sys.stderr)
        relative = path.relative_to(root)
        name = f"{source.name}_{hashlib.sha1(str(relative).encode(), usedforsecurity=False).hexdigest()[:10]}"
        target = out / source.name / f"{name}.mid"
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            tempo = _to_midi(path, target)
        except (OSError, ValueError, RuntimeError) as error:
            print(f"left out: {relative}: {error}", file=sys.stderr)
            continue
        group = f"{source.name}/{'/'.join(relative.parts[: -source.group_depth])}"
        yield {
            "id": name,
            "path": f"{source.name}/{target.name}",
            "source": source.name,
            "licence": source.licence,
            "group": group,
            "tempo_bpm": "" if tempo is None else f"{tempo:.1f}",
            "tempo_src": "default" if tempo is None else "mark",
            "grid": "score",
            "split": split_of(group),
            "sha1": hashlib.sha1(target.read_bytes(), usedforsecurity=False).hexdigest(),
        }


def split_of(group: str) -> str:
    """Return ``"train"``, ``"val"`` or ``"test"`` for a work."""
    place = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) % 20
    return {0: "val", 1: "test"}.get(place, "train")


def _to_midi(path: Path, target: Path) -> float | None:
    """Write MIDI; return the marked tempo in quarter notes per minute, None where the file has none.

    Raises
    ------
    ValueError
        The file cannot be read as music.
    """
    import symusic

    if path.suffix == ".mid":
        target.write_bytes(path.read_bytes())
    else:
        _convert(path, target)
    try:
        score = symusic.Score(str(target))
    except RuntimeError as error:
        target.unlink()
        raise ValueError(str(error)) from error
    marked = [tempo.qpm for tempo in score.tempos if abs(tempo.qpm - 120) > 1e-3]
    return float(marked[0]) if marked else None


def _convert(path: Path, target: Path) -> None:
    import music21

    try:
        score = music21.converter.parse(path)
        for voice in score.recurse().getElementsByClass(music21.note.GeneralNote):
            if voice.duration.isGrace and voice.activeSite is not None:
                voice.activeSite.remove(voice)
        score.write("midi", fp=target)
    # What a broken score raises inside music21 is not documented; each is a fault of the file.
    except (*_BROKEN, music21.exceptions21.Music21Exception) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def write_set(
    rows: Iterable[dict[str, str]], files: Path, out: Path, name: str, *, columns: Sequence[str] = SET_COLUMNS
) -> int:
    """Write ``out/NAME.csv`` and ``out/NAME.tar.xz`` of the files that the rows list; return how many there are.

    The files' paths stand in the column ``path``, or in ``file``.
    """
    rows = list(rows)
    out.mkdir(parents=True, exist_ok=True)
    with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with tarfile.open(out / f"{name}.tar.xz", "w:xz") as archive:
        for row in rows:
            path = row["path"] if "path" in row else row["file"]
            archive.add(files / path, arcname=path)
    return len(rows)
