"""How unlike are the pieces of a collection: ensembles, keys, meters, tempi and forms of many paintings' plans?

    scripts/bench variety --pictures DIR --n 200

Takes every k-th picture of a folder, plans a piece for each by default options (no note is written), and counts. The
effective number of a choice is the exponential of its Shannon entropy: twenty ensembles that are all as frequent give
20, twenty of which one is nearly always taken give little more than 1. The figures say nothing of whether a choice
suits its picture.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, data_folder, progress, write_csv, write_summary
from composer.options import ComposeOptions
from composer.pipeline.plan_input import prepare
from composer.progress import silent
from composer.types import MusicalPlan

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
CHOICES: dict[str, Callable[[MusicalPlan], object]] = {
    "ensemble": lambda plan: ", ".join(item.name for item in plan.instruments),
    "lead": lambda plan: next(item.name for item in plan.instruments if item.role == "melody"),
    "tonic": lambda plan: plan.tonic,
    "mode": lambda plan: plan.mode,
    "meter": lambda plan: plan.meter,
    "form": lambda plan: " ".join(section.name for section in plan.sections),
}
NUMBERS: dict[str, Callable[[MusicalPlan], float]] = {
    "tempo_bpm": lambda plan: plan.tempo_bpm,
    "valence": lambda plan: plan.valence,
    "arousal": lambda plan: plan.arousal,
}


def effective_number(counts: Sequence[int]) -> float:
    """The exponential of the entropy of shares."""
    total = sum(counts)
    return math.exp(-math.fsum(count / total * math.log(count / total) for count in counts))


def summary(plans: Sequence[MusicalPlan]) -> str:
    """A line a choice and a number."""
    lines = [f"n = {len(plans)} paintings"]
    for name, choice in CHOICES.items():
        found = Counter(str(choice(plan)) for plan in plans)
        often, count = found.most_common(1)[0]
        lines.append(
            f"{name:<10} {len(found):3} different, effective {effective_number(list(found.values())):4.1f}, "
            f"most frequent {count / len(plans):.2f} ({often})"
        )
    for name, number in NUMBERS.items():
        values = sorted(number(plan) for plan in plans)
        low, middle, high = (values[round(share * (len(values) - 1))] for share in (0.1, 0.5, 0.9))
        lines.append(
            f"{name:<10} median {middle:.2f}, middle four fifths {low:.2f} to {high:.2f}, "
            f"standard deviation {statistics.pstdev(values):.2f}"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Plan and count."""
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--pictures", type=Path, default=data_folder() / "paintings", help="folder of pictures")
    add_number(parser, "--n", 200, "paintings")
    add_out(parser, __file__)
    given = parser.parse_args()
    found = sorted(path for path in given.pictures.iterdir() if path.suffix.lower() in _SUFFIXES)
    chosen = [found[index * len(found) // given.n] for index in range(min(given.n, len(found)))]
    plans = [prepare(ComposeOptions(image=path), silent).plan for path in progress(chosen, len(chosen), "paintings")]
    rows = [
        [path.stem, *(choice(plan) for choice in CHOICES.values()), *(round(f(plan), 3) for f in NUMBERS.values())]
        for path, plan in zip(chosen, plans, strict=True)
    ]
    write_csv(given.out / "results.csv", ["picture", *CHOICES, *NUMBERS], rows)
    write_summary(given.out, summary(plans))


if __name__ == "__main__":
    main()
