"""The entries of a gallery: what a collection's records say of each piece.

Conventions
-----------
* Entries come in the order of the closing table; a picture that failed has none.
* Where a picture lay on the machine that composed it is used, and never shown.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composer.batch.record import read_record
from composer.errors import UsageError

__all__ = ["Entry", "read_entries"]

_MOODS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A piece of a collection.

    Attributes
    ----------
    id : short, for file names and addresses.
    name : of the results in the collection.
    picture, picture_sha256 : where the picture was, and its digest.
    title, artist, caption, alt : in words.
    valence, arousal : of the picture, in [-1, 1].
    moods, kinds : words of the reading, the surest first.
    tonic, mode, tempo, meter, bars, instruments, reasons : of the plan; tempo in beats a minute.
    files : results that are there, relative to the collection's folder.
    """

    id: str
    name: str
    picture: str
    picture_sha256: str
    title: str
    artist: str
    caption: str
    alt: str
    valence: float
    arousal: float
    moods: tuple[str, ...]
    kinds: tuple[str, ...]
    tonic: str
    mode: str
    tempo: float
    meter: str
    bars: int
    instruments: tuple[str, ...]
    reasons: Mapping[str, str]
    files: tuple[str, ...] = field(default=())


def read_entries(folder: Path) -> tuple[Entry, ...]:
    """Read a collection.

    Parameters
    ----------
    folder : Path
        As ``compose batch --out`` left it.

    Raises
    ------
    UsageError
        It holds no finished collection, or one without a piece.
    """
    try:
        with (folder / "table.csv").open(encoding="utf-8", newline="") as handle:
            keys = [row["key"] for row in csv.DictReader(handle)]
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(
            f"{str(folder)!r} holds no finished collection: no usable table.csv",
            hint="make one with: compose batch PICTURES --out DIR (--resume finishes one)",
        ) from error
    records = (read_record(folder, key) for key in keys)
    entries = tuple(_entry(folder, record) for record in records if record is not None and record["error"] is None)
    if not entries:
        raise UsageError(f"{str(folder)!r} holds no piece", hint="table.csv says why each picture failed")
    return entries


def _entry(folder: Path, record: Mapping[str, Any]) -> Entry:
    perception, plan = record["perception"], record["plan"]
    words, about = perception["words"], perception["picture_words"]
    artist = about.get("artist") or ""
    title = about.get("title") or plan["title"].removesuffix(f" ({artist})")
    paths = [output["path"] for output in record["outputs"]]
    return Entry(
        id=record["key"][:12],
        name=record["name"],
        picture=record["picture"],
        picture_sha256=record["picture_sha256"],
        title=title,
        artist=artist,
        caption=perception["caption"],
        alt=perception["alt"] or perception["caption"],
        valence=perception["valence"],
        arousal=perception["arousal"],
        moods=tuple(word for word, _ in words.get("mood", ())[:_MOODS]),
        kinds=tuple(words[name][0][0] for name in ("genre", "style", "tradition") if words.get(name)),
        tonic=plan["tonic"],
        mode=plan["mode"],
        tempo=plan["tempo_bpm"],
        meter=plan["meter"],
        bars=plan["bars"],
        instruments=tuple(dict.fromkeys(one["name"] for one in plan["instruments"])),
        reasons=dict(plan["reasons"]),
        files=tuple(path for path in paths if (folder / path).is_file()),
    )
