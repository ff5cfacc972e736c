"""The pictures and tables that perception is trained and measured on.

The data folder holds ``wikiart224.tar`` and ``.csv``, ``wikiart_more.tar`` and ``.csv``, ``genres.csv``,
``paintings/``, ``painting_emotions.csv``, ``painting_emotions_more.csv`` and ``oasis/`` with ``oasis.csv``; see
``docs/models-perception.md`` for what they are and where they come from. Where one of the later collections
(``wikiart_more``, ``genres.csv``) is missing, it counts as empty.

Conventions
-----------
* A picture's *key* is its collection and file name: ``wikiart224/x.webp``, ``wikiart_more/Rococo/w.webp``,
  ``paintings/y.jpg``, ``oasis/z.webp``.
* Valence and arousal are in [-1, 1]; OASIS's 1..7 is mapped linearly.
"""

from __future__ import annotations

import csv
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from composer.dates import first_year

__all__ = [
    "Pictures",
    "Rated",
    "Work",
    "data_folder",
    "read_rated_paintings",
    "read_rated_photographs",
    "read_told_works",
    "read_works",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A titled painting.

    `style` is in lower case without underscores, `genre` as ``genres.csv`` names it or empty, `year` 0 where none is
    known.
    """

    key: str
    artist: str
    title: str
    style: str
    genre: str = ""
    year: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A picture with people's ratings.

    Attributes
    ----------
    key : the picture's.
    group : the artist, or for photographs the theme; folds never divide a group.
    valence, arousal : in [-1, 1].
    emotions : emotion -> share of people who named it, in [0, 1]; empty for photographs.
    picture_only : valence and arousal by people who did not know the title; empty for photographs.
    spread : deviation of valence and arousal between people, in the same unit; empty for paintings.
    classical : it stands in ``painting_emotions.csv``, mostly European painting before 1930; the other rated works are
        mostly modern.
    """

    key: str
    group: str
    valence: float
    arousal: float
    emotions: Mapping[str, float]
    picture_only: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()
    classical: bool = False


def data_folder(given: Path | None = None) -> Path:
    """Return the data folder: the one given, ``$COMPOSER_DATA``, or ``../shared/data`` beside the repository."""
    root = Path(__file__).resolve().parents[3]
    return given or Path(os.environ.get("COMPOSER_DATA", root.parent / "shared" / "data"))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_works(data: Path) -> list[Work]:
    """Read the titled paintings of wikiart224, then those of wikiart_more."""
    genres = {row["file"]: row["genre"] for row in _optional(data / "genres.csv")}
    rows = [(f"wikiart224/{row['file']}", row) for row in _rows(data / "wikiart224.csv")]
    rows += [(f"wikiart_more/{row['file']}", row) for row in _optional(data / "wikiart_more.csv")]
    return [
        Work(
            key=key,
            artist=row["artist"],
            title=row["title"],
            style=row["style"].replace("_", " ").lower().removesuffix(" modern"),
            genre=genres.get(key, ""),
            year=first_year(row.get("year", "")) or 0,
        )
        for key, row in rows
    ]


def read_told_works(data: Path) -> list[Work]:
    """Read the works of ``title_emotions.csv``, of which most have no picture here: artist, title, style and year."""
    return [
        Work(
            key="",
            artist=row["artist"],
            title=row["title"],
            style=row["style"].split(",")[0].replace("-", " ").lower(),
            year=first_year(row["year"]) or 0,
        )
        for row in _optional(data / "title_emotions.csv")
    ]


def _optional(path: Path) -> list[dict[str, str]]:
    return _rows(path) if path.exists() else []


def read_rated_paintings(data: Path) -> list[Rated]:
    """Read the paintings with ratings of picture and title together, those of ``painting_emotions.csv`` first."""
    rows = [(True, row) for row in _rows(data / "painting_emotions.csv")]
    rows += [(False, row) for row in _optional(data / "painting_emotions_more.csv")]
    return [
        Rated(
            key=row["file"],
            group=row["artist"],
            valence=float(row["valence"]),
            arousal=float(row["arousal"]),
            emotions=dict(_emotion(part) for part in row["emotions"].split(";") if part),
            picture_only=(float(row["valence_image_only"]), float(row["arousal_image_only"])),
            classical=classical,
        )
        for classical, row in rows
    ]


def _emotion(part: str) -> tuple[str, float]:
    name, _, share = part.partition("=")
    return name, float(share)


def read_rated_photographs(data: Path) -> list[Rated]:
    """Read OASIS."""
    return [
        Rated(
            key=f"oasis/{PurePosixPath(row['file']).name}",
            group=row["theme"].rstrip(" 0123456789"),
            valence=(float(row["valence_mean_1to7"]) - 4) / 3,
            arousal=(float(row["arousal_mean_1to7"]) - 4) / 3,
            emotions={},
            spread=(float(row["valence_sd"]) / 3, float(row["arousal_sd"]) / 3),
        )
        for row in _rows(data / "oasis" / "oasis.csv")
    ]


class Pictures:
    """Opens pictures by key; the big collections stay in their tar files."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._members: dict[str, tuple[tarfile.TarFile, tarfile.TarInfo]] = {}
        for collection in ("wikiart224", "wikiart_more"):
            path = data / f"{collection}.tar"
            if not path.exists():
                continue
            opened = tarfile.open(path)  # noqa: SIM115 - open as long as the object lives
            for member in opened.getmembers():
                inside = PurePosixPath(member.name)
                name = inside.name if collection == "wikiart224" else "/".join(inside.parts[-2:])
                self._members[f"{collection}/{name}"] = opened, member

    def open(self, key: str) -> Image.Image:
        """Return a picture in RGB."""
        if key not in self._members:
            return Image.open(self._data / key).convert("RGB")
        opened, member = self._members[key]
        file = opened.extractfile(member)
        if file is None:
            raise FileNotFoundError(key)
        return Image.open(file).convert("RGB")
