"""Every kind of picture file comes out upright and in RGB; everything else is refused with two clear lines."""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from composer.errors import ImageError
from composer.perception.image import MAX_PIXELS, WORKING_SIDE, load_painting

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 170, 40), (40, 50, 190), (250, 250, 250)


def quadrants(width: int = 120, height: int = 80) -> Image.Image:
    """Red top left, green top right, blue bottom left, white bottom right."""
    picture = Image.new("RGB", (width, height), WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return picture


def corners(rgb: np.ndarray) -> list[tuple[int, ...]]:
    """Colours at the middle of the four quadrants: top left, top right, bottom left, bottom right."""
    height, width = rgb.shape[:2]
    return [tuple(int(v) for v in rgb[y * height // 4, x * width // 4]) for y, x in ((1, 1), (1, 3), (3, 1), (3, 3))]


def assert_close(found: list[tuple[int, ...]], wanted: list[tuple[int, ...]], tolerance: int) -> None:
    assert np.abs(np.array(found) - np.array(wanted)).max() <= tolerance, found


@pytest.mark.parametrize(
    ("suffix", "format_name", "options", "tolerance"),
    [
        (".png", "PNG", {}, 0),
        (".jpg", "JPEG", {"quality": 95}, 12),
        (".webp", "WEBP", {"lossless": True}, 0),
        (".tif", "TIFF", {"compression": "tiff_lzw"}, 0),
        (".bmp", "BMP", {}, 0),
        (".gif", "GIF", {}, 8),
    ],
)
def test_formats(tmp_path: Path, suffix: str, format_name: str, options: dict[str, object], tolerance: int) -> None:
    path = tmp_path / f"night watch{suffix}"
    quadrants().save(path, **options)
    painting = load_painting(path)
    assert (painting.width, painting.height, painting.format, painting.name) == (120, 80, format_name, "night watch")
    assert painting.rgb.shape == (80, 120, 3)
    assert painting.rgb.dtype == np.uint8
    assert painting.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert_close(corners(painting.rgb), [RED, GREEN, BLUE, WHITE], tolerance)


def test_extension_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    quadrants().save(path, format="PNG")
    assert load_painting(str(path)).format == "PNG"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path: Path, orientation: int) -> None:
    upright = quadrants()
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    stored.save(path, quality=95, exif=exif)
    painting = load_painting(path)
    assert (painting.width, painting.height) == (120, 80)
    assert_close(corners(painting.rgb), [RED, GREEN, BLUE, WHITE], 12)


def test_broken_exif_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    quadrants().save(path, quality=95, exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff broken")
    assert_close(corners(load_painting(path).rgb), [RED, GREEN, BLUE, WHITE], 12)


def test_transparency_becomes_white(tmp_path: Path) -> None:
    picture = quadrants().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 60, 40))
    picture.paste((0, 0, 0, 128), (60, 0, 120, 40))
    picture.save(tmp_path / "x.png")
    assert_close(corners(load_painting(tmp_path / "x.png").rgb), [(255,) * 3, (127,) * 3, BLUE, WHITE], 2)


def test_transparent_palette_becomes_white(tmp_path: Path) -> None:
    picture = quadrants().quantize(4)
    index = picture.getpixel((10, 10))
    picture.save(tmp_path / "x.png", transparency=index)
    assert_close(corners(load_painting(tmp_path / "x.png").rgb), [(255,) * 3, GREEN, BLUE, WHITE], 4)


def test_grey_with_alpha(tmp_path: Path) -> None:
    Image.new("LA", (40, 40), (90, 255)).save(tmp_path / "x.png")
    assert load_painting(tmp_path / "x.png").rgb[20, 20].tolist() == [90, 90, 90]


def test_cmyk(tmp_path: Path) -> None:
    quadrants().convert("CMYK").save(tmp_path / "x.jpg", quality=95)
    assert_close(corners(load_painting(tmp_path / "x.jpg").rgb), [RED, GREEN, BLUE, WHITE], 14)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_grey(tmp_path: Path, suffix: str) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    Image.fromarray(np.tile(ramp, (32, 1))).save(tmp_path / f"x{suffix}")
    row = load_painting(tmp_path / f"x{suffix}").rgb[10, :, 1].astype(int)
    assert row[0] == 0
    assert row[-1] == 255
    assert abs(row[32] - 129) <= 2


def test_floating_point_grey(tmp_path: Path) -> None:
    Image.fromarray(np.tile(np.linspace(0, 1, 64, dtype=np.float32), (32, 1))).save(tmp_path / "x.tif")
    row = load_painting(tmp_path / "x.tif").rgb[10, :, 0].astype(int)
    assert (row[0], row[-1]) == (0, 255)


def test_one_bit(tmp_path: Path) -> None:
    quadrants().convert("L").point(lambda v: 255 * (v > 200)).convert("1").save(tmp_path / "x.png")
    assert_close(corners(load_painting(tmp_path / "x.png").rgb), [(0,) * 3, (0,) * 3, (0,) * 3, (255,) * 3], 0)


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (50, 40), colour) for colour in (RED, GREEN, BLUE)]
    for suffix in (".gif", ".webp", ".tif"):
        frames[0].save(tmp_path / f"x{suffix}", save_all=True, append_images=frames[1:])
        assert_close([tuple(load_painting(tmp_path / f"x{suffix}").rgb[20, 20].tolist())], [RED], 8)


