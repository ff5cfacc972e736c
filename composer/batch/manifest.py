"""The manifest of a collection: a CSV or Parquet table with one picture a row and what is to be done with it.

Conventions
-----------
* The picture stands in a column ``picture``, ``image``, ``file`` or ``path``.
* A column named like an option of ``compose`` (``title``, ``key``, ``top-p`` ...) is that option; an empty cell leaves
  it as the command line has it. ``name`` is the result's name, without extension.
* Every other column is a label: it changes nothing and stands in the closing table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from composer.dates import first_year
from composer.errors import UsageError
from composer.extras import need

__all__ = ["MANIFEST_SUFFIXES", "ManifestRow", "read_manifest"]

MANIFEST_SUFFIXES = (".csv", ".parquet")
_PICTURE_COLUMNS = ("picture", "image", "file", "path")
_ALIASES = {"duration": "duration_s", "tempo": "tempo_bpm", "key": "tonic"}
_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """One picture of a manifest.

    Attributes
    ----------
    picture : path or address, as it is written in the table.
    name : name of the results without extension, or None.
    options : fields of `composer.options.ComposeOptions`.
    labels : the other columns, as text.
    """

    picture: str
    name: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def _duration(text: str) -> float:
    from composer.planning.length import parse_duration

    return parse_duration(text)


def _truth(text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise ValueError(text)
    return text.lower() in _TRUE


_READERS: dict[str, Callable[[str], Any]] = {
    "bars": int, "seed": int, "candidates": int,
    "tempo_bpm": float, "valence": float, "arousal": float, "temperature": float, "top_p": float, "humanize": float,
    "duration_s": _duration, "ignore_words": _truth,
    **dict.fromkeys(("title", "artist", "about", "mood", "tonic", "mode", "meter", "instruments", "figure", "ornaments",
                     "tradition", "level", "pitch", "page"), str),
}  # fmt: skip
"""Options that a row may choose, and how a cell is read."""


def read_manifest(data: bytes, name: str) -> tuple[ManifestRow, ...]:
    """Read a manifest.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        What it is called; ``.parquet`` decides for Parquet, all else is CSV in UTF-8.

    Raises
    ------
    UsageError
        It is no such table, has no column of pictures, or a cell cannot be read; row and column are named.
    ExternalToolError
        Parquet is to be read without the extra ``collections``.
    """
    table = _parquet(data, name) if name.lower().endswith(".parquet") else _csv(data, name)
    return tuple(_row(cells, number, name) for number, cells in enumerate(table, 1))


def _csv(data: bytes, name: str) -> list[dict[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        _check_columns(list(reader.fieldnames or ()), name)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"manifest {name!r}: is no CSV table in UTF-8: {error}", hint="save it as CSV (UTF-8)"
        ) from error
    for number, row in enumerate(rows, 1):
        if None in row:
            raise UsageError(
                f"manifest {name!r}, row {number}: more cells than columns", hint="quote cells with commas"
            )
    return [{_field(key): (value or "").strip() for key, value in row.items()} for row in rows]


def _parquet(data: bytes, name: str) -> list[dict[str, str]]:
    need("collections", "a Parquet manifest")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
        columns, rows = table.column_names, table.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # texts are decoded when they are asked for
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"manifest {name!r}: is no Parquet table: {reason}", hint="give a .parquet file") from error
    _check_columns(columns, name)
    return [{_field(key): "" if value is None else str(value).strip() for key, value in row.items()} for row in rows]


def _field(column: str) -> str:
    plain = column.strip().lower().replace("-", "_").replace(" ", "_")
    return _ALIASES.get(plain, plain)


def _check_columns(columns: list[str], name: str) -> None:
    fields = [_field(column) for column in columns]
    if len(set(fields)) != len(fields):
        raise UsageError(f"manifest {name!r}: two columns have one name", hint="rename one of them")
    if not set(fields) & set(_PICTURE_COLUMNS):
        raise UsageError(
            f"manifest {name!r}: no column of pictures among {', '.join(columns)[:100] or 'no columns'}",
            hint=f"name it one of {', '.join(_PICTURE_COLUMNS)}",
        )


def _row(cells: dict[str, str], number: int, name: str) -> ManifestRow:
    column = next(key for key in _PICTURE_COLUMNS if key in cells)
    rest = {key: value for key, value in cells.items() if key != column and value}
    if not cells[column]:
        raise UsageError(f"manifest {name!r}, row {number}: no picture", hint=f"fill in its {column}")
    year = first_year(rest.get("year", ""))
    options: dict[str, Any] = {} if year is None else {"year": year}
    for key in set(rest) & set(_READERS):
        try:
            options[key] = _READERS[key](rest[key])
        except ValueError as error:
            raise UsageError(
                f"manifest {name!r}, row {number}: {key} is {rest[key]!r}",
                hint=f"give what compose's option {key.replace('_', '-')} takes",
            ) from error
    return ManifestRow(
        picture=cells[column],
        name=rest.get("name"),
        options=dict(sorted(options.items())),
        labels={key: value for key, value in rest.items() if key not in _READERS and key != "name"},
    )
