"""Pictures of odd kinds, made here: right colours and the right way up, or two lines that help.

    scripts/bench setup/odd_pictures

Every picture but the refused ones shows four quadrants: red, green, blue, white; the grey ones four steps of grey. What
was read is held against them at the middle of each quadrant. Profiles of other primaries carry sRGB's tone curve; the
values stored in those pictures are computed here, with NumPy, from the primaries. Writes odd_pictures.csv beside this
file, or into --out. The extra ``heic`` and named pipes are needed, so it does not run on Windows.
"""

from __future__ import annotations

import argparse
import io
import os
import struct
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_out, argument_parser, write_csv
from composer.errors import ComposerError
from composer.perception.image import load_painting

Colours = tuple[tuple[int, int, int], ...]
COLOURS: Colours = ((200, 30, 30), (30, 170, 40), (40, 50, 190), (250, 250, 250))
GREYS: Colours = tuple((v, v, v) for v in (0, 85, 170, 255))
SIZE = (128, 96)
PRIMARIES = {  # columns: red, green, blue as XYZ under D50
    "sRGB": ((0.43607, 0.38515, 0.14307), (0.22249, 0.71687, 0.06061), (0.01392, 0.09708, 0.71410)),
    "Display P3": ((0.51512, 0.29198, 0.15710), (0.24120, 0.69225, 0.06657), (-0.00105, 0.04189, 0.78407)),
    "Adobe RGB": ((0.60974, 0.20528, 0.14919), (0.31111, 0.62567, 0.06322), (0.01947, 0.06087, 0.74457)),
    "ProPhoto RGB": ((0.79767, 0.13519, 0.03134), (0.28804, 0.71188, 0.00009), (0.0, 0.0, 0.82491)),
}
LOSSLESS, LOSSY = 2, 14
"""Largest difference allowed in a channel: stored exactly, compressed."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of picture: how it is made at a path, the colours that are expected, or the words of the refusal."""

    name: str
    file: str
    make: Callable[[Path], object]
    colours: Colours = COLOURS
    size: tuple[int, int] = SIZE
    tolerance: int = LOSSY
    refusal: str = ""
    way: str = "file"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of a kind: ``ok`` says whether it is what was expected."""

    kind: str
    file: str
    expected: str
    found: str
    worst_channel: int | str
    ok: bool


def quadrants(size: tuple[int, int] = SIZE, colours: Colours = COLOURS) -> Image.Image:
    small = Image.fromarray(np.array(colours, dtype=np.uint8).reshape(2, 2, 3))
    return small.resize(size, Image.Resampling.NEAREST)


def saved(path: Path, picture: Image.Image | None = None, **options: Any) -> None:
    (picture or quadrants()).save(path, **options)


def turned(path: Path, number: int, **options: Any) -> None:
    """A picture that lies as orientation ``number`` says, upright once that is followed (EXIF 2.3, 4.6.4)."""
    way = Image.Transpose
    back = {
        2: way.FLIP_LEFT_RIGHT, 3: way.ROTATE_180, 4: way.FLIP_TOP_BOTTOM, 5: way.TRANSPOSE,
        6: way.ROTATE_90, 7: way.TRANSVERSE, 8: way.ROTATE_270,
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = number
    saved(path, quadrants().transpose(back[number]), exif=exif, **options)


def profile_of(primaries: str) -> bytes:
    """The profile of sRGB with other primaries in place of its own."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for index, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ")):
        entry = data.index(tag, 128)
        (offset,) = struct.unpack(">I", data[entry + 4 : entry + 8])
        numbers = (round(row[index] * 65536) for row in PRIMARIES[primaries])
        data[offset + 8 : offset + 20] = struct.pack(">3i", *numbers)
    return bytes(data)


def wide(path: Path, primaries: str, **options: Any) -> None:
    """The quadrants stored in other primaries, with their profile."""
    value = np.array(COLOURS) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    other = linear @ np.array(PRIMARIES["sRGB"]).T @ np.linalg.inv(np.array(PRIMARIES[primaries])).T
    other = np.clip(other, 0, 1)
    stored = np.where(other <= 0.0031308, other * 12.92, 1.055 * other ** (1 / 2.4) - 0.055)
    colours = tuple((int(r), int(g), int(b)) for r, g, b in np.round(stored * 255))
    saved(path, quadrants(colours=colours), icc_profile=profile_of(primaries), **options)


def png16(path: Path) -> None:
    """An RGB PNG of 16 bits, which Pillow does not write."""
    samples = np.asarray(quadrants()).astype(">u2") * 257
    raw = b"".join(b"\0" + row.tobytes() for row in samples)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", *SIZE, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def grey16(path: Path) -> None:
    saved(path, Image.fromarray(np.asarray(quadrants(colours=GREYS).convert("L")).astype(np.uint16) * 257))


