"""What the fuzzers start from, all of it made here: small pictures, plans, MIDI files, tables and notes.

    python benchmarks/fuzz/seeds.py FOLDER       a folder a target

`run.py` starts from these and from ``corpus.zip``, the inputs that earlier runs kept because they reached new code.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from common import argument_parser
from composer.planning import PlanOverrides, make_plan, plan_to_json

__all__ = ["seeds"]

_SIDE = 64


def seeds() -> Iterator[tuple[str, bytes]]:
    """(target, input)."""
    yield from (("picture", data) for data in _pictures())
    yield from (("plan", data) for data in _plans())
    for data in _midi():
        yield "midi", data
        yield "musicxml", data
    yield from (("musicxml", data) for data in _notes())
    yield from (("manifest", data) for data in _manifests())


def _pictures() -> Iterator[bytes]:
    from PIL import Image, PngImagePlugin, features

    stripes = bytes((x * 5 + y * 3 + c * 60) % 256 for y in range(_SIDE) for x in range(_SIDE) for c in range(3))
    rgb = Image.frombytes("RGB", (_SIDE, _SIDE), stripes)
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x0112] = "A pier", "Nobody", 6
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "A pier")
    texts.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", zip=True)
    forms: list[tuple[Image.Image, str, dict[str, object]]] = [
        (rgb, "PNG", {"pnginfo": texts, "exif": exif}),
        (rgb.quantize(8), "PNG", {"transparency": 0}),
        (Image.frombytes("I;16", (_SIDE, _SIDE), stripes[: 2 * _SIDE * _SIDE]), "PNG", {}),
        (rgb, "JPEG", {"exif": exif, "quality": 30}),
        (rgb, "JPEG", {"progressive": True, "quality": 30}),
        (rgb.convert("CMYK"), "JPEG", {"quality": 30}),
        (rgb, "WEBP", {"quality": 20}),
        (rgb, "WEBP", {"lossless": True}),
        *((rgb, "TIFF", {"compression": name}) for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits")),
        (rgb.convert("1"), "TIFF", {"compression": "group4"}),
        (rgb, "BMP", {}),
        (rgb.quantize(4), "GIF", {"save_all": True, "append_images": [rgb.quantize(4)]}),
        *([(rgb, "AVIF", {"quality": 20})] if features.check("avif") else []),
        *([(rgb, "JPEG2000", {"quality_layers": [40]})] if features.check("jpg_2000") else []),
    ]
    for picture, kind, options in forms:
        out = io.BytesIO()
        picture.save(out, kind, **options)
        yield out.getvalue()


def _plans() -> Iterator[bytes]:
    feelings = ((0.8, 0.7, "4/4"), (-0.7, -0.5, "3/4"), (-0.6, 0.8, "6/8"))
    for seed, (valence, arousal, meter) in enumerate(feelings):
        overrides = PlanOverrides(bars=4 + seed, valence=valence, arousal=arousal, meter=meter)
        text = plan_to_json(make_plan(None, overrides=overrides, seed=seed, title="A pier"), indent=None)
        yield text.encode()
        data = json.loads(text)
        short = ("format", "title", "tonic", "mode", "tempo_bpm", "meter", "bars", "sections", "chords", "instruments")
        yield json.dumps({"plan": {name: data[name] for name in short}}).encode()


def _midi() -> Iterator[bytes]:
    from builders.odd_midi import ACCEPTED, REFUSED

    yield from (odd.data for odd in (*ACCEPTED, *REFUSED) if len(odd.data) < 2000)


def _notes() -> Iterator[bytes]:
    for number in range(20):
        head = bytes((number, number, number, number * 3, 40 * number % 256, 255 - 12 * number, 70, number))
        body = (
            value for step in range(20) for value in (step, step * 6, number + step * 5 % 24, (1, 5, 11, 23)[step % 4])
        )
        yield head + "Ölberg &<\u2028".encode().ljust(16) + bytes(body)


def _manifests() -> Iterator[bytes]:
    yield b"picture,title,seed,bars\na.png,A pier,1,8\nb.png,,,\n"
    yield "\ufefffile;x,name,tempo,key,mode\n".encode() + b'"a,b.png",n,90,Eb,minor\n'
    yield b'path,duration,ignore-words,valence,label\r\n"a ""b"".png",1:30,yes,-0.5,x\r\n'
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return
    for table in (
        pa.table({"picture": ["a.png", "b.png"], "seed": [1, None], "title": ["A pier", None]}),
        pa.table({"image": pa.array(["a.png"]).dictionary_encode(), "tempo": [90.5], "lists": [[1, 2]]}),
    ):
        out = io.BytesIO()
        pq.write_table(table, out, compression="NONE")
        yield out.getvalue()


def main() -> None:
    """Write them."""
    parser: argparse.ArgumentParser = argument_parser(__doc__, whole=True)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for number, (target, data) in enumerate(seeds()):
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / f"seed-{number:03}").write_bytes(data)


if __name__ == "__main__":
    main()
