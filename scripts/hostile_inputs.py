#!/usr/bin/env python3
"""Run ``compose`` on some two hundred broken, wrong and malicious inputs and check how it fails.

    scripts/hostile_inputs.py [--every N] [--verbose]

For every case: the right exit code, exactly two lines on stderr (``compose: error:`` and ``hint:``), nothing on stdout,
no traceback, and no file that was not there before. Most cases run in this process, one after the other; those that
touch the state of a fresh process (weights) run as processes of their own, and so does a sample of the rest. Nothing
outside a temporary folder is written. Read-only places are simulated by paths that lead through a file, so that the
result is the same for every user, root included.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "tif": "TIFF", "bmp": "BMP", "gif": "GIF"}
SAMPLE = 25
"""Every so manieth case that would run in this process runs as a process of its own instead."""


@dataclass(frozen=True)
class Case:
    """One hostile call.

    Attributes
    ----------
    name : for the table.
    arguments : of ``compose``; ``{dir}`` stands for the case's own folder.
    code : the exit code expected; 0 means that this input must be taken in spite of its looks.
    prepare : makes the input files in the case's folder.
    environment : variables to set; ``{dir}`` as above.
    process : run as a process of its own.
    """

    name: str
    arguments: tuple[str, ...]
    code: int
    prepare: Callable[[Path], object] = lambda _folder: None
    environment: dict[str, str] = field(default_factory=dict)
    process: bool = False


# ------------------------------------------------------------------------------------------- pictures


def picture_bytes(suffix: str, size: tuple[int, int] = (96, 64), **options: Any) -> bytes:
    """A good picture: a gradient with a pattern, so that no format can pack it into nothing."""
    import numpy as np
    from PIL import Image

    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    rgb = np.stack([x * 7 % 256, y * 11 % 256, (x * y) % 256], axis=-1).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, FORMATS[suffix], **options)
    return out.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, colour: int = 2) -> bytes:
    """A PNG file put together by hand."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in ((b"IHDR", header), *chunks, (b"IEND", b"")))


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bombs() -> Iterator[tuple[str, bytes]]:
    """Small files that claim, or unpack to, more pixels than anyone can hold."""
    tiny = zlib.compress(b"\0" * 64)
    yield "png", png(30000, 30000, (b"IDAT", tiny))
    yield "png", png(2**31 - 1, 2**31 - 1, (b"IDAT", tiny))
    yield "png", png(20000, 20000, (b"IDAT", zlib.compress(bytes(2501 * 20000), 9)), depth=1, colour=0)
    yield "gif", b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0xF7, 0, 0) + picture_bytes("gif")[13:]
    yield (
        "bmp",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 70, 0, 0, 54, 40, 30000, 30000, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(16),
    )
    jpeg = bytearray(picture_bytes("jpg"))
    start = jpeg.index(b"\xff\xc0") + 5
    jpeg[start : start + 4] = struct.pack(">HH", 65500, 65500)
    yield "jpg", bytes(jpeg)
    entries = [(256, 4, 1, 60000), (257, 4, 1, 60000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    entries += [(277, 3, 1, 1), (278, 4, 1, 60000), (279, 4, 1, 16)]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    yield "tif", b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + bytes(4) + bytes(16)


def damaged() -> Iterator[tuple[str, str, bytes]]:
    """Pictures whose inside is wrong."""
    good = picture_bytes("png")
    at = good.index(b"IDAT") + 12
    yield "png with a wrong checksum", "png", good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :]
    yield "png without data", "png", png(64, 64)
    yield "png with broken compression", "png", png(64, 64, (b"IDAT", b"\x78\x9c" + b"\xff" * 40))
    yield "png of width 0", "png", png(0, 64, (b"IDAT", zlib.compress(b"\0")))
    yield "png with too little data", "png", png(640, 640, (b"IDAT", zlib.compress(bytes(100))))
    yield (
        "png with a text bomb",
        "png",
        png(64, 64, (b"zTXt", b"x\0\0" + zlib.compress(bytes(80_000_000), 9)), (b"IDAT", b"\x78\x9c" + b"\xff" * 40)),
    )
    yield "gif without frames", "gif", picture_bytes("gif")[:13] + b";"
    yield "tiff that points outside", "tif", b"II*\0" + struct.pack("<I", 0x7FFFFFFF)
    yield "tiff that points at itself", "tif", b"II*\0" + struct.pack("<IHHHIII", 8, 1, 256, 4, 1, 8, 8)
    yield (
        "webp with a short body",
        "webp",
        b"RIFF" + struct.pack("<I", 4000) + b"WEBPVP8 " + struct.pack("<I", 3990) + b"x" * 40,
    )
    yield "jpeg of two markers", "jpg", b"\xff\xd8\xff\xd9"
    yield (
        "bmp with a negative width",
        "bmp",
        b"BM" + struct.pack("<IHHIIiiHHI", 70, 0, 0, 54, 40, -64, 64, 1, 24, 0) + bytes(40),
    )


def picture_cases() -> Iterator[Case]:
    """Broken pictures, given in turn to the three commands that take one."""

    def case(
        name: str, suffix: str, content: bytes | None = None, prepare: Callable[[Path], object] | None = None
    ) -> Case:
        picture = f"{{dir}}/picture.{suffix}"
        calls = (("perceive", picture), ("plan", picture), ("--image", picture, "--out", "{dir}/piece.mid"))
        case.count += 1  # type: ignore[attr-defined]
        make = prepare or (lambda folder: (folder / f"picture.{suffix}").write_bytes(content or b""))
        return Case(name, calls[case.count % 3], 1, make)  # type: ignore[attr-defined]

    case.count = 0  # type: ignore[attr-defined]
    for suffix in FORMATS:
        good = picture_bytes(suffix)
        for share in (0.0, 0.02, 0.1, 0.5, 0.8):
            yield case(f"{suffix} cut at {share:.0%}", suffix, good[: int(len(good) * share)])
        yield case(f"text named .{suffix}", suffix, b"A painting of the sea.\n" * 20)
        yield case(f"{suffix} of 1 x 1", suffix, picture_bytes(suffix, (1, 1)))
        yield case(
            f"noise after a {suffix} signature", suffix, good[:12] + bytes((i * 37 + 11) % 256 for i in range(4000))
        )
    yield case("strip of 3000 x 1", "png", picture_bytes("png", (3000, 1)))
    for number, (suffix, content) in enumerate(bombs(), 1):
        yield case(f"{suffix} bomb {number}", suffix, content)
    for name, suffix, content in damaged():
        yield case(name, suffix, content)
    for name, content in {
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "html": b"<!doctype html><img src=x>",
        "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
        "midi": b"MThd\0\0\0\6\0\0\0\1\0\x60",
        "zip": b"PK\x03\x04" + bytes(30),
        "pickle": b"\x80\x04\x95cposix\nsystem\n(S'true'\ntR.",
        "zeros": bytes(100_000),
        "icon": b"\0\0\1\0\1\0" + bytes(40),
    }.items():
        yield case(f"{name} named .png", "png", content)
    yield case("a folder", "png", prepare=lambda folder: (folder / "picture.png").mkdir())
    yield case("no such file", "png", prepare=lambda _folder: None)
    if hasattr(os, "mkfifo"):
        yield case("a pipe that nobody writes to", "png", prepare=lambda folder: os.mkfifo(folder / "picture.png"))
        yield case("a link to itself", "png", prepare=lambda folder: (folder / "picture.png").symlink_to("picture.png"))
    yield Case("a path through a file", ("perceive", "{dir}/file/x.png"), 1, lambda folder: (folder / "file").touch())
    yield Case("a name with a line break", ("perceive", "{dir}/a\nb\rc.png"), 1)
    yield Case("a name with a null byte", ("--image", "a\0b.png", "--out", "{dir}/x.mid"), 1)
    yield Case("a name with an escape sequence", ("perceive", "{dir}/\x1b[31mred.png"), 1)
    yield Case("a name of 5000 letters", ("perceive", "{dir}/" + "n" * 5000 + ".png"), 1)
    for name, exif in {
        "garbage": b"Exif\0\0" + b"\xff" * 60,
        "empty": b"Exif\0\0",
        "loop": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01",
    }.items():
        yield Case(
            f"good picture, {name} EXIF",
            ("perceive", "{dir}/picture.jpg"),
            0,
            lambda folder, exif=exif: (folder / "picture.jpg").write_bytes(picture_bytes("jpg", (200, 120), exif=exif)),  # type: ignore[misc]
        )


# ---------------------------------------------------------------------------------------------- plans

Edit = Callable[[dict[str, Any]], object]


def _set(*path: str | int, to: Any) -> Edit:
    def edit(plan: dict[str, Any]) -> None:
        place: Any = plan
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return edit


EDITS: dict[str, Edit] = {
    **{
        f"without {name}": lambda plan, name=name: plan.pop(name)  # type: ignore[misc]
        for name in ("tonic", "mode", "tempo_bpm", "meter", "bars", "sections", "chords", "instruments")
    },
    **{
        f"{name} = {value!r}": _set(name, to=value)
        for name, value in (
            ("tonic", "H"), ("tonic", 3), ("mode", "happy"), ("mode", None), ("tempo_bpm", 0), ("tempo_bpm", "fast"),
            ("tempo_bpm", float("nan")), ("tempo_bpm", float("inf")), ("tempo_bpm", -90), ("meter", "5/3"),
            ("meter", "0/4"), ("meter", 4), ("meter", "16/2"), ("bars", 0), ("bars", -1), ("bars", 10**12),
            ("bars", 3.5), ("bars", True), ("bars", "16"), ("sections", []), ("sections", {}), ("sections", "A"),
            ("chords", []), ("chords", [None]), ("instruments", []), ("instruments", None),
            ("dynamics", [0.5]), ("dynamics", "loud"), ("articulation", 7), ("valence", 2),
            ("arousal", "high"), ("reasons", []), ("title", ["x"]), ("format", "composer-plan/99"), ("tempo", 90),
        )
    },
    "a section too long": _set("sections", 0, "bars", to=99),
    "a section that starts late": _set("sections", 0, "start_bar", to=2),
    "phrases that do not add up": _set("sections", 0, "phrases", to=[1]),
    "an unknown cadence": _set("sections", 0, "cadence", to="sudden"),
    "a chord of nonsense": _set("chords", 0, "symbol", to="Qz9"),
    "a chord in bar 0": _set("chords", 0, "bar", to=0),
    "a chord beyond the end": _set("chords", -1, "bar", to=9999),
    "an unknown role": _set("instruments", 0, "role", to="conductor"),
    "program 128": _set("instruments", 0, "program", to=128),
    "an upside-down range": lambda plan: plan["instruments"][0].update(low=90, high=40),
    "17 instruments": lambda plan: plan.update(instruments=[plan["instruments"][0]] * 17),
}  # fmt: skip

TEXTS: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"tonic: D\nmode: dorian\n",
    "a list": b"[]",
    "a number": b"16",
    "null": b"null",
    "cut off": b'{"tonic": "D", "mode": "dor',
    "50,000 brackets": b"[" * 50_000,
    "50,000 objects": b'{"plan":' * 50_000,
    "a number of 6,000 digits": b'{"bars": ' + b"9" * 6000 + b"}",
    "no UTF-8": b'{"title": "\xff\xfe\xfa"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "half a surrogate": b'{"title": "\\ud800", "tonic": "C"}',
    "five megabytes": b" " * 5_000_000 + b"{}",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
}


