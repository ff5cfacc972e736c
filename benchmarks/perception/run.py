"""Measure the speed of reading a picture; gather all figures in results.csv.

    python benchmarks/perception/run.py --data DIR

``heads.csv``, ``affect.csv`` and ``words.csv`` come from ``composer.training.perception.fit_heads``, ``fit_affect`` and
``fit_words``, ``locked.csv`` from ``read_locked``.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import argument_parser, write_csv
from composer.perception.image import load_painting
from composer.perception.perceive import perceive
from composer.training.perception.corpus import data_folder
from composer.training.perception.head_figures import wilson
from composer.types import Painting

HERE = Path(__file__).parent


def timing(data: Path) -> list[list[object]]:
    path = min((data / "paintings").glob("*.jpg"))
    painting = load_painting(path)
    perceive(painting)
    spans = []
    for _ in range(20):
        start = time.perf_counter()
        perceive(load_painting(path))
        spans.append(1000 * (time.perf_counter() - start))
    code = (
        f"import sys; sys.argv = ['compose', 'perceive', {str(path)!r}]\nfrom composer.cli import entry\n"
        "try:\n    entry()\nfinally:\n"
        # Linux's own high-water mark: getrusage's would be this process's, which the child inherits.
        "    peak = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')]\n"
        "    print(peak[0], int('torch' in sys.modules), file=sys.stderr)"
    )
    cold, peak, torch = [], [], []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        cold.append(1000 * (time.perf_counter() - start))
        kilobytes, loaded = done.stderr.split()[-2:]
        peak.append(int(kilobytes) / 1000)
        torch.append(int(loaded))
    assert isinstance(painting, Painting)
    return [
        ["cold command, peak memory in MB (median, min, max)", 3, np.median(peak), min(peak), max(peak)],
        ["cold command, torch is loaded", 3, max(torch), max(torch), max(torch)],
        ["warm load and perceive, ms (median, min, max)", 20, np.median(spans), min(spans), max(spans)],
        ["cold command, ms (median, min, max)", 3, np.median(cold), min(cold), max(cold)],
    ]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    data = data_folder(args.data)
    rows = timing(data)
    for name in ("heads.csv", "affect.csv"):
        with (HERE / name).open() as file:
            rows += [[row["measure"], row["n"], *map(float, (row["value"], row["low95"], row["high95"]))]
                     for row in csv.DictReader(file)]  # fmt: skip
    with (HERE / "words.csv").open() as file:
        for row in csv.DictReader(file):
            n = int(row["names"])
            for name in ("top1", "untuned", "chance"):
                share = float(row[name])
                rows.append([f"words {row['group']}: first-ranked is named ({name})", n, share, *wilson(share, n)])
    for name, n, *values in rows:
        print(name, n, *(f"{value:.3f}" for value in values), sep=" | ")
    cells = ([name, n, *(f"{value:.3f}" for value in values)] for name, n, *values in rows)
    write_csv(HERE / "results.csv", ("measure", "n", "value", "low95", "high95"), cells)


if __name__ == "__main__":
    main()
