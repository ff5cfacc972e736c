"""The registry of output formats: a file's extension chooses its writer.

Every writer starts from the composition, never from another format's file. What a format needs is imported when it is
written: a MIDI file waits for no engraver.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from composer.errors import UsageError
from composer.midi.playback import MidiEvents
from composer.progress import Progress
from composer.rendering.sheet import Sheet
from composer.types import Composition, Painting

if TYPE_CHECKING:
    from composer.rendering.audio.rendering import AudioFacts

__all__ = [
    "OutputFacts",
    "check_extension",
    "check_notation",
    "extensions",
    "is_played",
    "part_names",
    "shows_picture",
    "write",
    "write_events",
    "write_stems",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFacts:
    """What was written.

    Attributes
    ----------
    path : the file.
    format : ``"midi"``, ``"wav"``, ``"flac"``, ``"ogg"``, ``"mp3"``, ``"mp4"``, ``"json"``, ``"musicxml"``, ``"svg"``,
        ``"pdf"``, ``"png"``, ``"zip"`` or ``"stem"``.
    bytes : its size.
    sha256 : hex digest of its content.
    facts : more about it as plain JSON data, such as the soundfont of a WAV file or the number of pages.
    """

    path: Path
    format: str
    bytes: int
    sha256: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    composition: Composition
    path: Path
    final: Path
    soundfont: Path | None
    humanize: float
    progress: Progress | None
    sheet: Sheet
    picture: Painting | None


def _midi(job: _Job) -> dict[str, Any]:
    from composer.rendering.midi import write_midi

    write_midi(job.composition, job.path, humanize=job.humanize)
    return {"humanize": job.humanize} if job.humanize else {}


def _json(job: _Job) -> dict[str, Any]:
    from composer.rendering.json_file import write_json

    write_json(job.composition, job.path)
    return {}


def _audio(job: _Job) -> dict[str, Any]:
    from composer.rendering.audio.rendering import render_composition
    from composer.rendering.piece_tags import piece_tags

    facts = render_composition(
        job.composition,
        job.path,
        soundfont=job.soundfont,
        humanize=job.humanize,
        progress=job.progress,
        tags=piece_tags(job.composition, job.picture),
    )
    return _audio_facts(facts) | ({"humanize": job.humanize} if job.humanize else {})


def _audio_facts(facts: AudioFacts) -> dict[str, Any]:
    from composer.rendering.jsonable import jsonable

    return {name: value for name, value in jsonable(facts).items() if name != "sha256"}


def _film(job: _Job) -> dict[str, Any]:
    from composer.rendering.film import write_film

    if job.picture is None:
        raise UsageError(
            f"{str(job.final)!r}: a film shows the picture, and there is none", hint="start from --image PICTURE"
        )
    facts = write_film(
        job.composition,
        job.picture,
        job.path,
        soundfont=job.soundfont,
        humanize=job.humanize,
        progress=job.progress,
    )
    return _audio_facts(facts.audio) | {"frames": facts.frames, "size": list(facts.size)}


def _zip(job: _Job) -> dict[str, Any]:
    from composer.rendering.bundle import write_bundle

    return write_bundle(
        job.composition,
        job.path,
        stem=job.final.stem,
        soundfont=job.soundfont,
        humanize=job.humanize,
        progress=job.progress,
        picture=job.picture,
    )


def _musicxml(job: _Job) -> dict[str, Any]:
    from composer.rendering.musicxml.document import write_musicxml

    write_musicxml(job.composition, job.path, job.sheet)
    return {}


def _pdf(job: _Job) -> dict[str, Any]:
    from composer.rendering.engraving import write_pdf

    return {"pages": write_pdf(job.composition, job.path, job.sheet)}


def _svg(job: _Job) -> dict[str, Any]:
    from composer.rendering.engraving import write_svg

    return _page_facts(job, write_svg(job.composition, job.path, final=job.final, sheet=job.sheet))


def _png(job: _Job) -> dict[str, Any]:
    from composer.rendering.engraving import write_png

    return _page_facts(job, write_png(job.composition, job.path, final=job.final, sheet=job.sheet))


def _page_facts(job: _Job, paths: Sequence[Path]) -> dict[str, Any]:
    return {"pages": len(paths), "files": [str(path) for path in (job.final, *paths[1:])]}


_WRITERS: dict[str, tuple[str, Callable[[_Job], dict[str, Any]]]] = {
    ".mid": ("midi", _midi),
    ".midi": ("midi", _midi),
    ".wav": ("wav", _audio),
    ".flac": ("flac", _audio),
    ".ogg": ("ogg", _audio),
    ".mp3": ("mp3", _audio),
    ".mp4": ("mp4", _film),
    ".json": ("json", _json),
    ".musicxml": ("musicxml", _musicxml),
    ".mxl": ("musicxml", _musicxml),
    ".pdf": ("pdf", _pdf),
    ".png": ("png", _png),
    ".svg": ("svg", _svg),
    ".zip": ("zip", _zip),
}


def extensions() -> tuple[str, ...]:
    """Every extension that `write` takes, with its dot."""
    return tuple(_WRITERS)


_NOTATION = ("musicxml", "pdf", "svg", "png")
_AUDIO = ("wav", "flac", "ogg", "mp3")
_FILM = "mp4"


def is_played(path: Path, *, film: bool = True) -> bool:
    """True for a path whose extension is that of sound, a film's included unless ``film`` is False.

    Raises
    ------
    UsageError
        No writer has that extension.
    """
    name = check_extension(path)
    return name in _AUDIO or (film and name == _FILM)


def shows_picture(path: Path) -> bool:
    """True for a path whose format holds the picture: a film, and audio with a cover.

    Raises
    ------
    UsageError
        No writer has that extension.
    """
    return check_extension(path) in ("flac", "ogg", "mp3", "zip", _FILM)


def check_notation(path: Path, *, option: str) -> None:
    """Refuse a path whose extension is not that of a format of notation.

    Raises
    ------
    UsageError
        It is not; the message names the extensions allowed.
    """
    allowed = [extension for extension, (name, _) in _WRITERS.items() if name in _NOTATION]
    if path.suffix.lower() not in allowed:
        raise UsageError(
            f"{option}: {str(path)!r} has the extension {path.suffix!r}, which holds no notation; "
            f"allowed: {', '.join(allowed)}",
            hint="choose one of these extensions",
        )


def part_names(composition: Composition) -> tuple[str, ...]:
    """File names (without extension) of the parts in score order: ``"1-violin"``, ``"2-piano"`` ...

    Raises
    ------
    ComposerError
        The score cannot be notated.
    """
    from composer.rendering.musicxml.document import sheet_parts
    from composer.rendering.notation.instrument_names import printed_name

    parts = sheet_parts(composition, Sheet())
    width = len(str(len(parts)))
    return tuple(
        f"{number:0{width}}-{_slug(printed_name(part.name, part.instrument))}"
        for number, part in enumerate(parts, start=1)
    )


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-")[:40] or "part"


def check_extension(path: Path) -> str:
    """The format that a path's extension stands for; letters may be large or small.

    Raises
    ------
    UsageError
        No writer has that extension.
    """
    return _writer(path)[0]


def write(
    composition: Composition,
    path: Path,
    *,
    final: Path | None = None,
    soundfont: Path | None = None,
    humanize: float = 0.0,
    progress: Progress | None = None,
    sheet: Sheet = Sheet(),  # noqa: B008 - frozen
    picture: Painting | None = None,
) -> OutputFacts:
    """Write a composition in the format that the path's extension names, whole or not at all.

    Parameters
    ----------
    composition : Composition
    path : Path
        The result; an older file of that name is replaced.
    final : Path, optional
        The name that the caller will give the result, where `path` is a temporary one: the further pages of a
        picture are named after it.
    soundfont : Path, optional
        Font for audio; without it, see `composer.rendering.find_soundfont`.
    humanize : float
        How freely MIDI and audio are played, 0..1; see `composer.rendering.humanize`. Notation stays exact.
    progress : callable, optional
        Called with the stage and the share done, 0..1.
    sheet : Sheet
        How formats of notation put it on paper.
    picture : Painting, optional
        What a film shows, and the cover of audio files.

    Raises
    ------
    UsageError
        No writer has that extension, or a film has no picture to show.
    OutputError
        The file cannot be written.
    ComposerError
        The score breaks its rules.
    AssetError, ExternalToolError
        No usable soundfont; the synthesiser or a library that the format needs is missing or fails.
    """
    name, writer = _writer(path)
    facts = writer(
        _Job(
            composition=composition,
            path=path,
            final=final or path,
            soundfont=soundfont,
            humanize=humanize,
            progress=progress,
            sheet=sheet,
            picture=picture,
        )
    )
    return _written(path, name, facts)


def _written(path: Path, name: str, facts: dict[str, Any]) -> OutputFacts:
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return OutputFacts(path=path, format=name, bytes=path.stat().st_size, sha256=digest, facts=facts)


def write_events(
    events: MidiEvents,
    path: Path,
    *,
    final: Path | None = None,
    soundfont: Path | None = None,
    progress: Progress | None = None,
) -> OutputFacts:
    """Play the events of a MIDI file into an audio file; the settings are those of `write`.

    Raises
    ------
    OutputError, AssetError, ExternalToolError
        As `write`.
    """
    from composer.rendering.audio.rendering import render_audio
    from composer.rendering.piece_tags import file_tags

    facts = render_audio(events, path, soundfont=soundfont, progress=progress, tags=file_tags((final or path).stem))[0]
    return _written(path, check_extension(path), _audio_facts(facts))


def write_stems(
    events: MidiEvents, paths: Sequence[Path], *, soundfont: Path | None = None, progress: Progress | None = None
) -> tuple[OutputFacts, ...]:
    """Write one WAV per part, with the gain of the mix: they add up to it.

    Parameters
    ----------
    events : MidiEvents
        From `composer.rendering.audio.rendering.composition_events` or `composer.midi.playback.read_midi`.
    paths : sequence of Path
        One for each part; see `composer.rendering.audio.rendering.stem_names`.
    soundfont, progress : optional
        As in `write`.

    Raises
    ------
    OutputError, AssetError, ExternalToolError
        As `write`.
    """
    from composer.rendering.audio.rendering import render_audio

    facts = render_audio(events, None, stems=paths, soundfont=soundfont, progress=progress)
    return tuple(
        _written(path, "stem", _audio_facts(fact) | {"part": part.name, "program": part.program})
        for path, fact, part in zip(paths, facts, events.parts, strict=True)
    )


def _writer(path: Path) -> tuple[str, Callable[[_Job], dict[str, Any]]]:
    found = _WRITERS.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"--out: {str(path)!r} has the extension {path.suffix!r}; allowed: {', '.join(_WRITERS)}",
            hint="choose one of these extensions for the output file",
        )
    return found
