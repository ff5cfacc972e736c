"""Measure moods in words: quadrants, orders, negations, degrees.

    python benchmarks/words/run.py

The phrases and what a person would expect of them were written before the model read any of them. Writes ``moods.csv``,
one line a phrase, and ``results.csv``.
"""

from __future__ import annotations

import csv
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import argument_parser, write_csv
from composer import ComposeOptions, plan
from composer.metrics.confidence import wilson_interval
from composer.perception.mood import read_mood
from composer.types import MusicalPlan

HERE = Path(__file__).parent
SIGN = {"+": 1, "-": -1}
CHANCE = {"quadrant": 0.25, "valence": 0.5, "arousal": 0.5, "order": "", "negation": 0.5, "degree": 0.5}


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def places(made: MusicalPlan, axis: str) -> list[float]:
    """Valence or arousal of the sections in order, neighbours that are alike as one."""
    values = [getattr(section, axis) for section in made.sections]
    return [value for number, value in enumerate(values) if number == 0 or abs(value - values[number - 1]) > 1e-6]


def judge() -> list[tuple[str, str, str, str, bool]]:
    """Return kind, phrase, expected, found, right."""
    found = []
    for row in rows("phrases.csv"):
        mood = read_mood(row["phrase"])
        right = SIGN[row["valence"]] * mood.valence > 0 and SIGN[row["arousal"]] * mood.arousal > 0
        said = f"{mood.valence:+.2f} {mood.arousal:+.2f}"
        found.append(("quadrant", row["phrase"], f"{row['valence']} {row['arousal']}", said, right))
        found.append(("valence", row["phrase"], row["valence"], said, SIGN[row["valence"]] * mood.valence > 0))
        found.append(("arousal", row["phrase"], row["arousal"], said, SIGN[row["arousal"]] * mood.arousal > 0))
    for row in rows("ordered.csv"):
        values = places(plan(ComposeOptions(mood=row["phrase"])), row["axis"])
        steps = [np.sign(after - before) for before, after in pairwise(values)]
        right = steps == [SIGN[step] for step in row["steps"]]
        found.append(("order", row["phrase"], row["steps"], " ".join(f"{value:+.2f}" for value in values), right))
    for row in rows("negations.csv"):
        value = getattr(read_mood(row["phrase"]), row["axis"])
        right = SIGN[row["sign"]] * value > 0
        found.append(("negation", row["phrase"], f"{row['axis']} {row['sign']}", f"{value:+.2f}", right))
    for row in rows("intensities.csv"):
        less, more = (getattr(read_mood(row[name]), row["axis"]) for name in ("weaker", "stronger"))
        right = SIGN[row["sign"]] * (more - less) > 0
        phrase = f"{row['weaker']} / {row['stronger']}"
        found.append(("degree", phrase, f"{row['axis']} {row['sign']}", f"{less:+.2f} {more:+.2f}", right))
    return found


def main() -> None:
    argument_parser(__doc__).parse_args()
    found = judge()
    write_csv(
        HERE / "moods.csv", ["kind", "phrase", "expected", "found", "right"], [[*row[:4], int(row[4])] for row in found]
    )
    table = []
    for kind, chance in CHANCE.items():
        rights = [row[4] for row in found if row[0] == kind]
        share = wilson_interval(sum(rights), len(rights))
        values = [f"{value:.3f}" for value in (share.value, share.low, share.high)]
        table.append([f"moods: {kind} as expected", len(rights), *values, chance])
        print(kind, len(rights), *values, sep=" | ")
    write_csv(HERE / "results.csv", ["measure", "n", "value", "low95", "high95", "chance"], table)


if __name__ == "__main__":
    main()
