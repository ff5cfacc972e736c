"""How long does the whole set of measures take? Two sets of MIDI files, cold cache, sound included.

    python benchmarks/evaluation/timing.py --data DIR --n 200 [--made DIR]

The reference are excerpts of works of the test split; the set are the files of --made, or excerpts of the validation
split, which cost the same. Writes timing.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import argparse
import importlib.util
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from composer.evaluation import compare_sets, set_report

__all__ = ["main"]


def _excerpts(data: Path, split: str, n: int, folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("evaluation_run", Path(__file__).with_name("run.py"))
    assert spec is not None
    assert spec.loader is not None
    run: Any = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = run  # dataclasses look their module up
    spec.loader.exec_module(run)
    folder.mkdir()
    found: list[Any] = []
    for seed in range(10):  # other bars of the same works, where there are fewer works than excerpts
        if len(found) < n:
            found += run.excerpts(data, split, n - len(found), 16, seed)
    for number, midi in enumerate(found):
        (folder / f"{number:03}.mid").write_bytes(run.midi_bytes(midi))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = Path(os.environ.get("COMPOSER_DATA", "../shared/data"))
    parser.add_argument("--data", type=Path, default=default, help="folder with music/open.tar.xz and pop909.tar.xz")
    parser.add_argument("--made", type=Path, help="folder of pieces; without it, excerpts of the validation split")
    parser.add_argument("--n", type=int, default=200, help="pieces on either side (default 200)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder for the result")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        made, reference = options.made or Path(folder) / "made", Path(folder) / "reference"
        if options.made is None:
            _excerpts(options.data, "val", options.n, made)
        _excerpts(options.data, "test", options.n, reference)
        os.environ["XDG_CACHE_HOME"] = folder  # nothing is known yet

        def show(what: str, share: float) -> None:
            print(f"\r{share:4.0%} {what}   ", end="", file=sys.stderr, flush=True)

        before, started = os.times(), time.perf_counter()
        found = compare_sets(made, reference, workers=options.workers, progress=show)
        set_report(found, Path(folder) / "sets.html")
        wall, after = time.perf_counter() - started, os.times()
        print(file=sys.stderr)
    busy = sum(
        getattr(after, name) - getattr(before, name) for name in ("user", "system", "children_user", "children_system")
    )
    sizes = [len(each.samples) for each in (found.made, found.reference)]
    text = (
        f"{sizes[0]} pieces against {sizes[1]}, {options.workers} processes, cold cache: {wall:.0f} s, of which "
        f"{busy:.0f} s of processor time ({busy / sum(sizes):.2f} s a piece)\n"
        f"200 against 200 at that cost: {400 * busy / sum(sizes) / 2 / 60:.1f} minutes on two idle cores\n"
        f"embeddings: {', '.join(each.embedding for each in found.distances)}; measures: {len(found.means)}\n"
    )
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "timing.txt").write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
