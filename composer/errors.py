"""The errors that Composer raises on purpose.

::

    ComposerError            exit 1   an expected failure; the message says what to do
    ├── ImageError           exit 1   the picture cannot be used
    ├── MidiError            exit 1   the MIDI file cannot be used
    ├── PlanError            exit 1   a plan breaks a rule; the message names the field
    ├── OutputError          exit 1   a result cannot be written
    ├── UsageError           exit 2   the call itself is wrong (unknown option value, extension ...)
    ├── AssetError           exit 3   a weight file, tokenizer or soundfont is missing or fails its check
    └── ExternalToolError    exit 4   a program or library outside Composer failed

Each error carries a one-line message (what was wrong, the value found, the values allowed) and a
one-line hint (what to do). The command line prints the two lines and exits with ``exit_code``.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AssetError",
    "ComposerError",
    "ExternalToolError",
    "ImageError",
    "MidiError",
    "OutputError",
    "PlanError",
    "UsageError",
]


class ComposerError(Exception):
    """Root of every expected failure.

    Parameters
    ----------
    message : str
        What was wrong, the value found, the values allowed; line breaks, which a name in it may have, become spaces.
    hint : str, optional
        One line: what to do about it.
    """

    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = "run 'compose --help' for usage"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = " ".join(message.splitlines())
        super().__init__(self.message)
        self.hint = hint or self.default_hint


class ImageError(ComposerError):
    """The picture is missing, broken, too large, too small or not a picture."""

    default_hint = "give a PNG, JPEG, WebP, TIFF, BMP, GIF, AVIF, JPEG 2000 or HEIC picture"


class MidiError(ComposerError):
    """A MIDI file is missing, broken or empty."""

    default_hint = "give a Standard MIDI File (.mid) with at least one note"


class PlanError(ComposerError):
    """A plan breaks a rule; the message names the field."""

    default_hint = "'compose plan PICTURE' prints a valid plan to start from"


class OutputError(ComposerError):
    """A result cannot be written where it was asked for."""

    default_hint = "check that the folder exists, is writable and has free space"


class UsageError(ComposerError):
    """The call itself is wrong."""

    exit_code = 2


class AssetError(ComposerError):
    """A weight file, tokenizer or soundfont is missing or fails its check."""

    exit_code = 3
    default_hint = "run 'compose models verify' to see which file is at fault"


class ExternalToolError(ComposerError):
    """A program or library outside Composer failed."""

    exit_code = 4
    default_hint = "run 'compose doctor' to check the installation"
