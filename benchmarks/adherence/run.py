"""Do generated pieces obey their plans, to the letter and to the ear, judged from the MIDI files alone?

Draws random plans, composes each once (no choosing among candidates), writes the MIDI file and holds it against the
plan.

    python benchmarks/adherence/run.py --n 500 --workers 2

Writes results.csv (one row per piece) and summary.txt beside this file, or into --out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy: one thread per worker

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, in_parallel, write_csv, write_summary
from composer.errors import ComposerError
from composer.gm import INSTRUMENTS
from composer.metrics.adherence import Adherence, measure_adherence
from composer.metrics.confidence import wilson_interval
from composer.midi.notes import read_midi_notes
from composer.music import generate
from composer.planning import PlanOverrides, make_plan
from composer.planning.ensembles import ENSEMBLES
from composer.rendering import write_midi
from composer.theory import MODES
from composer.types import Composition, MusicalPlan

__all__ = ["Row", "main", "random_plan", "run", "summary"]

TONICS = ("C", "C#", "Db", "D", "Eb", "E", "F", "F#", "Gb", "G", "Ab", "A", "Bb", "B")
METERS = ("2/4", "3/4", "4/4", "5/4", "3/8", "6/8", "9/8", "12/8")
TONAL = ("major", "minor")
BARS = (4, 32)
TEMPO_BPM = (40.0, 200.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One piece: its number (`random_plan` gives its plan), what came out; `error` instead of `found` when nothing did.

    `mode`, asked for, decides which claims about the key apply.
    """

    number: int
    mode: str
    seconds: float
    found: Adherence | None
    error: str


def _instruments(rng: random.Random) -> str:
    """Programs with commas between: one of the planner's ensembles, or one to eight instruments drawn blindly."""
    if rng.random() < 0.5:
        parts = rng.choice(ENSEMBLES).parts
        return ",".join("drums" if role == "drums" else str(program) for role, program in parts)
    pitched = [instrument.program for instrument in INSTRUMENTS if instrument.pitched and not instrument.is_drums]
    chosen = [str(rng.choice(pitched)) for _ in range(rng.randint(1, 8))]
    return ",".join([*chosen, "drums"] if rng.random() < 0.25 else chosen)


def random_plan(number: int, seed: int) -> MusicalPlan:
    """Plan `number` of the run: half of them major or minor, the others in any mode."""
    rng = random.Random(f"{seed}/{number}")
    overrides = PlanOverrides(
        tonic=rng.choice(TONICS),
        mode=rng.choice(TONAL) if rng.random() < 0.5 else rng.choice(sorted(MODES)),
        tempo_bpm=round(rng.uniform(*TEMPO_BPM), rng.choice((0, 0, 1))),
        meter=rng.choice(METERS),
        bars=rng.randint(*BARS),
        instruments=_instruments(rng),
        valence=rng.uniform(-1, 1),
        arousal=rng.uniform(-1, 1),
    )
    return make_plan(None, overrides=overrides, seed=rng.randrange(2**31), title=f"Piece {number}")


def _piece(number: int, *, seed: int, folder: Path) -> Row:
    plan = random_plan(number, seed)
    start = time.perf_counter()
    try:
        score = generate(plan, seed=seed + number, candidates=1).score
        seconds = time.perf_counter() - start
        path = folder / f"{number:04d}.mid"
        write_midi(Composition(perception=None, plan=plan, score=score, provenance={}), path)
        found = measure_adherence(plan, read_midi_notes(path))
    except ComposerError as error:
        return Row(number=number, mode=plan.mode, seconds=time.perf_counter() - start, found=None, error=str(error))
    return Row(number=number, mode=plan.mode, seconds=seconds, found=found, error="")


def run(n: int, *, seed: int, workers: int, folder: Path) -> list[Row]:
    """Compose and measure `n` pieces; the MIDI files go to `folder`."""
    return in_parallel(partial(_piece, seed=seed, folder=folder), range(n), workers)


