"""How long does the whole set of measures take? Two sets of MIDI files, cold cache, sound included.

    python benchmarks/evaluation/timing.py --data DIR --n 200 [--made DIR]

The reference are excerpts of works of the test split; the set are the files of --made, or excerpts of the validation
split, which cost the same. Writes timing.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, load_program, processor_seconds, write_summary
from composer.evaluation import compare_sets, set_report

__all__ = ["main"]


def _excerpts(data: Path, split: str, n: int, folder: Path) -> None:
    run = load_program("evaluation")
    folder.mkdir()
    found: list[Any] = []
    for seed in range(10):  # other bars of the same works, where there are fewer works than excerpts
        if len(found) < n:
            found += run.excerpts(data, split, n - len(found), 16, seed)
    for number, midi in enumerate(found):
        (folder / f"{number:03}.mid").write_bytes(run.midi_bytes(midi))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__)
    add_data(parser)
    parser.add_argument("--made", type=Path, help="folder of pieces; without it, excerpts of the validation split")
    add_number(parser, "--n", 200, "pieces on either side")
    add_number(parser, "--workers", 2, "processes")
    add_out(parser, __file__, "folder for the result")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        made, reference = options.made or Path(folder) / "made", Path(folder) / "reference"
        if options.made is None:
            _excerpts(options.data, "val", options.n, made)
        _excerpts(options.data, "test", options.n, reference)
        os.environ["XDG_CACHE_HOME"] = folder  # nothing is known yet

        def show(what: str, share: float) -> None:
            print(f"\r{share:4.0%} {what}   ", end="", file=sys.stderr, flush=True)

        before, started = processor_seconds(), time.perf_counter()
        found = compare_sets(made, reference, workers=options.workers, progress=show)
        set_report(found, Path(folder) / "sets.html")
        wall, busy = time.perf_counter() - started, processor_seconds() - before
        print(file=sys.stderr)
    sizes = [len(each.samples) for each in (found.made, found.reference)]
    text = (
        f"{sizes[0]} pieces against {sizes[1]}, {options.workers} processes, cold cache: {wall:.0f} s, of which "
        f"{busy:.0f} s of processor time ({busy / sum(sizes):.2f} s a piece)\n"
        f"200 against 200 at that cost: {400 * busy / sum(sizes) / 2 / 60:.1f} minutes on two idle cores\n"
        f"embeddings: {', '.join(each.embedding for each in found.distances)}; measures: {len(found.means)}\n"
    )
    write_summary(options.out, text, name="timing.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
