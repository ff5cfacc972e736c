"""The first words: three commands to try and what was found here; and what to do after the first piece."""

from __future__ import annotations

from pathlib import Path

from composer.errors import ComposerError
from composer.extras import EXTRAS, is_here

__all__ = ["next_steps", "welcome"]

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif", ".jp2", ".heic", ".gif", ".bmp")
_SHOWN = 3


def welcome(folder: Path) -> str:
    """What ``compose`` says on a terminal when nothing was asked of it.

    Parameters
    ----------
    folder : Path
        Where it was started.
    """
    pictures = _pictures(folder)
    picture = _quoted(pictures[0].name) if pictures else "examples/storm-at-night.png"
    first = [] if pictures else ["  compose examples                               four pictures to begin with"]
    tries = [
        (f"compose --image {picture}", "a piece as MIDI"),
        (f"compose --image {picture} --out piece.mp3 --out piece.pdf", "to listen to and to read"),
        (f"compose plan {picture} > plan.json", "what is decided before the first note, to edit"),
    ]
    width = max(len(words) for words, _ in tries)
    return "\n".join(
        [
            "From a painting to an editable piece of music.",
            "",
            "Try:",
            *first,
            *(f"  {words:<{width}}  {use}" for words, use in tries),
            "",
            "Found here:",
            f"  pictures  {_names(pictures)}",
            f"  sound     {_sound()}",
            f"  extras    {_extras()}",
            "",
            "More: compose --help; what works here: compose doctor",
        ]
    )


def _pictures(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES and path.is_file())
    except OSError:
        return []


def _names(pictures: list[Path]) -> str:
    if not pictures:
        return "none in this folder"
    more = len(pictures) - _SHOWN
    return ", ".join(path.name for path in pictures[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _sound() -> str:
    from composer.rendering.audio.soundfont import find_soundfont
    from composer.rendering.audio.synthesizer_choice import synthesizer_name

    try:
        return f"{synthesizer_name()} with {find_soundfont().name}"
    except ComposerError as error:
        return f"{error.message}; {error.hint}"


def _extras() -> str:
    here = [name for name in EXTRAS if is_here(name)]
    return ", ".join(here) if here else "none (what they are for: compose doctor)"


def next_steps(written: Path, source: Path | None) -> str:
    """What can be done after a piece was written under a name that nobody chose."""
    start = f"--image {_quoted(str(source))}" if source is not None else ""
    stem = written.stem
    options = [
        f"open {written} in any music program",
        f"hear it: compose render {_quoted(str(written))} --out {_quoted(stem)}.mp3",
        f"read it: compose {start} --out {_quoted(stem)}.pdf" if start else "",
        f"change it: compose plan {_quoted(str(source))} > plan.json" if source is not None else "",
    ]
    return "next: " + "; ".join(filter(None, options))


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
