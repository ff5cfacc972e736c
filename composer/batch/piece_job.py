"""The job of a worker: pictures to their files and records, whatever happens to one of them."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composer.batch.record import write_record
from composer.errors import ComposerError
from composer.options import ComposeOptions

if TYPE_CHECKING:
    from composer.pipeline.compose import Run

__all__ = ["Outcome", "PieceJob", "do_jobs", "fail_job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceJob:
    """What a worker is told.

    Attributes
    ----------
    key : name of the record, see `composer.batch.record.record_key`.
    name : name of the results below `folder`, without extension.
    picture : location, as the table shows it.
    file : the picture on this machine.
    picture_sha256 : hex digest, or None for one that could not be read.
    folder : the batch's folder.
    options : fields of `ComposeOptions`.
    formats : extensions without dot.
    labels : the manifest's other columns.
    """

    key: str
    name: str
    picture: str
    file: Path
    picture_sha256: str | None
    folder: Path
    options: Mapping[str, Any]
    formats: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a picture.

    Attributes
    ----------
    name, picture : as in the job.
    seconds : its share of the time that it and those made together with it took.
    error, hint : two lines, or None where all went well.
    kept : it was done before and left as it is.
    """

    name: str
    picture: str
    seconds: float = 0.0
    error: str | None = None
    hint: str | None = None
    kept: bool = False


def do_jobs(jobs: Sequence[PieceJob]) -> list[Outcome]:
    """Compose pictures together and write the files of each, then its record; a failure becomes a record of its own.

    Raises
    ------
    OutputError
        Not even a record can be written.
    """
    from composer.pipeline.compose import run_together

    started = time.perf_counter()
    outcomes: list[Outcome] = []
    made = run_together([_options(job) for job in jobs])
    for job in jobs:
        facts: dict[str, Any] | ComposerError
        try:
            done = next(made)
            facts = done if isinstance(done, ComposerError) else _facts(job, done)
        except Exception as error:  # noqa: BLE001 - one picture must not end the collection
            if len(jobs) > 1:  # whose fault it is shows when each is alone
                return outcomes + [one for left in jobs[len(outcomes) :] for one in do_jobs([left])]
            facts = _unexpected(error)
        seconds = round((time.perf_counter() - started) / len(jobs), 3)
        if isinstance(facts, ComposerError):
            outcomes.append(fail_job(job, facts.message, facts.hint, seconds=seconds))
        else:
            write_record(job.folder, _frame(job) | facts | {"seconds": seconds})
            outcomes.append(Outcome(name=job.name, picture=job.picture, seconds=seconds))
    return outcomes


def _unexpected(error: Exception) -> ComposerError:
    what = " ".join(f"{type(error).__name__}: {error}".split())[:500]
    hint = "compose this picture alone with -vv and report the traceback"
    return ComposerError(f"unexpected failure: {what}", hint=hint)


def fail_job(job: PieceJob, message: str, hint: str, *, seconds: float = 0.0) -> Outcome:
    """Write the record of a picture that could not be composed.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    seconds = round(seconds, 3)
    write_record(job.folder, _frame(job) | {"seconds": seconds, "error": {"message": message, "hint": hint}})
    return Outcome(name=job.name, picture=job.picture, seconds=seconds, error=message, hint=hint)


def _frame(job: PieceJob) -> dict[str, Any]:
    """A record in which nothing has been made yet."""
    return {
        "key": job.key,
        "name": job.name,
        "picture": job.picture,
        "picture_sha256": job.picture_sha256,
        "options": {**job.options, "formats": list(job.formats)},
        "labels": dict(job.labels),
        "perception": None,
        "plan": None,
        "measures": None,
        "provenance": None,
        "outputs": [],
        "error": None,
    }


def _options(job: PieceJob) -> ComposeOptions:
    """The piece, with its files, whose folder is made."""
    outs = tuple(job.folder / f"{job.name}.{extension}" for extension in job.formats)
    outs[0].parent.mkdir(parents=True, exist_ok=True)
    return ComposeOptions(image=job.file, outs=outs, **job.options)


def _facts(job: PieceJob, run: Run) -> dict[str, Any]:
    """The record's part about a piece, with paths below the batch's folder."""
    from composer.pipeline.compose import run_to_json

    done = run_to_json(run)
    for output in done["outputs"]:
        output["path"] = Path(output["path"]).relative_to(job.folder).as_posix()
    outs = [job.folder / f"{job.name}.{extension}" for extension in job.formats]
    midi = next((out for out in outs if out.suffix.lower() in (".mid", ".midi")), None)
    return done | {"measures": _measures(midi) if midi is not None else None}


def _measures(midi: Path) -> dict[str, Any]:
    """Statistics of the notes; what is not defined for a piece, such as a share of no notes, is None."""
    from composer.metrics.statistics import measure
    from composer.midi.notes import read_midi_notes
    from composer.rendering.jsonable import jsonable

    found = jsonable(measure(read_midi_notes(midi)))
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in found.items()
    }
