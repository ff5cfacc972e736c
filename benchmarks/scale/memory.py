"""Does memory stay flat over a thousand pieces in one process?

    scripts/bench scale/memory --n 1000                       short pieces, MIDI and score, from eight pictures in turn
    scripts/bench scale/memory --n 200 --formats mid,json     other results

Every piece goes the whole way, from the picture to its files, in this process. `memory.csv` has a row a piece: resident
memory after it, and processor seconds so far. The slope is that of a line through the least memory of every block of
twenty pieces, the first hundred pieces (loading, caches that fill up) left out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, progress, write_csv, write_summary
from composer.options import ComposeOptions
from composer.pipeline.compose import run

COLUMNS = ("piece", "resident_mb", "processor_s")
_BLOCK, _WARM = 20, 100
_FEELINGS = ((0.8, 0.7), (-0.7, -0.5), (-0.6, 0.8), (0.5, -0.7))


def resident_mb() -> float:
    """Resident memory of this process now; where /proc is missing, the highest so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def pictures(folder: Path) -> list[Path]:
    """Pictures made here, small, of different colours and kinds."""
    from PIL import Image

    paths = []
    for number in range(8):
        y, x = np.mgrid[0:240, 0:320]
        waves = np.sin(x / (7 + 5 * number)) + np.cos(y / (31 - 3 * number))
        rgb = np.stack([(waves * (50 + 20 * c) + 40 * number * (c + 1)) % 256 for c in range(3)], axis=-1)
        paths.append(folder / f"picture-{number}.{'png' if number % 2 else 'jpg'}")
        Image.fromarray(rgb.astype(np.uint8)).save(paths[-1])
    return paths


def slope(memory: Sequence[float]) -> tuple[float, float, float]:
    """Megabytes per thousand pieces with a 95 % interval, by least squares over the blocks' least memory."""
    from scipy import stats

    kept = np.asarray(memory[min(_WARM, len(memory) // 2) :])
    blocks = np.array([kept[first : first + _BLOCK].min() for first in range(0, len(kept) - _BLOCK + 1, _BLOCK)])
    if len(blocks) < 4:
        return float("nan"), float("nan"), float("nan")
    fit = stats.linregress(np.arange(len(blocks)) * _BLOCK / 1000, blocks)
    margin = float(stats.t.ppf(0.975, len(blocks) - 2)) * fit.stderr
    return float(fit.slope), float(fit.slope - margin), float(fit.slope + margin)


def main() -> None:
    """Compose, and keep what it took."""
    parser = argument_parser(__doc__, whole=True)
    add_number(parser, "--n", 1000, "pieces")
    add_number(parser, "--bars", 4, "bars of each")
    parser.add_argument("--formats", default="mid,musicxml,json", help="results (default %(default)s)")
    add_out(parser, __file__, "folder for memory.csv and memory.txt")
    options = parser.parse_args()
    rows: list[tuple[object, ...]] = []
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = pictures(folder)
        outs = tuple(folder / f"piece.{extension}" for extension in options.formats.split(","))
        for number in progress(range(options.n), options.n):
            feeling = dict(zip(("valence", "arousal"), _FEELINGS[number // 8 % 4], strict=True)) if number % 2 else {}
            run(
                ComposeOptions(
                    image=found[number % 8], outs=outs, bars=options.bars, candidates=1, seed=number, **feeling
                )
            )
            memory.append(resident_mb())
            rows.append((number + 1, round(memory[-1], 1), round(time.process_time(), 2)))
            if (number + 1) % 50 == 0:
                write_csv(options.out / "memory.csv", COLUMNS, rows)
    write_csv(options.out / "memory.csv", COLUMNS, rows)
    each, low, high = slope(memory)
    warm = min(_WARM, len(memory) // 2)
    text = (
        f"{options.n} pieces of {options.bars} bars ({options.formats}) in one process: "
        f"{memory[0]:.0f} MB after the first, {memory[warm]:.0f} after {warm + 1}, "
        f"{memory[-1]:.0f} after the last, {max(memory):.0f} at most; "
        f"slope {each:+.1f} [{low:+.1f}, {high:+.1f}] MB per thousand pieces; "
        f"{time.process_time() / options.n:.2f} processor seconds a piece\n"
    )
    write_summary(options.out, text, name="memory.txt")


if __name__ == "__main__":
    main()
