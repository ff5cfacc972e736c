"""The sheet that explains a reading, from a picture to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import UsageError
from composer.files import atomic_write
from composer.progress import silent

if TYPE_CHECKING:
    from composer.types import Painting, Perception, Region

__all__ = ["FORMATS", "check_format", "explain"]

FORMATS = (".png", ".pdf", ".svg", ".jpg")
"""Extensions of the sheets that can be drawn."""


def check_format(path: Path) -> None:
    """Refuse an extension that no sheet has.

    Raises
    ------
    UsageError
        It is not one of `FORMATS`.
    """
    if path.suffix.lower() not in FORMATS:
        raise UsageError(
            f"--explain: {path.suffix or 'no extension'!r} is no format of a sheet; allowed: {', '.join(FORMATS)}",
            hint="give a file name that ends in .png",
        )


def explain(
    path: Path,
    *,
    title: str,
    painting: Painting,
    perception: Perception,
    regions: tuple[Region, ...] = (),
    clip: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Cover the picture region by region, and draw the sheet.

    Parameters
    ----------
    path : the sheet; it appears whole or not at all.
    title : its heading.
    painting, perception : the picture and its reading by the same encoder.
    regions : what the sheet numbers on the picture.
    clip : as in `composer.perception.perceive`.
    progress : called with the stage and the share of the work done.

    Raises
    ------
    UsageError
        The file's extension is unknown.
    AssetError
        Weights are missing or damaged.
    OutputError
        The file cannot be written.
    """
    from composer.perception.encoder import load_encoder
    from composer.perception.explanation_sheet import draw_explanation_sheet
    from composer.perception.occlusion import influence_map

    check_format(path)
    report = progress or silent
    encoder = load_encoder(clip)
    influence = influence_map(painting, encoder, progress=lambda share: report("covering regions", 0.9 * share))
    report("drawing", 0.9)
    with atomic_write(path) as part:
        draw_explanation_sheet(
            part, title=title, painting=painting, perception=perception, influence=influence, regions=regions
        )
    report("drawing", 1.0)
