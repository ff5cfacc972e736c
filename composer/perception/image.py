"""Picture files in, upright 8-bit RGB out.

Conventions
-----------
* Arrays are as `composer.perception.pixels` describes them.
* Sizes are in pixels, after EXIF rotation.
* Every failure is an `ImageError` with a hint (a missing extra is an `ExternalToolError`); no decoder's own exception,
  warning or message on stderr reaches the caller.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from composer.errors import ImageError
from composer.extras import need
from composer.perception.metadata import read_metadata
from composer.perception.picture_file import open_picture_file, picture_name, sha256_of_file
from composer.perception.picture_kind import HEIF, describe, kind_of
from composer.perception.pixels import (
    MAX_PIXELS,
    MAX_REDUCED_PIXELS,
    MIN_SIDE,
    decode,
    reduced,
    upright_size,
)
from composer.perception.png_chunks import without_remarks
from composer.perception.tiff_pages import unknown_compression
from composer.stderr import held_stderr
from composer.types import Painting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

__all__ = ["load_painting"]

_HEAD = 4096
_log = logging.getLogger(__name__)


def load_painting(path: str | Path) -> Painting:
    """Read a picture.

    Animated and multi-page files give their first frame. Transparent parts become white, 16-bit and floating-point
    samples are scaled to 8 bits, grey, palette and CMYK pictures become RGB, embedded colour profiles are converted to
    sRGB, and EXIF rotation is applied.

    Parameters
    ----------
    path : file or pipe to read, ``-`` for standard input; PNG, JPEG, WebP, TIFF, BMP, GIF, AVIF, JPEG 2000 or HEIC,
        whatever its extension.

    Returns
    -------
    Painting
        ``rgb`` has a long side of at most `WORKING_SIDE` pixels; ``width`` and ``height`` are the original's.

    Raises
    ------
    ImageError
        The file is missing, unreadable, empty, too long, not a picture of the formats above, truncated or broken,
        compressed in a way that this machine's libraries do not know, of more pixels than are decoded, or less than
        `MIN_SIDE` pixels wide or high.
    ExternalToolError
        It is a HEIC picture, and the extra ``heic`` is not installed.
    """
    path = Path(path)
    with open_picture_file(path) as file, warnings.catch_warnings(), _any_size():
        warnings.simplefilter("ignore")
        sha256 = sha256_of_file(file)
        picture = _open(path, file)
        name = "JPEG" if picture.format == "MPO" else str(picture.format)
        size = picture.size
        _check_size(path, picture, *size)
        rgb = _decode(path, picture, name)
        # Only now: asking a PNG for its EXIF decodes it, and swallows the error of a broken one.
        width, height = upright_size(picture, size)
        metadata = read_metadata(picture)
    _log.debug("read %s: %s, %d x %d", path, name, width, height)
    return Painting(
        name=picture_name(path), sha256=sha256, width=width, height=height, format=name, rgb=rgb, metadata=metadata
    )


@contextlib.contextmanager
def _any_size() -> Iterator[None]:
    """Let Pillow open pictures of any size: `_check_size` judges them, by what decoding them will take."""
    from PIL import Image

    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _open(path: Path, file: BinaryIO) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    head = file.read(_HEAD)
    file.seek(0)
    kind = kind_of(head)
    if kind is None:
        what, hint = describe(head)
        raise ImageError(f"{path}: is {what}, not a picture that can be read", hint=hint)
    if kind == HEIF:
        need("heic", f"{path}: a HEIC picture")
        from pillow_heif import register_heif_opener

        register_heif_opener()
    try:
        with held_stderr() if kind == "TIFF" else contextlib.nullcontext():
            return Image.open(without_remarks(file) if kind == "PNG" else file, formats=[kind])
    except UnidentifiedImageError as error:
        unknown = unknown_compression(file) if kind == "TIFF" else None
        if unknown is not None:
            raise _unsupported(path, f"number {unknown}") from error
        raise ImageError(
            f"{path}: the {kind} file is broken or cut off at its beginning", hint="export the picture again"
        ) from error
    except Exception as error:  # decoders raise a dozen types on broken headers
        raise ImageError(
            f"{path}: the picture's header is broken ({_reason(error)})", hint="export the picture again"
        ) from error


def _check_size(path: Path, picture: Image.Image, width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{path}: {width} x {height} pixels; at least {MIN_SIDE} x {MIN_SIDE} are needed",
            hint="give a larger picture",
        )
    if width * height > MAX_REDUCED_PIXELS:
        raise ImageError(
            f"{path}: {width} x {height} is {width * height:,} pixels; at most {MAX_REDUCED_PIXELS:,} are read",
            hint="scale the picture down first",
        )
    try:
        with held_stderr() if picture.format == "TIFF" else contextlib.nullcontext():
            fits = reduced(picture)
    except Exception as error:  # as in _open: a broken second page
        raise _broken(path, str(picture.format), _reason(error)) from error
    if not fits:
        raise ImageError(
            f"{path}: {width} x {height} is {width * height:,} pixels; at most {MAX_PIXELS:,} are decoded whole, "
            "and this file cannot be decoded at a smaller size",
            hint="scale the picture down first, or save it as a JPEG (not progressive)",
        )


def _decode(path: Path, picture: Image.Image, name: str) -> NDArray[np.uint8]:
    said: Sequence[str] = ()
    try:
        if name == "TIFF":
            with held_stderr() as said:
                rgb = decode(picture)
        else:
            rgb = decode(picture)
    except MemoryError:
        raise
    except Exception as error:  # decoders raise a dozen types on broken data
        unknown = next((line for line in said if "not configured" in line or "not supported" in line), None)
        if unknown is not None:
            raise _unsupported(path, str(picture.info.get("compression", "unknown"))) from error
        raise _broken(path, name, _reason(error)) from error
    # A damaged fax page is "decoded": libtiff fills the lines it cannot read and only says so.
    damage = next((line for line in said if line.startswith("Fax")), None)
    if damage is not None:
        raise _broken(path, name, damage.rstrip("."))
    return rgb


def _unsupported(path: Path, compression: str) -> ImageError:
    return ImageError(
        f"{path}: the TIFF is compressed in a way that is not supported here ({compression})",
        hint="save it with LZW or Deflate compression, or as a PNG",
    )


def _broken(path: Path, name: str, reason: str) -> ImageError:
    return ImageError(
        f"{path}: the {name} data is broken or cut off ({reason})",
        hint="export the picture again, or fetch the complete file",
    )


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0].strip() or type(error).__name__