def plan_cases() -> Iterator[Case]:
    """Broken plans."""
    good = good_plan()

    def case(name: str, content: bytes) -> Case:
        return Case(
            f"plan: {name}",
            ("--plan", "{dir}/plan.json", "--out", "{dir}/piece.mid"),
            1,
            lambda folder: (folder / "plan.json").write_bytes(content),
        )

    for name, edit in EDITS.items():
        edited = copy.deepcopy(good)
        edit(edited)
        yield case(name, json.dumps(edited).encode())
    for name, content in TEXTS.items():
        yield case(name, content)
    yield Case("plan: no such file", ("--plan", "{dir}/plan.json", "--out", "{dir}/piece.mid"), 1)
    yield Case("plan: a folder", ("--plan", "{dir}", "--out", "{dir}/piece.mid"), 1)


def good_plan() -> dict[str, Any]:
    """A valid plan."""
    from composer.options import ComposeOptions
    from composer.pipeline.compose import plan
    from composer.planning import plan_to_json

    data: dict[str, Any] = json.loads(plan_to_json(plan(ComposeOptions(valence=0.2, arousal=-0.1, bars=8))))
    return data


# ------------------------------------------------------------------------------ options, outputs, audio

FEELING = ("--valence", "0.2", "--arousal", "0.1")


