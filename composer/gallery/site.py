"""The site of a collection: a folder of plain files that a browser opens without a server.

``index.html`` with its style and script, ``data.js`` (all pieces and the vectors of their pictures), ``words.js`` (the
sentence encoder, loaded with the first search), and the folders ``pictures``, ``files`` and ``notes``.
"""

from __future__ import annotations

import base64
import html
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.errors import MidiError, OutputError, UsageError
from composer.files import atomic_write
from composer.gallery.entries import Entry, read_entries
from composer.gallery.pictures import Shown, show_picture
from composer.gallery.script import join_modules
from composer.gallery.words import encoder_script
from composer.progress import Progress, silent
from composer.version import __version__

__all__ = ["Gallery", "make_gallery"]

_MARK = "globalThis.gallery = "
_FOLDERS = ("pictures", "files", "notes")
_MODULES = ("sentences.js", "search.js", "tones.js", "plane.js", "piece.js", "main.js")
_AUDIBLE = frozenset({".mp3", ".ogg", ".flac", ".wav", ".mp4"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """What was made: the page, how many pieces it has, and the names of those whose pictures were not to be had."""

    page: Path
    pieces: int
    without_picture: tuple[str, ...] = ()


def make_gallery(
    folder: Path, site: Path, *, title: str = "A gallery of music", progress: Progress | None = None
) -> Gallery:
    """Make the site of a collection.

    Parameters
    ----------
    folder : Path
        As ``compose batch --out`` left it.
    site : Path
        Where the site goes; an older gallery there is replaced.
    title : str
        Heading of the page.
    progress : callable, optional
        Called with the stage and the share that is done.

    Raises
    ------
    UsageError
        `folder` holds no collection, or `site` holds something else than a gallery.
    OutputError
        The site cannot be written.
    AssetError
        The encoders are missing or damaged.
    """
    from composer.perception.encoder import load_embedded

    report = progress or silent
    entries = read_entries(folder)
    _make_room(site, folder)
    shown: list[Shown | None] = []
    pieces: list[dict[str, Any]] = []
    for number, entry in enumerate(entries):
        report("pictures", number / len(entries))
        shown.append(show_picture(entry, site))
        pieces.append(_piece(entry, shown[-1], folder, site))
    _write(site / "words.js", encoder_script(load_embedded().text_projection))
    data = json.dumps({"pieces": pieces, "vectors": _vectors(shown)}, ensure_ascii=False)
    _write(site / "data.js", f"{_MARK}{data};\n")
    _write_page(site, title)
    missing = tuple(entry.name for entry, picture in zip(entries, shown, strict=True) if picture is None)
    return Gallery(page=site / "index.html", pieces=len(entries), without_picture=missing)


def _make_room(site: Path, folder: Path) -> None:
    """Make the folders; those of an older gallery are emptied, anything else is left alone."""
    if site.resolve() == folder.resolve():
        raise UsageError("the site would lie among the results", hint="give --out a folder of its own")
    try:
        if site.is_dir() and any(site.iterdir()):
            if not _is_gallery(site):
                raise UsageError(f"{str(site)!r} is not empty and no gallery", hint="give --out a new folder")
            for name in _FOLDERS:
                shutil.rmtree(site / name, ignore_errors=True)
        for name in _FOLDERS:
            (site / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {str(site)!r}: {error.strerror}", hint="name another one") from error


def _is_gallery(site: Path) -> bool:
    try:
        with (site / "data.js").open(encoding="utf-8") as handle:
            return handle.read(len(_MARK)) == _MARK
    except (OSError, ValueError):
        return False


def _piece(entry: Entry, shown: Shown | None, folder: Path, site: Path) -> dict[str, Any]:
    """What the page knows of a piece; its files are copied."""
    files = [_copied(entry, folder / path, site) for path in entry.files]
    audible = any(Path(path).suffix.lower() in _AUDIBLE for path in files)
    midi = next((folder / path for path in entry.files if path.lower().endswith((".mid", ".midi"))), None)
    return {
        "id": entry.id, "name": entry.name, "title": entry.title, "artist": entry.artist, "caption": entry.caption,
        "alt": entry.alt, "valence": round(entry.valence, 3), "arousal": round(entry.arousal, 3), "moods": entry.moods,
        "kinds": entry.kinds, "tonic": entry.tonic, "mode": entry.mode, "tempo": entry.tempo, "meter": entry.meter,
        "bars": entry.bars, "instruments": entry.instruments, "reasons": dict(entry.reasons), "files": files,
        "small": shown.small if shown else None, "large": shown.large if shown else None,
        "size": (shown.width, shown.height) if shown else (0, 0),
        "notes": _notes(entry, midi, site) if midi is not None and not audible else None,
    }  # fmt: skip


def _copied(entry: Entry, file: Path, site: Path) -> str:
    path = f"files/{entry.id}-{file.name}"
    with atomic_write(site / path) as temporary:
        shutil.copyfile(file, temporary)
    return path


def _notes(entry: Entry, midi: Path, site: Path) -> str | None:
    """The notes for the page's plain tones: onset and duration in milliseconds, pitch, velocity, 1 for drums."""
    from composer.midi.notes import DURATION, ONSET, PITCH, VELOCITY, read_midi_notes

    try:
        read = read_midi_notes(midi)
    except MidiError:
        return None
    rows: list[list[int]] = []
    for part in read.parts:
        onsets = read.seconds(part.notes[:, ONSET])
        ends = read.seconds(part.notes[:, ONSET] + part.notes[:, DURATION])
        for note, onset, end in zip(part.notes, onsets, ends, strict=True):
            times = round(onset * 1000), round((end - onset) * 1000)
            rows.append([*times, int(note[PITCH]), int(note[VELOCITY]), int(part.is_drums)])
    path = f"notes/{entry.id}.js"
    _write(site / path, f'(globalThis.galleryNotes ??= {{}})["{entry.id}"] = {json.dumps(sorted(rows))};\n')
    return path


def _vectors(shown: Sequence[Shown | None]) -> dict[str, Any]:
    """The pictures' vectors in signed bytes; zeros where there is no picture."""
    width = next((len(one.vector) for one in shown if one is not None), 0)
    rows: NDArray[np.int8] = np.zeros((len(shown), width), dtype=np.int8)
    for row, one in zip(rows, shown, strict=True):
        if one is not None:
            row[:] = np.round(one.vector / np.abs(one.vector).max() * 127)
    return {"width": width, "bytes": base64.b64encode(rows.tobytes()).decode("ascii")}


def _write_page(site: Path, title: str) -> None:
    package = Path(str(resources.files("composer")))
    page = package / "gallery" / "page"
    shared = package / "studio" / "page" / "dom.js"
    _write(site / "gallery.js", join_modules([shared, *(page / name for name in _MODULES)]))
    _write(site / "gallery.css", (page / "gallery.css").read_text(encoding="utf-8"))
    text = (page / "index.html").read_text(encoding="utf-8")
    _write(site / "index.html", text.replace("@title@", html.escape(title)).replace("@version@", __version__))


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
