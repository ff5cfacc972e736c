"""The bundle of a piece in one ``.zip``: for the DAW, the music stand, the ears, and for going on.

Conventions
-----------
* Same composition, same bytes: the entries stand in a fixed order and carry no clock, user or place.
* What needs an outside library that is missing (FluidSynth for audio, cairo for PDF) is left out, and the README inside
  says so; everything else that fails makes the bundle fail.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composer.errors import AssetError, ExternalToolError, PlanError
from composer.files import atomic_write
from composer.progress import Progress
from composer.rendering.audio.rendering import AudioFacts, composition_events, render_audio, stem_names
from composer.rendering.engraving import write_pdf
from composer.rendering.json_file import plan_data, write_json
from composer.rendering.jsonable import jsonable
from composer.rendering.midi import write_midi
from composer.rendering.musicxml.document import write_musicxml
from composer.rendering.piece_tags import piece_tags
from composer.types import Composition, Painting

__all__ = ["REPORT_FORMAT", "write_bundle"]

REPORT_FORMAT = "composer-report/1"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip file can hold."""
_MODE = 0o100644 << 16
_RECIPE = "recipe.json"
_STEMS, _STEM_BITS = "stems", 16


@dataclass(slots=True)
class _Bundle:
    """A bundle in the making: what lies in ``folder``, and what was left out with the reason."""

    composition: Composition
    folder: Path
    stem: str
    humanize: float
    picture: Painting | None = None
    files: list[Path] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    audio: list[AudioFacts] = field(default_factory=list)

    def path(self, name: str) -> Path:
        """A file of the bundle."""
        return self.folder / name

    def add(self, name: str, write: Callable[[Path], object]) -> None:
        """Write a file, or note why it is missing."""
        try:
            write(self.path(name))
        except ExternalToolError as error:
            self.missing[name] = error.message
        else:
            self.files.append(self.path(name))