def option_cases() -> Iterator[Case]:
    """Wrong options: always exit code 2."""
    for option, values in {
        "--bars": ("0", "-1", "257", "many", "1.5"),
        "--tempo": ("0", "301", "nan", "inf", "fast"),
        "--key": ("H", "", "C###x"),
        "--mode": ("happy", ""),
        "--meter": ("4", "0/4", "5/3", "99/4"),
        "--instruments": ("kazoo orchestra", "128", "-1", ",".join(["violin"] * 17)),
        "--candidates": ("0", "1000"),
        "--temperature": ("0", "-1", "nan"),
        "--top-p": ("0", "1.5"),
        "--humanize": ("-0.1", "2", "nan", "freely"),
        "--seed": ("-1", "x", "1e3", "9" * 40),
    }.items():
        for value in values:
            yield Case(f"{option} {value[:24]!r}", (*FEELING, option, value, "--out", "{dir}/piece.mid"), 2)
    for name, arguments in {
        "valence alone": ("--valence", "0.5", "--out", "{dir}/piece.mid"),
        "valence 2": ("--valence", "2", "--arousal", "0", "--out", "{dir}/piece.mid"),
        "arousal NaN": ("--valence", "0", "--arousal", "nan", "--out", "{dir}/piece.mid"),
        "an unknown option": ("--colour", "blue"),
        "an option without its value": ("--image",),
        "an unknown subcommand": ("paint", "x.png"),
        "perceive without a picture": ("perceive",),
        "perceive with two": ("perceive", "a.png", "b.png"),
        "an option before a subcommand": ("--bars", "8", "plan", "x.png"),
        "models with an unknown word": ("models", "steal"),
        "an unknown model": ("models", "pull", "gpt-5"),
        "render without a file": ("render",),
        "a plan and a MIDI file": ("plan", "--plan", "{dir}/plan.json", "--from-midi", "{dir}/x.mid"),
        "bars of no file": ("plan", *FEELING, "--from-bars", "1-4"),
        "bars in words": ("plan", "--from-midi", "{dir}/x.mid", "--from-bars", "four"),
        "only -q": ("-q", "--out", "{dir}/piece.mid"),
        "no such clip": ("perceive", "{dir}/picture.png", "--clip", "nonsense"),
    }.items():
        yield Case(name, arguments, 2, good_picture)
    yield Case("offline pull", ("models", "pull", "ViT-B-32/laion2b_s34b_b79k"), 3)
    yield Case(
        "clip that is not here",
        ("perceive", "{dir}/picture.png", "--clip", "ViT-B-32/laion2b_s34b_b79k"),
        3,
        good_picture,
    )