def grey_float(path: Path) -> None:
    saved(path, Image.fromarray(np.asarray(quadrants(colours=GREYS).convert("L")).astype(np.float32) / 255))


def see_through(path: Path, **options: Any) -> None:
    """White shows where nothing is: the last quadrant is transparent black."""
    picture = quadrants(colours=(*COLOURS[:3], (0, 0, 0))).convert("RGBA")
    alpha = Image.new("L", SIZE, 255)
    alpha.paste(0, (SIZE[0] // 2, SIZE[1] // 2, *SIZE))
    picture.putalpha(alpha)
    saved(path, picture, **options)


def heic(path: Path) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    saved(path, quality=95)


def cut(path: Path) -> None:
    data = io.BytesIO()
    Image.effect_noise(SIZE, 80).save(data, "JPEG")
    path.write_bytes(data.getvalue()[: len(data.getvalue()) // 2])


def written(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _readable() -> list[Kind]:
    other = quadrants(colours=COLOURS[::-1])
    exact = partial(Kind, tolerance=LOSSLESS)
    return [
        exact(name="PNG", file="a.png", make=saved),
        exact(name="PNG of 256 colours", file="a.png", make=lambda p: saved(p, quadrants().quantize(16))),
        exact(name="PNG of 16 bits", file="a.png", make=png16),
        exact(name="PNG, grey of 16 bits", file="a.png", make=grey16, colours=GREYS),
        exact(name="TIFF of floating-point samples", file="a.tif", make=grey_float, colours=GREYS),
        exact(
            name="PNG of 1 bit", file="a.png", make=lambda p: saved(p, quadrants(colours=GREYS[::3] * 2).convert("1")),
            colours=GREYS[::3] * 2,
        ),
        exact(name="PNG, transparent", file="a.png", make=see_through, colours=(*COLOURS[:3], (255, 255, 255))),
        exact(
            name="WebP, transparent", file="a.webp", make=partial(see_through, lossless=True),
            colours=(*COLOURS[:3], (255, 255, 255)),
        ),
        Kind(name="JPEG", file="a.jpg", make=saved),
        Kind(name="JPEG, progressive", file="a.jpg", make=partial(saved, progressive=True)),
        exact(name="JPEG under a PNG's name", file="a.png", make=partial(saved, format="JPEG"), tolerance=LOSSY),
        Kind(name="WebP", file="a.webp", make=saved),
        exact(name="WebP, lossless", file="a.webp", make=partial(saved, lossless=True)),
        Kind(name="GIF", file="a.gif", make=saved),
        Kind(name="GIF, animated", file="a.gif", make=partial(saved, save_all=True, append_images=[other])),
        exact(name="BMP", file="a.bmp", make=saved),
        exact(name="TIFF, LZW", file="a.tif", make=partial(saved, compression="tiff_lzw")),
        Kind(name="TIFF, JPEG", file="a.tif", make=partial(saved, compression="jpeg")),
        exact(name="TIFF of two pages", file="a.tif", make=partial(saved, save_all=True, append_images=[other])),
        Kind(name="AVIF", file="a.avif", make=partial(saved, quality=90)),
        exact(name="JPEG 2000", file="a.jp2", make=saved),
        exact(name="JPEG 2000, bare codestream", file="a.j2k", make=saved),
        Kind(name="HEIC with the extra", file="a.heic", make=heic),
        *(
            Kind(name=f"JPEG, EXIF orientation {number}", file="a.jpg", make=partial(turned, number=number))
            for number in range(2, 9)
        ),
        exact(name="PNG, EXIF orientation 6", file="a.png", make=partial(turned, number=6)),
        Kind(name="WebP, EXIF orientation 8", file="a.webp", make=partial(turned, number=8)),
        Kind(name="JPEG in Display P3", file="a.jpg", make=partial(wide, primaries="Display P3", quality=95)),
        Kind(name="AVIF in Display P3", file="a.avif", make=partial(wide, primaries="Display P3", quality=95)),
        Kind(name="TIFF in Adobe RGB", file="a.tif", make=partial(wide, primaries="Adobe RGB"), tolerance=5),
        Kind(name="PNG in ProPhoto RGB", file="a.png", make=partial(wide, primaries="ProPhoto RGB"), tolerance=5),
        exact(name="PNG with a broken profile", file="a.png", make=partial(saved, icc_profile=b"no profile")),
        Kind(name="JPEG, CMYK", file="a.jpg", make=lambda p: saved(p, quadrants().convert("CMYK"))),
        Kind(name="TIFF, CMYK", file="a.tif", make=lambda p: saved(p, quadrants().convert("CMYK"))),
        Kind(
            name="JPEG of 120 megapixels", file="a.jpg", make=lambda p: saved(p, quadrants((12_000, 10_000))),
            size=(12_000, 10_000),
        ),
        exact(name="PNG from a named pipe", file="a.png", make=saved, way="pipe"),
        exact(name="PNG from standard input", file="a.png", make=saved, way="-"),
    ]  # fmt: skip


def _refused() -> list[Kind]:
    page = b"<!DOCTYPE html><html><body><img src='a.jpg'></body></html>"
    return [
        Kind(name="HEIC without the extra", file="a.heic", make=heic, way="bare", refusal="painting-composer[heic]"),
        Kind(
            name="PNG of 120 megapixels", file="a.png", refusal="save it as a JPEG",
            make=lambda p: saved(p, Image.new("L", (12_000, 10_000)), compress_level=1),
        ),
        Kind(name="web page under a JPEG's name", file="a.jpg", make=partial(written, data=page), refusal="browser"),
        Kind(name="web address", file="https:/example.org/a.jpg", make=str, way="name", refusal="download it first"),
        Kind(name="PDF under a JPEG's name", file="a.jpg", make=partial(written, data=b"%PDF-1.7\n"), refusal="PDF"),
        Kind(name="SVG", file="a.svg", make=partial(written, data=b"<svg xmlns='x'/>"), refusal="SVG"),
        Kind(name="text under a PNG's name", file="a.png", make=partial(written, data=b"a sea\n"), refusal="text file"),
        Kind(name="JPEG, cut off", file="a.jpg", make=cut, refusal="fetch the complete file"),
        Kind(name="empty file", file="a.jpg", make=partial(written, data=b""), refusal="holds a picture"),
        Kind(name="folder", file="a.jpg", make=lambda p: p.mkdir(), refusal="one picture file"),
        Kind(name="PNG of 8 x 8", file="a.png", make=lambda p: saved(p, quadrants((8, 8))), refusal="larger picture"),
    ]  # fmt: skip


def load(path: Path, way: str) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Read a picture the way that its kind says; return its pixels and size."""
    if way == "-":
        command = [sys.executable, __file__, "--read-input"]
        done = subprocess.run(command, stdin=path.open("rb"), capture_output=True, check=True)
        arrays = np.load(io.BytesIO(done.stdout))
        return arrays["rgb"], tuple(arrays["size"].tolist())
    if way == "pipe":
        data, pipe = path.read_bytes(), path.with_name("pipe")
        os.mkfifo(pipe)
        threading.Thread(target=pipe.write_bytes, args=(data,), daemon=True).start()
        path = pipe
    with mock.patch.dict(sys.modules, {"pillow_heif": None} if way == "bare" else {}):
        painting = load_painting(path)
    return painting.rgb, (painting.width, painting.height)


def tried(kind: Kind) -> Row:
    """Make a picture, read it, and hold what comes of it against what is expected."""
    expected = f"hint: {kind.refusal}" if kind.refusal else f"{kind.size[0]} x {kind.size[1]}, within {kind.tolerance}"
    worst: int | str = ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(kind.file) if kind.way == "name" else Path(folder) / kind.file
        kind.make(path)
        try:
            rgb, size = load(path, kind.way)
        except ComposerError as error:
            found = f"{error}; hint: {error.hint}".replace(str(path), kind.file)
            ok = bool(kind.refusal) and kind.refusal in found and bool(error.hint)
        else:
            height, width = rgb.shape[:2]
            places = ((1, 1), (1, 3), (3, 1), (3, 3))
            corners = np.array([rgb[y * height // 4, x * width // 4] for y, x in places], dtype=int)
            worst = int(np.abs(corners - np.array(kind.colours)).max())
            found = f"{size[0]} x {size[1]}"
            ok = not kind.refusal and size == kind.size and worst <= kind.tolerance
    return Row(kind=kind.name, file=kind.file, expected=expected, found=found, worst_channel=worst, ok=ok)


def arguments() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    add_out(parser, __file__, "folder for the table")
    parser.add_argument("--read-input", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    options = arguments()
    if options.read_input:
        painting = load_painting("-")
        np.savez(sys.stdout.buffer, rgb=painting.rgb, size=np.array([painting.width, painting.height]))
        return 0
    rows = [tried(kind) for kind in (*_readable(), *_refused())]
    for row in rows:
        if not row.ok:
            print(row)
    write_csv(options.out / "odd_pictures.csv", [field.name for field in fields(Row)], map(astuple, rows))
    print(f"{sum(row.ok for row in rows)} of {len(rows)} pictures of odd kinds as expected")
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