# ------------------------------------------------------------------------------------------ results


def write_rows(rows: Sequence[Row], path: Path, seed: int) -> None:
    asked = ("tonic", "mode", "tempo_bpm", "meter", "bars")
    found = [item.name for item in fields(Adherence)]
    header = ["number", *(f"asked_{name}" for name in asked), "asked_programs", "seconds", "error", *found]

    def cells(row: Row) -> list[object]:
        plan = random_plan(row.number, seed)
        programs = " ".join(str(-1 if part.is_drums else part.program) for part in plan.instruments)
        values = asdict(row.found) if row.found else {}
        wanted = (getattr(plan, name) for name in asked)
        own = [row.number, *wanted, programs, f"{row.seconds:.2f}", row.error]
        return [*own, *(_cell(values.get(name, "")) for name in found)]

    write_csv(path, header, map(cells, rows))


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return f"{value:.6g}" if isinstance(value, float) else value


def _share(label: str, hits: Sequence[bool]) -> str:
    return f"{label:<46}{wilson_interval(sum(hits), len(hits))}" if hits else f"{label:<46}no case"


def summary(rows: Sequence[Row]) -> str:
    """The table of shares with Wilson 95 % intervals. A piece that failed counts as a miss everywhere."""
    return "\n".join(_summary_lines(rows)) + "\n"


def _summary_lines(rows: Sequence[Row]) -> Iterator[str]:
    yield f"pieces: {len(rows)}, failed: {sum(row.found is None for row in rows)}"
    for name in ("exact", "tempo_exact", "meter_exact", "bars_exact", "programs_exact", "ranges_exact"):
        yield _share(name, _hits(rows, name))
    yield _share("key_stated_exact", _hits(rows, "key_stated_exact"))
    tonal = [row for row in rows if row.mode in TONAL]
    modal = [row for row in rows if row.mode not in TONAL]
    for label, group in (("major/minor", tonal), ("other modes", modal)):
        yield _share(f"key_blind_same, {label}", _hits(group, "key_blind_same"))
        yield _share(f"key_blind_related, {label}", _hits(group, "key_blind_related"))
    yield _share("tonic_ending", _hits(rows, "tonic_ending"))
    yield _share("no empty bar", [row.found is not None and not row.found.empty_bars for row in rows])
    found = [row.found for row in rows if row.found]
    notes = sum(each.notes for each in found)
    returns, recognised = sum(each.returns for each in found), sum(each.returns_recognised for each in found)
    if returns:
        yield f"{'sections that return, recognised':<46}{wilson_interval(recognised, returns)}"
    for name in ("in_scale", "in_scale_or_chord"):
        values = [(getattr(each, name), each.notes) for each in found if each.notes]
        if values:
            mean = sum(share * count for share, count in values) / sum(count for _, count in values)
            lowest = min(share for share, _ in values)
            yield f"{name + ', share of notes':<46}{mean:.4f}, lowest piece {lowest:.4f} (notes = {notes})"
    seconds = sorted(row.seconds for row in rows)
    yield f"seconds per piece: median {seconds[len(seconds) // 2]:.2f}, longest {seconds[-1]:.2f}"
    for row in rows:
        if row.error:
            yield f"FAILED {row.number}: {row.error}"


def _hits(rows: Sequence[Row], name: str) -> list[bool]:
    return [row.found is not None and bool(getattr(row.found, name)) for row in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argument_parser(__doc__)
    add_number(parser, "--n", 500, "number of pieces")
    add_number(parser, "--seed", 0, "of plans and pieces")
    add_number(parser, "--workers", 1, "processes")
    add_out(parser, __file__)
    parser.add_argument("--keep", type=Path, help="keep the MIDI files in this folder")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = run(options.n, seed=options.seed, workers=options.workers, folder=folder)
    write_rows(rows, options.out / "results.csv", options.seed)
    write_summary(options.out, summary(rows), head=f"n = {options.n}, seed = {options.seed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