def good_picture(folder: Path) -> None:
    """Put a usable picture there."""
    (folder / "picture.png").write_bytes(picture_bytes("png", (160, 120)))


def output_cases() -> Iterator[Case]:
    """Places where nothing can be written."""

    def prepare(folder: Path) -> None:
        good_picture(folder)
        (folder / "file").touch()
        (folder / "folder.mid").mkdir()

    picture = ("--image", "{dir}/picture.png", "--out")
    for name, code, outs in (
        ("an unknown extension", 2, ("{dir}/piece.mp17",)),
        ("no extension", 2, ("{dir}/piece",)),
        ("a dot only", 2, ("{dir}/.mid",)),
        ("the picture itself", 2, ("{dir}/picture.png",)),
        ("the same name twice", 2, ("{dir}/a.mid", "--out", "{dir}/./a.mid")),
        ("a missing folder", 1, ("{dir}/no/where/piece.mid",)),
        ("a path through a file", 1, ("{dir}/file/piece.mid",)),
        ("a folder", 1, ("{dir}/folder.mid",)),
        ("a name of 300 letters", 1, ("{dir}/" + "n" * 300 + ".mid",)),
        ("a null byte", 1, ("{dir}/a\0b.mid",)),
        ("one good, one in a missing folder", 1, ("{dir}/good.mid", "--out", "{dir}/no/bad.mid")),
        ("one good, one with a wrong extension", 2, ("{dir}/good.mid", "--out", "{dir}/bad.doc")),
        ("an empty name", 2, ("",)),
    ):
        yield Case(f"output: {name}", (*picture, *outs), code, prepare)
    if Path("/proc/self").exists():
        yield Case("output: a folder that takes no files", (*picture, "/proc/piece.mid"), 1, prepare)
    yield Case(
        "output: over its own plan",
        ("--plan", "{dir}/plan.json", "--out", "{dir}/plan.json"),
        2,
        lambda folder: (folder / "plan.json").write_text(json.dumps(good_plan())),
    )


