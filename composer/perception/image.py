"""Picture files in, upright 8-bit RGB out.

Conventions
-----------
* Arrays are uint8, shape (H, W, 3), row 0 on top, sRGB values taken as stored (embedded colour profiles are not
  applied; CMYK is converted without a profile).
* Sizes are in pixels, after EXIF rotation.
* Every failure is an `ImageError` with a hint; no decoder's own exception or warning reaches the caller.
"""

from __future__ import annotations

import hashlib
import io
import logging
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from composer.errors import ImageError
from composer.files import check_local
from composer.types import Painting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

__all__ = ["FORMATS", "MAX_FILE_BYTES", "MAX_PIXELS", "MIN_SIDE", "WORKING_SIDE", "load_painting"]

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
"""Pillow's names of the formats that are opened; decoders that call outside programs (EPS) stay shut."""
MAX_PIXELS = 100_000_000
"""Largest picture that is decoded, read from the header before any pixel is."""
MAX_FILE_BYTES = 512 * 2**20
"""Largest file that is read."""
MIN_SIDE = 16
"""Shortest allowed side in pixels."""
WORKING_SIDE = 1024
"""Long side in pixels that larger pictures are scaled down to."""

_ORIENTATION_TAG = 0x0112
_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"8BPS", "a Photoshop document"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML or SVG file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"MThd", "a MIDI file"),
    (b"\x00\x00\x01\x00", "an icon file"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")
_log = logging.getLogger(__name__)


def load_painting(path: str | Path) -> Painting:
    """Read a picture file.

    Animated and multi-page files give their first frame. Transparent parts become white, 16-bit and floating-point
    samples are scaled to 8 bits, grey, palette and CMYK pictures become RGB, and EXIF rotation is applied.

    Parameters
    ----------
    path : file to read; PNG, JPEG, WebP, TIFF, BMP or GIF, whatever its extension.

    Returns
    -------
    Painting
        ``rgb`` has a long side of at most `WORKING_SIDE` pixels; ``width`` and ``height`` are the original's.

    Raises
    ------
    ImageError
        The file is missing, unreadable, empty, longer than `MAX_FILE_BYTES`, not a picture of the formats above,
        truncated or broken, of more than `MAX_PIXELS` pixels, or less than `MIN_SIDE` pixels wide or high.
    """
    path = Path(path)
    data = _read_bytes(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture = _open(path, data)
        name = "JPEG" if picture.format == "MPO" else str(picture.format)
        size = picture.size
        _check_size(path, *size)
        try:
            rgb = _decode(picture)
        except Exception as error:  # decoders raise a dozen types on broken data
            raise ImageError(
                f"{path}: the {name} data is broken or cut off ({_reason(error)})",
                hint="export the picture again, or fetch the complete file",
            ) from error
        # Only now: asking a PNG for its EXIF decodes it, and swallows the error of a broken one.
        width, height = _upright_size(picture, size)
    _log.debug("read %s: %s, %d x %d", path, name, width, height)
    return Painting(
        name=path.stem,
        sha256=hashlib.sha256(data).hexdigest(),
        width=width,
        height=height,
        format=name,
        rgb=rgb,
    )


def _read_bytes(path: Path) -> bytes:
    check_local(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ImageError(f"{path}: is a folder, not a picture", hint="give the path of one picture file")
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(f"{path}: is not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise ImageError(
                f"{path}: {status.st_size} bytes; at most {MAX_FILE_BYTES} are read", hint="give a smaller picture"
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ImageError(f"{path}: no such file", hint="check the path and its spelling") from error
    except PermissionError as error:
        raise ImageError(f"{path}: may not be read", hint="check the file's permissions") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"{path}: cannot be read ({_reason(error)})", hint="check the path") from error
    if not data:
        raise ImageError(f"{path}: the file is empty", hint="give a file that holds a picture")
    return data


def _open(path: Path, data: bytes) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ImageError(f"{path}: is {_describe(data)}, not a picture that can be read") from error
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"{path}: too many pixels ({_reason(error)}); at most {MAX_PIXELS:,} are decoded",
            hint="scale the picture down first",
        ) from error
    except Exception as error:  # decoders raise a dozen types on broken headers
        raise ImageError(
            f"{path}: the picture's header is broken ({_reason(error)})", hint="export the picture again"
        ) from error


def _describe(data: bytes) -> str:
    head = data[:64].lstrip()
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "a HEIF or AVIF file"
    if head.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")):
        return "a broken or cut-off file"
    if all(byte in b"\t\n\r\f" or 32 <= byte < 127 for byte in data[:256]):
        return "a text file"
    return "a file of unknown kind"


def _upright_size(picture: Image.Image, size: tuple[int, int]) -> tuple[int, int]:
    try:
        orientation = picture.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - whatever is wrong with the EXIF, the picture can be used as it lies
        _log.debug("unreadable EXIF", exc_info=True)
        orientation = 1
    width, height = size
    return (height, width) if orientation in (5, 6, 7, 8) else (width, height)


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{path}: {width} x {height} is {width * height:,} pixels; at most {MAX_PIXELS:,} are decoded",
            hint="scale the picture down first",
        )
    if min(width, height) < MIN_SIDE:
        raise ImageError(
            f"{path}: {width} x {height} pixels; at least {MIN_SIDE} x {MIN_SIDE} are needed",
            hint="give a larger picture",
        )


def _decode(picture: Image.Image) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image, ImageFile

    picture.draft(None, (WORKING_SIDE, WORKING_SIDE))  # JPEG: decode at 1/2, 1/4 or 1/8 where that is enough
    lenient = ImageFile.LOAD_TRUNCATED_IMAGES  # WeasyPrint sets it for the whole process
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        picture.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient
    picture = _turned(picture)
    if picture.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        picture = _eight_bits(picture)
    has_alpha = picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info
    if picture.mode == "RGBa":
        picture = picture.convert("RGBA")
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    scale = WORKING_SIDE / max(picture.size)
    if scale < 1:
        size = tuple(max(MIN_SIDE, round(side * scale)) for side in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if has_alpha:
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture).convert("RGB")
    return np.array(picture, dtype=np.uint8)


def _turned(picture: Image.Image) -> Image.Image:
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001 - as in _upright_size
        _log.debug("unreadable EXIF", exc_info=True)
        return picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale integer samples by their 16-bit range and floating-point samples by their own range to 0..255."""
    import numpy as np
    from PIL import Image

    samples = np.nan_to_num(np.asarray(picture, dtype=np.float32))
    if picture.mode == "F":
        low, high = float(samples.min()), float(samples.max())
        low, high = (0.0, 1.0) if low >= 0.0 and high <= 1.0 else (low, high)
    else:
        low, high = 0.0, 65535.0 if picture.mode != "I" or float(samples.max()) > 255 else 255.0
    scaled = np.clip((samples - low) / max(high - low, 1e-9), 0, 1) * 255
    return Image.fromarray(np.round(scaled).astype(np.uint8))


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0].strip() or type(error).__name__