def test_large_pictures_are_scaled(tmp_path: Path) -> None:
    quadrants(3000, 1500).save(tmp_path / "x.jpg", quality=90)
    painting = load_painting(tmp_path / "x.jpg")
    assert (painting.width, painting.height) == (3000, 1500)
    assert painting.rgb.shape == (WORKING_SIDE // 2, WORKING_SIDE, 3)
    assert_close(corners(painting.rgb), [RED, GREEN, BLUE, WHITE], 12)


def test_very_long_pictures_keep_some_height(tmp_path: Path) -> None:
    Image.new("RGB", (6000, 16), RED).save(tmp_path / "x.png")
    assert load_painting(tmp_path / "x.png").rgb.shape == (16, WORKING_SIDE, 3)


def _png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def _cut(path: Path, suffix: str) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path / f"whole{suffix}")
    data = (path / f"whole{suffix}").read_bytes()
    (path / f"cut{suffix}").write_bytes(data[: len(data) // 2])
    return path / f"cut{suffix}"


def _refused(path: Path) -> ImageError:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageError) as caught:
            load_painting(path)
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message + caught.value.hint
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp", ".gif"])
def test_truncated(tmp_path: Path, suffix: str) -> None:
    assert "broken" in _refused(_cut(tmp_path, suffix)).message


def test_bomb_is_refused_from_its_header(tmp_path: Path) -> None:
    for side in (11_000, 60_000):
        (tmp_path / "bomb.png").write_bytes(_png_header(side, side))
        assert f"{MAX_PIXELS:,}" in _refused(tmp_path / "bomb.png").message


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15)])
def test_too_small(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / "x.png")
    error = _refused(tmp_path / "x.png")
    assert f"{size[0]} x {size[1]}" in error.message
    assert "16 x 16" in error.message


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"only some words\n", "text"),
        (b"%PDF-1.7 whatever", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "PostScript"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"PK\x03\x04abcdef", "ZIP"),
        (b"MThd\x00\x00\x00\x06", "MIDI"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIF"),
        (bytes(range(256)) * 4, "unknown"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
    ],
)
def test_not_a_picture(tmp_path: Path, data: bytes, word: str) -> None:
    (tmp_path / "x.png").write_bytes(data)
    assert word in _refused(tmp_path / "x.png").message


def test_formats_that_stay_shut(tmp_path: Path) -> None:
    for suffix in (".ppm", ".tga", ".ico"):
        quadrants().save(tmp_path / f"x{suffix}")
        _refused(tmp_path / f"x{suffix}")


def test_missing_folder_and_pipe(tmp_path: Path) -> None:
    assert "no such file" in _refused(tmp_path / "none.png").message
    assert "folder" in _refused(tmp_path).message
    os.mkfifo(tmp_path / "pipe.png")
    assert "regular" in _refused(tmp_path / "pipe.png").message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    quadrants().save(tmp_path / "x.png")
    (tmp_path / "x.png").chmod(stat.S_IWUSR)
    assert "may not be read" in _refused(tmp_path / "x.png").message


def test_random_damage_never_escapes(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for suffix in (".png", ".jpg", ".webp", ".tif", ".bmp", ".gif"):
        quadrants(48, 48).save(tmp_path / f"whole{suffix}")
        data = np.frombuffer((tmp_path / f"whole{suffix}").read_bytes(), dtype=np.uint8)
        for _ in range(40):
            harmed = data.copy()
            harmed[rng.integers(0, len(data), 6)] = rng.integers(0, 256, 6)
            (tmp_path / "harmed").write_bytes(harmed.tobytes())
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    assert load_painting(tmp_path / "harmed").rgb.ndim == 3
            except ImageError:
                continue
