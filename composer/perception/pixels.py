"""The pixels of an opened picture: decoded small, upright, in 8-bit sRGB, on white.

Conventions
-----------
* Arrays are uint8, shape (H, W, 3), row 0 on top, sRGB: an embedded colour profile is applied; without one, values are
  taken as they are stored. CMYK without a profile is converted by the plain formula.
* A picture of up to `MAX_PIXELS` is decoded whole. A larger one, up to `MAX_REDUCED_PIXELS`, is read where its format
  lets it be decoded at a fraction of its size: baseline JPEG, JPEG 2000, and TIFF with smaller copies of itself (a
  pyramid). So decoding takes at most some 1.2 GB of memory, whatever the picture
  (`benchmarks/setup/large_pictures.csv`).
"""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

from composer.perception.tiff_pages import seek_smaller_copy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

__all__ = ["MAX_PIXELS", "MAX_REDUCED_PIXELS", "MIN_SIDE", "WORKING_SIDE", "decode", "reduced", "upright_size"]

MAX_PIXELS = 100_000_000
"""Largest picture that is decoded whole; sizes are read from the header before any pixel is."""
MAX_REDUCED_PIXELS = 500_000_000
"""Largest picture that is decoded at a fraction of its size."""
MIN_SIDE = 16
"""Shortest allowed side in pixels."""
WORKING_SIDE = 1024
"""Long side in pixels that larger pictures are scaled down to."""

_ORIENTATION = 0x0112
_ROWS = 512
_ALPHA = ("LA", "La", "PA", "RGBA", "RGBa")
_INTEGERS = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_log = logging.getLogger(__name__)


def reduced(picture: Image.Image) -> bool:
    """Ask the decoder for a smaller picture, not below the working size; tell whether it will be at most `MAX_PIXELS`.

    Only the size that will be decoded changes, nothing is decoded yet.
    """
    if picture.format in ("JPEG", "MPO") and not picture.info.get("progressive"):
        picture.draft(None, (WORKING_SIDE, WORKING_SIDE))  # decodes at 1/2, 1/4 or 1/8
    elif picture.format == "JPEG2000":
        levels = min(_jpeg2000_levels(picture), max(0, (max(picture.size) // WORKING_SIDE).bit_length() - 1))
        picture.reduce = levels  # type: ignore[method-assign,assignment]  # JPEG 2000's own, not Image's method
        return (picture.width * picture.height) >> 2 * levels <= MAX_PIXELS
    elif picture.format == "TIFF":
        seek_smaller_copy(picture, WORKING_SIDE)
    return picture.width * picture.height <= MAX_PIXELS


def _jpeg2000_levels(picture: Image.Image) -> int:
    """How often a JPEG 2000 picture can be halved: its decomposition levels (ITU-T T.800, A.6.1)."""
    file = picture.fp  # type: ignore[attr-defined]  # of every picture that was opened from a file
    at = file.tell()
    file.seek(0)
    data = file.read(1 << 16)
    file.seek(at)
    marker = data.find(b"\xff\x4f\xff\x51") + 2
    while 2 <= marker < len(data) - 10:
        if data[marker : marker + 2] == b"\xff\x52":
            return int(data[marker + 9])
        marker += 2 + int.from_bytes(data[marker + 2 : marker + 4], "big")
    return 0


def upright_size(picture: Image.Image, size: tuple[int, int]) -> tuple[int, int]:
    """Width and height as they are after EXIF rotation."""
    width, height = size
    return (height, width) if _orientation(picture) in (5, 6, 7, 8) else (width, height)


def _orientation(picture: Image.Image) -> int:
    """1 for upright to 8, as EXIF has it; 1 where it says nothing."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - whatever is wrong with the EXIF, the picture can be used as it lies
        _log.debug("unreadable EXIF", exc_info=True)
        return 1


def decode(picture: Image.Image) -> NDArray[np.uint8]:
    """Decode an opened picture; its long side is then at most `WORKING_SIDE`.

    Raises
    ------
    Exception
        Whatever the decoder raises on broken data.
    """
    import numpy as np
    from PIL import Image, ImageFile

    lenient = ImageFile.LOAD_TRUNCATED_IMAGES  # WeasyPrint sets it for the whole process
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        picture.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient
    profile, orientation = picture.info.get("icc_profile"), _orientation(picture)
    if picture.mode in (*_INTEGERS, "F"):
        picture = _eight_bits(picture)
    has_alpha = picture.mode in _ALPHA or "transparency" in picture.info
    if has_alpha:
        picture = picture.convert("RGBA")
    elif picture.mode not in ("L", "RGB", "CMYK"):
        picture = picture.convert("RGB")
    scale = WORKING_SIDE / max(picture.size)
    if scale < 1:
        size = tuple(max(MIN_SIDE, round(side * scale)) for side in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.BICUBIC, reducing_gap=2.0)
    picture = _turned(picture, orientation)
    alpha = picture.getchannel("A") if has_alpha else None
    picture = _in_srgb(picture, profile)
    if alpha is not None:
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=alpha)
        picture = ground
    return np.array(picture, dtype=np.uint8)


def _in_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """Convert grey, RGB or CMYK to sRGB by its profile, if it has a usable one."""
    if isinstance(profile, bytes) and profile:
        from PIL import ImageCms

        plain = picture.convert("RGB") if picture.mode == "RGBA" else picture
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(plain, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
            # A grey profile on a colour picture, a broken one: the values are then taken as they are stored.
            _log.debug("colour profile not used: %s", error)
        else:
            assert converted is not None
            return converted
    return picture.convert("RGB")


def _turned(picture: Image.Image, orientation: int) -> Image.Image:
    from PIL import Image

    way = Image.Transpose
    turns = {
        2: way.FLIP_LEFT_RIGHT,
        3: way.ROTATE_180,
        4: way.FLIP_TOP_BOTTOM,
        5: way.TRANSPOSE,
        6: way.ROTATE_270,
        7: way.TRANSVERSE,
        8: way.ROTATE_90,
    }
    return picture.transpose(turns[orientation]) if orientation in turns else picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale integer samples by their 16-bit range and floating-point samples by their own range to 0..255."""
    import numpy as np
    from PIL import Image

    samples = np.asarray(picture)
    stretches = [slice(start, start + _ROWS) for start in range(0, len(samples), _ROWS)]
    ranges = [(float(part.min()), float(part.max())) for part in (_finite(samples[rows]) for rows in stretches)]
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    if picture.mode != "F":
        low, high = 0.0, 65535.0 if picture.mode != "I" or high > 255 else 255.0
    elif low >= 0.0 and high <= 1.0:
        low, high = 0.0, 1.0
    scaled = np.empty(samples.shape, dtype=np.uint8)
    for rows in stretches:  # all at once, it would take many times the picture's memory
        share = (_finite(samples[rows]) - low) / max(high - low, 1e-9)
        scaled[rows] = np.round(np.clip(share, 0, 1) * 255)
    return Image.fromarray(scaled)


def _finite(samples: NDArray[np.generic]) -> NDArray[np.float32]:
    import numpy as np

    return np.nan_to_num(samples.astype(np.float32))
