"""Every kind of picture file comes out upright and in RGB; everything else is refused with two clear lines."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import subprocess
import sys
import threading
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from composer import extras
from composer.errors import ExternalToolError, ImageError, UsageError
from composer.perception import picture_file, pixels
from composer.perception.image import load_painting
from composer.perception.pixels import MAX_PIXELS, MAX_REDUCED_PIXELS, WORKING_SIDE

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
        (".avif", "AVIF", {"quality": 95}, 12),
        (".jp2", "JPEG2000", {}, 0),
        (".j2k", "JPEG2000", {}, 0),
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


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path: Path, suffix: str, orientation: int) -> None:
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
    path = tmp_path / f"turned{suffix}"
    stored.save(path, quality=95, exif=exif)
    painting = load_painting(path)
    assert (painting.width, painting.height) == (120, 80)
    assert_close(corners(painting.rgb), [RED, GREEN, BLUE, WHITE], 14)


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


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp", ".gif", ".avif", ".jp2"])
def test_truncated(tmp_path: Path, suffix: str) -> None:
    assert "broken" in _refused(_cut(tmp_path, suffix)).message


def test_bomb_is_refused_from_its_header(tmp_path: Path) -> None:
    for side, most in ((11_000, MAX_PIXELS), (60_000, MAX_REDUCED_PIXELS)):
        (tmp_path / "bomb.png").write_bytes(_png_header(side, side))
        assert f"{most:,}" in _refused(tmp_path / "bomb.png").message


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
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", "unknown"),
        (b"<!DOCTYPE html>\n<html><head>", "web page"),
        (b"\xef\xbb\xbf\n<!-- saved --><HTML lang='en'>", "web page"),
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


def test_missing_folder_device_and_address(tmp_path: Path) -> None:
    assert "no such file" in _refused(tmp_path / "none.png").message
    assert "folder" in _refused(tmp_path).message
    assert "neither a regular file nor a pipe" in _refused(Path("/dev/null")).message
    with pytest.raises(UsageError, match="is a web address") as caught:
        load_painting("https://example.org/picture.jpg")
    assert "download it first" in caught.value.hint


def test_a_web_page_gets_a_hint_that_fits(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").write_bytes(b"<!doctype html><html><body><img src='x.jpg'></body></html>")
    assert "save the picture itself" in _refused(tmp_path / "x.jpg").hint


def test_a_pipe_is_read(tmp_path: Path) -> None:
    quadrants().save(tmp_path / "x.png")
    os.mkfifo(tmp_path / "pipe.png")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe.png").write_bytes((tmp_path / "x.png").read_bytes()))
    writer.start()
    painting = load_painting(tmp_path / "pipe.png")
    writer.join()
    assert painting.sha256 == load_painting(tmp_path / "x.png").sha256
    assert_close(corners(painting.rgb), [RED, GREEN, BLUE, WHITE], 0)


def test_a_pipe_without_a_writer_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_file, "_PATIENCE_SECONDS", 0.1)
    os.mkfifo(tmp_path / "pipe.png")
    assert "nobody writes" in _refused(tmp_path / "pipe.png").message


def test_a_slow_writer_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_file, "_PATIENCE_SECONDS", 2.0)
    quadrants().save(tmp_path / "x.png")
    data = (tmp_path / "x.png").read_bytes()
    os.mkfifo(tmp_path / "pipe.png")

    def write() -> None:
        with (tmp_path / "pipe.png").open("wb", buffering=0) as pipe:
            time.sleep(3)
            for at in range(0, len(data), 100):
                pipe.write(data[at : at + 100])

    writer = threading.Thread(target=write)
    writer.start()
    assert load_painting(tmp_path / "pipe.png").sha256 == hashlib.sha256(data).hexdigest()
    writer.join()


def test_standard_input_is_read_and_can_be_looked_at_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quadrants().save(tmp_path / "x.png")
    data = (tmp_path / "x.png").read_bytes()
    picture_file._standard_input.cache_clear()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    try:
        for _ in range(2):
            painting = load_painting("-")
            assert (painting.name, painting.width) == ("painting", 120)
        picture_file._standard_input.cache_clear()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
        with pytest.raises(ImageError, match="standard input: is empty"):
            load_painting("-")
    finally:
        picture_file._standard_input.cache_clear()


def test_heic_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.from_pillow(quadrants(128, 96)).save(tmp_path / "x.heic", quality=90)
    painting = load_painting(tmp_path / "x.heic")
    assert (painting.format, painting.width, painting.height) == ("HEIF", 128, 96)
    assert_close(corners(painting.rgb), [RED, GREEN, BLUE, WHITE], 14)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert not extras.is_here("heic")
    with pytest.raises(ExternalToolError, match="HEIC") as caught:
        load_painting(tmp_path / "x.heic")
    assert caught.value.hint == 'pip install "painting-composer[heic]"'


def swapped_profile() -> bytes:
    """A colour profile in which red and blue have changed places: the plainest proof that a profile is used."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ", 128), profile.index(b"bXYZ", 128)
    places = profile[red + 4 : red + 12], profile[blue + 4 : blue + 12]
    profile[red + 4 : red + 12], profile[blue + 4 : blue + 12] = places[1], places[0]
    return bytes(profile)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_colour_profiles_are_converted(tmp_path: Path, suffix: str) -> None:
    quadrants().save(tmp_path / f"x{suffix}", quality=98, icc_profile=swapped_profile())
    swapped = [(b, g, r) for r, g, b in (RED, GREEN, BLUE, WHITE)]
    assert_close(corners(load_painting(tmp_path / f"x{suffix}").rgb), swapped, 20)


