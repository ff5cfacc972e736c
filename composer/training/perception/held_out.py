"""Readings of the rated paintings by regressions that have not seen the artist: what the fusion with words learns from.

    python -m composer.training.perception.held_out --data DIR --cache runs/perception

Writes ``held-out.npz`` to the cache: ``files`` (the pictures' keys), ``valence``, ``arousal``, ``rated_arousal`` and
their ``…_sd`` (n,), ``emotions`` (n, 5), ``fine`` (n, 19), from one nested division by artist. Locked artists are left
out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from composer.files import atomic_write
from composer.perception.affect import FINE_EMOTIONS, distributions
from composer.training.perception.affect_material import EMBEDDED, GROUPS, NUMBERS, TITLES, prepare
from composer.training.perception.affect_measure import SPREAD, shares_of
from composer.training.perception.arguments import training_parser
from composer.training.perception.corpus import data_folder
from composer.training.perception.nested import nested
from composer.training.perception.rated import Array, gather_seen, rated_pictures

__all__ = ["held_out"]


def held_out(data: Path, cache: Path) -> dict[str, Array]:
    """Return the readings by name, rows in the order of `rated_pictures`."""
    material = prepare(gather_seen(data, cache), TITLES, EMBEDDED)
    units = material.ratings.groups[: material.ratings.paintings]
    columns = tuple(NUMBERS.values())
    run = nested(
        material.grams(),
        material.targets,
        GROUPS,
        units,
        0,
        spread=SPREAD,
        numbers=columns,
        learned=material.learned,
        kinds=material.kinds(),
    )
    read = run.restored()
    fine = [distributions(raw)[1] for raw in run.predictions[:, 2 : NUMBERS["arousal"]]]
    return {
        **{name.replace(" ", "_"): read[:, column] for column, name in enumerate(NUMBERS)},
        **{f"{name.replace(' ', '_')}_sd": run.error[:, column] for column, name in enumerate(NUMBERS)},
        "emotions": shares_of(run.predictions),
        "fine": np.array([[one[name] for name in FINE_EMOTIONS] for one in fine]),
    }


def main() -> None:
    """Run from the command line."""
    args = training_parser(__doc__).parse_args()
    data = data_folder(args.data)
    files = np.array([item.key for item in rated_pictures(data)[0]])
    readings = held_out(data, args.cache)
    with atomic_write(args.cache / "held-out.npz") as temporary, temporary.open("wb") as file:
        np.savez(file, files=files, **readings)  # type: ignore[arg-type]  # numpy's stub takes a keyword for a flag


if __name__ == "__main__":
    main()