def write_bundle(
    composition: Composition,
    path: Path,
    *,
    stem: str,
    soundfont: Path | None = None,
    humanize: float = 0.0,
    progress: Progress | None = None,
    picture: Painting | None = None,
) -> dict[str, Any]:
    """Write a ``.zip`` with MIDI, MusicXML, PDF, FLAC, stems, plan, report and a README, whole or not at all.

    Parameters
    ----------
    composition : Composition
    path : Path
        The result.
    stem : str
        What the files inside are called, without extension.
    soundfont, progress : optional
        As in `composer.rendering.write`.
    humanize : float
        As in `composer.rendering.midi.score_to_midi`.
    picture : Painting, optional
        The cover of the audio.

    Returns
    -------
    dict
        ``files`` and ``missing``, plain JSON data.

    Raises
    ------
    ComposerError
        The score breaks its rules.
    AssetError
        The soundfont that was asked for is missing or broken.
    OutputError
        The file cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        name = stem.encode("utf-8", errors="replace").decode()  # a name from an undecodable file name
        bundle = _Bundle(composition=composition, folder=Path(folder), stem=name, humanize=humanize, picture=picture)
        _write_files(bundle, soundfont, progress)
        with atomic_write(path) as temporary:
            _pack(bundle, temporary)
        names = [file.relative_to(bundle.folder).as_posix() for file in bundle.files]
    return {"files": names, "missing": dict(bundle.missing)}


def _write_files(bundle: _Bundle, soundfont: Path | None, progress: Progress | None) -> None:
    piece, stem = bundle.composition, bundle.stem
    bundle.add(f"{stem}.mid", lambda path: write_midi(piece, path, humanize=bundle.humanize))
    bundle.add(f"{stem}.musicxml", lambda path: write_musicxml(piece, path))
    bundle.add(f"{stem}.pdf", lambda path: write_pdf(piece, path))
    _write_audio(bundle, soundfont, progress)
    try:
        piece.plan.check_composable()
        bundle.add("plan.json", lambda path: _dump(plan_data(piece.plan), path))
    except PlanError as error:  # a score from elsewhere
        bundle.missing["plan.json"] = f"it cannot be composed anew: {error.message}"
    if "music" in piece.provenance:  # composed here, and not somebody's file
        bundle.add(_RECIPE, lambda path: write_json(piece, path))
    bundle.add("report.json", lambda path: _dump(_report(bundle), path))
    bundle.path("README.txt").write_text(_readme(bundle), encoding="utf-8", errors="replace", newline="\n")
    bundle.files.insert(0, bundle.path("README.txt"))


def _write_audio(bundle: _Bundle, soundfont: Path | None, progress: Progress | None) -> None:
    events = composition_events(bundle.composition, humanize=bundle.humanize)
    bundle.path(_STEMS).mkdir()
    mix = bundle.path(f"{bundle.stem}.mp3")
    stems = [bundle.path(_STEMS) / name for name in stem_names(events, extension=".flac")]
    tags = piece_tags(bundle.composition, bundle.picture)
    try:
        bundle.audio += render_audio(
            events, mix, stems=stems, stem_bits=_STEM_BITS, soundfont=soundfont, progress=progress, tags=tags
        )
    except (ExternalToolError, AssetError) as error:
        if soundfont is not None and isinstance(error, AssetError):
            raise
        bundle.missing[mix.name] = bundle.missing[f"{_STEMS}/"] = error.message
    else:
        bundle.files += [mix, *stems]


def _dump(data: Any, path: Path) -> None:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8", errors="replace", newline="\n")


def _report(bundle: _Bundle) -> dict[str, Any]:
    """What was made, from what, and with what: no path of this machine in it."""
    piece = bundle.composition
    first = bundle.audio[0] if bundle.audio else None
    audio = None
    if first is not None:
        audio = {name: value for name, value in jsonable(first).items() if name not in ("sha256", "bits")}
        audio["soundfont"] = first.soundfont.name
    return {
        "format": REPORT_FORMAT,
        "title": piece.plan.title,
        "perception": jsonable(piece.perception),
        "provenance": jsonable(piece.provenance),
        "humanize": bundle.humanize,
        "audio": audio,
        "files": [
            {
                "name": file.relative_to(bundle.folder).as_posix(),
                "bytes": file.stat().st_size,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            }
            for file in bundle.files
        ],
        "missing": dict(bundle.missing),
    }


_PURPOSES = {
    ".mid": "for a DAW or notation program: tempo, key, sections, chord symbols, named tracks",
    ".musicxml": "the score for a notation program, braille or a screen reader",
    ".pdf": "the score to print, A4",
    ".mp3": "to listen to and to pass on; -16 LUFS",
}


def _readme(bundle: _Bundle) -> str:
    plan, timeline = bundle.composition.score.plan, bundle.composition.score.timeline
    meters = ", ".join(dict.fromkeys(str(bar.meter) for bar in timeline.bars))
    players = ", ".join(part.name for part in plan.instruments)
    lines = [
        plan.title,
        "",
        f"{plan.tonic} {plan.mode}, {plan.tempo_bpm:g} quarter notes a minute, {meters}, {plan.bars} bars",
        players,
        *([plan.caption] if plan.caption else []),
        "",
    ]
    present = {file.name for file in bundle.files}
    planned, composed = "plan.json" in present, _RECIPE in present
    for suffix, purpose in _PURPOSES.items():
        name = f"{bundle.stem}{suffix}"
        if name in present:
            lines.append(f"{name}: {purpose}")
    stems = [file.name for file in bundle.files if file.parent.name == _STEMS]
    if stems:
        lines.append(
            f"stems/: one FLAC file per part, all from the first sample on; they add up to the mix ({len(stems)})"
        )
    lines += [
        *(["plan.json: what was decided and why; edit it and run: compose --plan plan.json --out new.mid"] * planned),
        *(["recipe.json: makes this very piece again: compose --recipe recipe.json --out same.mid"] * composed),
        "report.json: picture, seed, models, versions, loudness, checksums",
    ]
    if bundle.humanize:
        lines.append(f"The MIDI and audio files are played freely (humanize {bundle.humanize:g}); the score is exact.")
    lines += [f"Left out: {name}, because {reason}" for name, reason in bundle.missing.items()]
    return "\n".join(lines) + "\n"


def _pack(bundle: _Bundle, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for file in bundle.files:
            entry = zipfile.ZipInfo(file.relative_to(bundle.folder).as_posix(), date_time=_EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _MODE
            entry.create_system = 3  # the same on every system
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=False) as target:
                while data := source.read(1 << 20):
                    target.write(data)