def test_a_profile_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    quadrants().save(tmp_path / "x.png", icc_profile=b"no profile at all")
    assert_close(corners(load_painting(tmp_path / "x.png").rgb), [RED, GREEN, BLUE, WHITE], 0)
    quadrants().convert("L").save(tmp_path / "grey.png", icc_profile=swapped_profile())
    rgb = load_painting(tmp_path / "grey.png").rgb
    assert np.ptp(rgb.astype(int), axis=2).max() == 0


def _png_chunk(kind: bytes, data: bytes, *, checksum: int = 0) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ checksum)


@pytest.mark.parametrize(
    "remark",
    [
        _png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b" " * 3_000_000),
        _png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * 3_000_000)),
        _png_chunk(b"tEXt", b"Comment\0damaged", checksum=1),
        _png_chunk(b"eXIf", b"MM\0*", checksum=1),
        _png_chunk(b"pHYs", b"short"),
    ],
)
@pytest.mark.parametrize("place", ["before", "behind"])
def test_what_is_said_about_a_picture_never_kills_it(tmp_path: Path, remark: bytes, place: str) -> None:
    quadrants().save(tmp_path / "x.png")
    data = (tmp_path / "x.png").read_bytes()
    at = data.index(b"IEND") - 4 if place == "behind" else data.index(b"IDAT") - 4
    (tmp_path / "said.png").write_bytes(data[:at] + remark + data[at:])
    assert_close(corners(load_painting(tmp_path / "said.png").rgb), [RED, GREEN, BLUE, WHITE], 0)


