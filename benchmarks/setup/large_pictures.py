"""The memory and time that large pictures take to be read: 100 megapixels whole, 500 at a fraction of their size.

    python benchmarks/setup/large_pictures.py

Each picture is of one colour (its content hardly matters to the memory), is made here, and is read in a process of its
own. Writes large_pictures.csv beside this file, or into --out. Linux only: the highest memory is read from /proc.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PICTURES: dict[str, tuple[str, int, dict[str, Any]]] = {
    "rgb.png": ("RGB", 10_000, {"compress_level": 1}),
    "rgba.png": ("RGBA", 10_000, {"compress_level": 1}),
    "palette.png": ("P", 10_000, {"compress_level": 1}),
    "grey16.png": ("I;16", 10_000, {"compress_level": 1}),
    "float.tif": ("F", 10_000, {}),
    "cmyk.jpg": ("CMYK", 10_000, {"quality": 85}),
    "progressive.jpg": ("RGB", 10_000, {"quality": 85, "progressive": True}),
    "grey500.jpg": ("L", 22_300, {"quality": 70}),
}
"""Name -> Pillow's mode, side in pixels, and how it is saved."""


def read(path: Path) -> dict[str, Any]:
    """Read a picture; what that took, of this process."""
    from composer.perception.image import load_painting

    started = time.process_time()
    painting = load_painting(path)
    highest = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))
    assert highest is not None
    return {
        "picture": path.name,
        "megapixels": round(painting.width * painting.height / 1e6),
        "processor_s": round(time.process_time() - started, 1),
        "memory_mb": int(highest[1]) // 1024,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder for the table")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        print(json.dumps(read(arguments.read)))
        return 0
    from PIL import Image

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (mode, side, options) in PICTURES.items():
            path = Path(folder) / name
            Image.new(mode, (side, side)).save(path, **options)
            command = [sys.executable, __file__, "--read", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append(json.loads(done.stdout))
            print(rows[-1], flush=True)
            path.unlink()
    with (arguments.out / "large_pictures.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
