"""The closing table of a collection: a row a picture, as CSV, and as Parquet with the extra ``collections``.

Rows are read from the records one after another, so that memory does not grow with the collection. Numbers and words
have columns of their own; perception, plan, measures, provenance and outputs stand as JSON, in Parquet only.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from composer.batch.record import read_record
from composer.extras import is_here
from composer.files import atomic_write

__all__ = ["COLUMNS", "write_tables"]

COLUMNS: dict[str, str] = {
    "name": "string", "picture": "string", "picture_sha256": "string", "title": "string", "caption": "string",
    "valence": "double", "arousal": "double", "tonic": "string", "mode": "string", "tempo_bpm": "double",
    "meter": "string", "bars": "int64", "instruments": "string", "seed": "int64", "files": "string",
    "seconds": "double", "error": "string", "hint": "string", "labels": "string", "key": "string",
}  # fmt: skip
"""Columns of both tables, with Arrow's names of their types."""
_JSON = ("perception", "plan", "measures", "provenance", "outputs")
_ROW_GROUP = 500


def write_tables(folder: Path, keys: Sequence[str]) -> tuple[Path, ...]:
    """Write ``table.csv`` and, where pyarrow is here, ``table.parquet``.

    Parameters
    ----------
    folder : Path
        The batch's folder.
    keys : sequence of str
        The records, in the order of the rows; one that is not there is left out.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    written = [folder / "table.csv"]
    with atomic_write(written[0]) as temporary, temporary.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        writer.writerows(_flat(record) for record in _records(folder, keys))
    if is_here("collections"):
        written.append(folder / "table.parquet")
        _write_parquet(written[1], _records(folder, keys))
    return tuple(written)


def _records(folder: Path, keys: Iterable[str]) -> Iterator[dict[str, Any]]:
    return (record for key in keys if (record := read_record(folder, key)) is not None)


def _flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """The plain columns of a record."""
    plan, perception, error = (record[name] or {} for name in ("plan", "perception", "error"))
    return {
        **{name: record[name] for name in ("name", "picture", "picture_sha256", "seconds", "key")},
        **{name: plan.get(name) for name in ("title", "caption", "tonic", "mode", "tempo_bpm", "meter", "bars")},
        **{name: perception.get(name) for name in ("valence", "arousal")},
        "instruments": ", ".join(instrument["name"] for instrument in plan.get("instruments", ())),
        "seed": (record["provenance"] or {}).get("seed"),
        "files": ", ".join(output["path"] for output in record["outputs"]),
        "error": error.get("message"),
        "hint": error.get("hint"),
        "labels": json.dumps(record["labels"], ensure_ascii=False, sort_keys=True),
    }


def _write_parquet(path: Path, records: Iterator[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([*COLUMNS.items(), *((name, "string") for name in _JSON)])
    with atomic_write(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        while group := list(islice(records, _ROW_GROUP)):
            rows = [
                _flat(record) | {name: json.dumps(record[name], ensure_ascii=False) for name in _JSON}
                for record in group
            ]
            writer.write_table(pa.Table.from_pylist(rows, schema))