def midi_bytes() -> bytes:
    """A good MIDI file with one note."""
    track = bytes([0, 0x90, 60, 80, 0x83, 0x60, 0x80, 60, 0, 0, 0xFF, 0x2F, 0])
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480) + b"MTrk" + struct.pack(">I", len(track)) + track


def soundfonts() -> dict[str, bytes]:
    """Files that are no soundfonts."""
    return {
        "empty": b"",
        "text": b"not a soundfont\n" * 100,
        "a header only": b"RIFF" + struct.pack("<I", 4) + b"sfbk",
        "cut off": b"RIFF" + struct.pack("<I", 5_000_000) + b"sfbkLIST" + bytes(1000),
        "zeros inside": b"RIFF" + struct.pack("<I", 4 + 5000) + b"sfbk" + bytes(5000),
        "a wave file": b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(28),
    }


def audio_cases() -> Iterator[Case]:
    """Broken MIDI files and soundfonts."""
    good = midi_bytes()
    for name, content in {
        "empty": b"",
        "text": b"la la la",
        "header only": good[:14],
        "half a header": good[:9],
        "half a track": good[:-8],
        "no notes": b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480) + b"MTrk" + struct.pack(">I", 4) + b"\0\xff\x2f\0",
        "a division of 0": good[:12] + b"\0\0" + good[14:],
        "a track of 4 GB": good[:18] + b"\xff\xff\xff\xff" + good[22:],
        "a delta of a year": good[:22] + b"\xff\xff\xff\x7f" + good[23:],
        "a picture": picture_bytes("png"),
        "noise": bytes((i * 91 + 7) % 256 for i in range(3000)),
    }.items():
        yield Case(
            f"midi: {name}",
            ("render", "{dir}/x.mid", "--out", "{dir}/x.wav"),
            1,
            lambda folder, content=content: (folder / "x.mid").write_bytes(content),  # type: ignore[misc]
        )
        for number, arguments in enumerate(
            (
                ("plan", "--from-midi", "{dir}/x.mid"),
                ("render", "{dir}/x.mid", "--out", "{dir}/x.musicxml"),
                ("render", "{dir}/x.mid", "--stems", "{dir}/stems"),
            )
        ):
            yield Case(
                f"midi: {name}, {('as a plan', 'as a score', 'as stems')[number]}",
                arguments,
                1,
                lambda folder, content=content: (folder / "x.mid").write_bytes(content),  # type: ignore[misc]
            )
    yield Case("midi: stems where no folder is", ("render", "{dir}/x.mid", "--stems", "{dir}/no/stems"), 1)
    yield Case("midi: no such file", ("render", "{dir}/x.mid", "--out", "{dir}/x.wav"), 1)
    yield Case("midi: a folder", ("render", "{dir}", "--out", "{dir}/x.wav"), 1)
    yield Case("midi: an output of no known format", ("render", "{dir}/x.mid", "--out", "{dir}/x.mp3"), 2)

    def prepare(font: bytes | None) -> Callable[[Path], None]:
        def make(folder: Path) -> None:
            good_picture(folder)
            (folder / "x.mid").write_bytes(good)
            if font is not None:
                (folder / "font.sf2").write_bytes(font)

        return make

    for name, font in {**soundfonts(), "missing": None}.items():
        yield Case(
            f"soundfont: {name}",
            ("render", "{dir}/x.mid", "--out", "{dir}/x.wav", "--soundfont", "{dir}/font.sf2"),
            3,
            prepare(font),
        )
        yield Case(
            f"soundfont in the environment: {name}",
            (
                "--image",
                "{dir}/picture.png",
                "--out",
                "{dir}/x.wav",
                "--out",
                "{dir}/x.mid",
                "--candidates",
                "1",
                "--bars",
                "4",
            ),
            3,
            prepare(font),
            {"COMPOSER_SOUNDFONT": "{dir}/font.sf2"},
        )
    yield Case(
        "soundfont: a folder",
        ("render", "{dir}/x.mid", "--out", "{dir}/x.wav", "--soundfont", "{dir}"),
        3,
        prepare(None),
    )


