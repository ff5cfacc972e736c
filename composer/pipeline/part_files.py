"""The files for the music stand beside the score: the parts, and a lead sheet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import OutputError
from composer.files import check_writable
from composer.options import ComposeOptions
from composer.types import Composition

if TYPE_CHECKING:
    from composer.rendering import Sheet

__all__ = ["check_stand", "music_stand"]


def check_stand(options: ComposeOptions) -> None:
    """Refuse what cannot be put on the stand, before any work is spent on the piece.

    Raises
    ------
    UsageError
        Pitch, page or a format is unknown.
    OutputError
        The parts cannot be written to their folder.
    """
    from composer import rendering

    rendering.Sheet(pitch=options.pitch or "concert", page=options.page)
    if options.lead_sheet is not None:
        rendering.check_notation(Path(options.lead_sheet), option="--lead-sheet")
    if options.parts is None:
        return
    folder = Path(options.parts)
    rendering.check_notation(folder / f"part.{options.parts_format}", option="--parts-format")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"--parts {str(folder)!r} is a file, not a folder", hint="give the name of a folder")
    check_writable(folder / "part" if folder.is_dir() else folder)


@contextmanager
def music_stand(
    composition: Composition, options: ComposeOptions
) -> Iterator[tuple[Sheet, tuple[tuple[Path, Sheet], ...]]]:
    """How the score is put on paper, and the further files: the lead sheet, then the parts.

    The folder of the parts is made, and removed again when the block fails.
    """
    from composer import rendering

    score = rendering.Sheet(pitch=options.pitch or "concert", page=options.page)
    sheets: list[tuple[Path, Sheet]] = []
    if options.lead_sheet is not None:
        sheets.append((Path(options.lead_sheet), rendering.Sheet(page=options.page, lead=True)))
    if options.parts is None:
        yield score, tuple(sheets)
        return
    folder = Path(options.parts)
    for number, name in enumerate(rendering.part_names(composition)):
        sheet = rendering.Sheet(pitch=options.pitch or "written", page=options.page, part=number)
        sheets.append((folder / f"{name}.{options.parts_format}", sheet))
    new = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {str(folder)!r}: {error.strerror}") from error
    try:
        yield score, tuple(sheets)
    except BaseException:
        if new:
            with suppress(OSError):
                folder.rmdir()
        raise