def test_a_compression_that_is_not_supported_is_no_damage(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    quadrants().save(tmp_path / "x.tif", compression="tiff_lzw")
    data = bytearray((tmp_path / "x.tif").read_bytes())
    at = data.index(struct.pack("<HHI", 259, 3, 1)) + 8  # the value of the tag "Compression", which was LZW
    data[at : at + 2] = struct.pack("<H", 60_000)
    (tmp_path / "other.tif").write_bytes(data)
    error = _refused(tmp_path / "other.tif")
    assert "not supported here (number 60000)" in error.message
    assert "PNG" in error.hint
    data[at : at + 2] = struct.pack("<H", 50_001)  # WebP: known to some builds of libtiff, which find LZW data broken
    (tmp_path / "webp.tif").write_bytes(data)
    error = _refused(tmp_path / "webp.tif")
    assert "not supported here (webp)" in error.message or "broken" in error.message
    assert capfd.readouterr().err == ""


def test_a_damaged_fax_page_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    page = Image.fromarray(rng.random((120, 200)) > 0.7)
    page.save(tmp_path / "fax.tif", compression="group4")
    assert load_painting(tmp_path / "fax.tif").rgb.shape == (120, 200, 3)
    data = bytearray((tmp_path / "fax.tif").read_bytes())
    for at in rng.integers(len(data) // 4, len(data) // 2, 6):
        data[at] ^= 0x5A
    (tmp_path / "harmed.tif").write_bytes(data)
    error = _refused(tmp_path / "harmed.tif")
    assert "broken" in error.message
    assert capfd.readouterr().err == ""


def test_large_scans_are_decoded_at_a_fraction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "MAX_PIXELS", 3_000_000)
    big = quadrants(4000, 2400)
    big.save(tmp_path / "x.jpg", quality=90)
    big.save(tmp_path / "x.jp2", num_resolutions=4)
    big.save(tmp_path / "x.tif", save_all=True, append_images=[big.reduce(2)], tiffinfo={})
    for name in ("x.jpg", "x.jp2"):
        painting = load_painting(tmp_path / name)
        assert (painting.width, painting.height) == (4000, 2400)
        assert_close(corners(painting.rgb), [RED, GREEN, BLUE, WHITE], 12)
    # A second page that is not said to be a smaller copy is another picture.
    for name, options in (("whole.jp2", {"num_resolutions": 1}), ("p.jpg", {"progressive": True}), ("x.png", {})):
        big.save(tmp_path / name, **options)
        error = _refused(tmp_path / name)
        assert "9,600,000 pixels" in error.message
        assert "cannot be decoded at a smaller size" in error.message
    assert "cannot be decoded at a smaller size" in _refused(tmp_path / "x.tif").message


def test_the_smaller_copy_in_a_pyramid_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "MAX_PIXELS", 3_000_000)
    pages = [quadrants(2400, 1600), quadrants(1200, 800), quadrants(600, 400), Image.new("RGB", (1300, 300))]
    with TiffImagePlugin.AppendingTiffWriter(str(tmp_path / "x.tif"), new=True) as writer:
        for number, page in enumerate(pages):
            page.save(writer, format="TIFF", tiffinfo={254: int(number > 0)})
            writer.newFrame()
    painting = load_painting(tmp_path / "x.tif")
    assert (painting.width, painting.height) == (2400, 1600)
    assert painting.rgb.shape == (683, 1024, 3)
    assert_close(corners(painting.rgb), [RED, GREEN, BLUE, WHITE], 4)


def test_a_scan_of_a_hundred_megapixels_stays_within_the_memory(tmp_path: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the highest memory of a process is read from Linux's /proc")
    Image.new("L", (11_000, 10_000), 90).save(tmp_path / "x.jpg", quality=60)
    code = (
        "import re, sys\n"
        "from composer.perception.image import load_painting\n"
        "painting = load_painting(sys.argv[1])\n"
        "assert (painting.width, painting.height) == (11000, 10000)\n"
        "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x.jpg")], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 150_000  # kB; whole, it would be 110 MB more as grey and 330 as RGB


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    quadrants().save(tmp_path / "x.png")
    (tmp_path / "x.png").chmod(stat.S_IWUSR)
    assert "may not be read" in _refused(tmp_path / "x.png").message


def test_random_damage_never_escapes(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for suffix in (".png", ".jpg", ".webp", ".tif", ".bmp", ".gif", ".avif", ".jp2"):
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
