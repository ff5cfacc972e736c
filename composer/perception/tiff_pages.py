"""The pages of a TIFF file: the smaller copies of a large scan, and compressions that nothing here can undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["seek_smaller_copy", "unknown_compression"]

_SUBFILE_TYPE, _COMPRESSION = 254, 259
_REDUCED = 1


def seek_smaller_copy(picture: Image.Image, side: int) -> None:
    """Go to the smallest page that is said to be the first one made smaller, and whose long side is `side` or more."""
    width, height = picture.size
    best, best_width = 0, width
    for number in range(1, getattr(picture, "n_frames", 1)):
        picture.seek(number)
        wide, high = picture.size
        is_copy = int(picture.getexif().get(_SUBFILE_TYPE, 0)) & _REDUCED
        same_shape = abs(wide * height - high * width) <= 2 * (width + height)
        if is_copy and same_shape and max(wide, high) >= side and wide < best_width:
            best, best_width = number, wide
    picture.seek(best)


def unknown_compression(file: BinaryIO) -> int | None:
    """The number of a TIFF file's compression where Pillow has no name for it; None for any other file."""
    from PIL import TiffImagePlugin

    try:
        file.seek(0)
        directory = TiffImagePlugin.ImageFileDirectory_v2(file.read(8))
        file.seek(directory.next)
        directory.load(file)
        number = int(directory.get(_COMPRESSION, 1))
    except Exception:  # noqa: BLE001 - a broken directory has no compression at all
        return None
    return None if number in TiffImagePlugin.COMPRESSION_INFO else number