_COMPOSE = ("--image", "{dir}/picture.png", "--out", "{dir}/x.mid", "--bars", "4", "--candidates", "1")
_USES: dict[str, tuple[str, ...]] = {
    "sentence-encoder": ("perceive", "{dir}/picture.png", "--ask", "a storm at sea"),
    "text-affect": ("plan", "--mood", "quiet grief"),
    "audio-text-encoder": ("evaluate", "{dir}/music.mid", "--text", "a calm piece for piano"),
}
"""Folder of weights -> a command that needs them, where composing does not."""


def weight_cases() -> Iterator[Case]:
    """A damaged copy of each model file in COMPOSER_HOME; each in a process of its own, since models stay loaded."""
    from composer import assets

    for asset in assets.registry():
        if asset.embedded:

            def damage(folder: Path, name: str = asset.name) -> None:
                good_picture(folder)
                (folder / "music.mid").write_bytes(midi_bytes())
                target = folder / "home" / name
                target.parent.mkdir(parents=True)
                content = bytearray(assets.resolve(name).read_bytes())
                content[len(content) // 2] ^= 0xFF
                target.write_bytes(content)

            yield Case(
                f"damaged {asset.name}", ("models", "verify"), 3, damage, {"COMPOSER_HOME": "{dir}/home"}, process=True
            )
            if asset.kind == "weights":
                arguments = _USES.get(asset.name.partition("/")[0], _COMPOSE)
                yield Case(
                    f"{'composing' if arguments is _COMPOSE else arguments[0]} with a damaged {asset.name}",
                    arguments,
                    3,
                    damage,
                    {"COMPOSER_HOME": "{dir}/home"},
                    process=True,
                )


def all_cases() -> list[Case]:
    """Every case, each kind in its order."""
    kinds = (picture_cases, plan_cases, option_cases, output_cases, audio_cases, weight_cases)
    return [case for kind in kinds for case in kind()]


# -------------------------------------------------------------------------------------------- running


@dataclass(frozen=True)
class Outcome:
    """What a call did."""

    code: int
    out: str
    err: str


def run_case(case: Case, *, process: bool = False) -> list[str]:
    """Run one case in a folder of its own; returns what was wrong, nothing when all is well."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        case.prepare(folder)
        before = set(folder.rglob("*"))
        arguments = [argument.replace("{dir}", str(folder)) for argument in case.arguments]
        environment = {name: value.replace("{dir}", str(folder)) for name, value in case.environment.items()}
        environment = {"COMPOSER_OFFLINE": "1", "COMPOSER_HOME": str(folder / "no-home"), **environment}
        # A null byte cannot be handed to another process at all.
        apart = (process or case.process) and not any("\0" in argument for argument in arguments)
        outcome = _in_a_process(arguments, environment) if apart else _in_process(arguments, environment)
        return list(_faults(case, outcome, sorted(set(folder.rglob("*")) - before)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _faults(case: Case, outcome: Outcome, left: list[Path]) -> Iterator[str]:
    lines = outcome.err.splitlines()
    if outcome.code != case.code:
        yield f"exit code {outcome.code}, expected {case.code}"
    if "Traceback" in outcome.err or "unexpected failure" in outcome.err:
        yield "an unexpected failure"
    if case.code == 0:
        if lines:
            yield f"talk on stderr: {lines[0][:100]}"
        return
    if len(lines) != 2 or not lines[0].startswith("compose: error: ") or not lines[1].startswith("hint: "):
        yield f"{len(lines)} lines on stderr: {outcome.err[:300]!r}"
    if outcome.out and case.arguments[:2] != ("models", "verify"):
        yield f"data on stdout: {outcome.out[:60]!r}"
    if left:
        yield f"left behind: {', '.join(path.name for path in left)}"


def _in_process(arguments: list[str], environment: dict[str, str]) -> Outcome:
    from click.testing import CliRunner

    from composer.cli import app

    with _standard_error_of_libraries() as native:
        result = CliRunner().invoke(app, arguments, prog_name="compose", env=environment)
    err = result.stderr + native()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        err += f"\nTraceback: {result.exception!r}"
    return Outcome(code=result.exit_code, out=result.stdout, err=err)


@contextmanager
def _standard_error_of_libraries() -> Iterator[Callable[[], str]]:
    """Catch what native code writes past Python's sys.stderr."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        text = ""
        try:
            yield lambda: text
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            caught.seek(0)
            text = caught.read().decode(errors="replace")


def _in_a_process(arguments: list[str], environment: dict[str, str]) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-c", "from composer.cli import entry; entry()", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
    )
    return Outcome(code=done.returncode, out=done.stdout, err=done.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="run every Nth case only")
    parser.add_argument("--verbose", action="store_true", help="a line for every case, not only for failures")
    parser.add_argument("--only", default="", metavar="TEXT", help="run only cases with this in their name")
    options = parser.parse_args()
    cases = [case for case in all_cases() if options.only in case.name][:: options.every]
    failed = 0
    start = time.monotonic()
    for number, case in enumerate(cases):
        faults = run_case(case, process=number % SAMPLE == SAMPLE - 1)
        failed += bool(faults)
        if faults or options.verbose:
            print(
                f"{'FAILED' if faults else 'ok':<7} {case.code}  {case.name}  {'; '.join(faults)}".rstrip(), flush=True
            )
    print(f"{len(cases) - failed} passed, {failed} failed ({time.monotonic() - start:.0f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
