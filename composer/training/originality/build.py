"""Build the index of figures: ``python -m composer.training.originality.build --data DIR``.

Reads what the music model was trained on (training split of the sets ``open`` and ``pop909``, files with a bar grid,
and of ``kern``) and writes ``composer/weights/originality/figures.safetensors``; run ``scripts/hash_weights.py``
afterwards. With ``--works`` the full index, which names works and is not part of the package, goes to
``originality`` in ``$COMPOSER_HOME``.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np

from composer.assets import weights_root
from composer.errors import ComposerError, MidiError
from composer.files import atomic_write
from composer.metrics.melodic_ngrams import HashArray, figure_hashes, parts_of, trivial_figures, voices
from composer.metrics.originality import INDEX_NAME, pack
from composer.metrics.works import Work, WorkIndex, default_works_folder, save_works
from composer.midi.notes import FloatArray, parse_midi_notes
from composer.music.tokens import GRID as MODEL_GRID
from composer.training.music.kern import parse_kern

__all__ = ["figures_of", "kern_files", "main", "split_files", "work_of"]

SETS = ("open", "pop909")


def split_files(data: Path, split: str) -> Iterator[tuple[dict[str, str], bytes]]:
    """Row of the table and content of every file of a split that has a bar grid."""
    for name in SETS:
        if not (data / "music" / f"{name}.csv").is_file():
            continue
        with (data / "music" / f"{name}.csv").open(newline="", encoding="utf-8") as table:
            rows = {row["path"]: row for row in csv.DictReader(table)}
        with tarfile.open(data / "music" / f"{name}.tar.xz") as archive:
            for member in archive:
                row = rows.get(member.name)
                content = archive.extractfile(member) if row is not None else None
                if row is not None and content is not None and (row["split"], row["grid"]) == (split, "score"):
                    yield row, content.read()


def kern_files(data: Path, split: str) -> Iterator[tuple[dict[str, str], bytes]]:
    """Row of the table, with the columns of `split_files`, and content of every kern score of a split."""
    if not (data / "music" / "kern.csv").is_file():
        return
    with (data / "music" / "kern.csv").open(newline="", encoding="utf-8") as table:
        rows = {row["file"]: row | {"id": row["file"], "source": "kern"} for row in csv.DictReader(table)}
    with tarfile.open(data / "music" / "kern.tar.xz") as archive:
        for member in archive:
            row = rows.get(member.name.removeprefix("./"))
            content = archive.extractfile(member) if row is not None else None
            if row is not None and content is not None and row["split"] == split:
                yield row, content.read()


def work_of(row: dict[str, str]) -> Work:
    """What the table says of a file."""
    return Work(id=row["id"], title=row.get("title", ""), composer=row.get("composer", ""), source=row["source"])


def figures_of(item: tuple[dict[str, str], bytes]) -> tuple[Work, HashArray]:
    """A file's figures, each once, without the trivial ones."""
    row, content = item
    try:
        parts = (
            _kern_parts(content)
            if row["source"] == "kern"
            else list(parts_of(parse_midi_notes(content, name=row["id"])))
        )
    except (MidiError, ValueError) as error:
        print(f"left out: {error}", file=sys.stderr)
        return work_of(row), np.empty(0, dtype=np.uint64)
    # As written, and as the model sees it: on the coarser grid of its training.
    lines = [voice for name, notes in parts for seen in (notes, _coarse(notes)) for voice in voices(name, seen)]
    hashes = [figure_hashes(voice)[~trivial_figures(voice)] for voice in lines]
    return work_of(row), np.unique(np.concatenate(hashes)) if hashes else np.empty(0, dtype=np.uint64)


def _kern_parts(content: bytes) -> list[tuple[str, FloatArray]]:
    """Name and notes (onset in quarter notes, pitch) of a kern score's staves."""
    score = parse_kern(content.decode("utf-8", errors="replace"))
    notes = np.array([(note.track, float(note.onset), note.pitch) for note in score.notes]).reshape(-1, 3)
    return [(track.name, notes[notes[:, 0] == number, 1:]) for number, track in enumerate(score.tracks)]


def _coarse(notes: FloatArray) -> FloatArray:
    return np.stack([np.floor(notes[:, 0] * MODEL_GRID + 0.5) / MODEL_GRID, notes[:, 1]], axis=1)


def _work_index(found: list[tuple[Work, HashArray]]) -> WorkIndex:
    hashes = np.concatenate([figures for _, figures in found])
    numbers = np.repeat(np.arange(len(found), dtype=np.int32), [len(figures) for _, figures in found])
    order = np.argsort(hashes, kind="stable")
    return WorkIndex(hashes=hashes[order], numbers=numbers[order], works=tuple(work for work, _ in found))


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("COMPOSER_DATA", "../shared/data")),
        help="folder that holds music/open.tar.xz ... (default: $COMPOSER_DATA or ../shared/data)",
    )
    parser.add_argument("--out", type=Path, default=weights_root() / INDEX_NAME, help="index to write")
    parser.add_argument("--works", action="store_true", help="also write the full index, which names works")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    options = parser.parse_args(argv)
    found = []
    try:
        with ProcessPoolExecutor(options.workers) as pool:
            works = chain(split_files(options.data, "train"), kern_files(options.data, "train"))
            for result in pool.map(figures_of, works, chunksize=8):
                found.append(result)
                if len(found) % 500 == 0:
                    print(f"{len(found)} works", file=sys.stderr)
        content = pack((figures for _, figures in found), works=len(found), rng=np.random.default_rng(0))
        options.out.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(options.out) as temporary:
            temporary.write_bytes(content)
        print(f"{options.out}: {len(content)} bytes, {len(found)} works")
        if options.works:
            save_works(_work_index(found), default_works_folder())
            print(f"{default_works_folder()}: full index")
    except ComposerError as error:
        print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
