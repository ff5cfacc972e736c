"""Coverage-guided fuzzing of what reads foreign bytes: pictures, plans, MIDI files, manifests; and of MusicXML out.

    pip install atheris                                          (Linux and macOS; no dependency of Composer)
    python benchmarks/fuzz/run.py --minutes 30                   every target in turn
    python benchmarks/fuzz/run.py --targets midi --minutes 2     one of them; the rows of the others are kept
    python benchmarks/fuzz/run.py --minutes 5 --further          five minutes more, added to the rows that are there
    python benchmarks/fuzz/run.py --keep                         corpus.zip anew, of what reached new code

A failure is whatever comes out but a ComposerError: another exception, a broken promise (`targets.py`), a process that
dies, an input that takes more than --patience seconds or 2.5 GB. It is kept with its input in --work, one of each kind,
and the run goes on. Inputs that reached new code stay in --work and are where the next run begins. Minutes are of
processor time.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import re
import resource
import subprocess
import sys
import time
import traceback
import zipfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from common import add_number, add_out, argument_parser, write_csv

HERE = Path(__file__).resolve().parent
NAMES = ("musicxml", "midi", "picture", "plan", "manifest")
COLUMNS = ("target", "seconds", "processor_s", "executions", "edges", "features", "kept_inputs", "failures")
_LONGEST = 16_384
_MEGABYTES = 2_500
_STATE = re.compile(r"#(\d+)\s+\S+\s.*?cov: (\d+) ft: (\d+)(?: corp: (\d+))?")
_ENDED_EARLY = 60
"""Deaths of the process after which a target is given up."""
_KEPT_BYTES = 60_000
"""Most that the corpus holds of a target, the shortest inputs first."""


def child(name: str, arguments: Sequence[str], failures: Path) -> None:
    """Fuzz in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["composer", "PIL"], enable_loader_override=False):
        import targets
    targets.silence()
    seen: set[str] = set()

    def once(data: bytes) -> None:
        try:
            targets.run_target(name, data)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            sign = signature(error)
            if sign not in seen:
                seen.add(sign)
                digest = hashlib.sha256(sign.encode()).hexdigest()[:12]
                (failures / f"{digest}.input").write_bytes(data)
                (failures / f"{digest}.txt").write_text(f"{sign}\n\n{traceback.format_exc()}", encoding="utf-8")

    atheris.Setup([sys.argv[0], *arguments], once)
    atheris.Fuzz()


def signature(error: BaseException) -> str:
    """The kind of a failure: its type and the innermost line of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/composer/" in frame.filename or frame.filename.endswith("targets.py")]
    place = own[-1] if own else frames[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno} ({place.line})"


def start(name: str, work: Path, arguments: Sequence[str]) -> tuple[str, int]:
    """Run a child to its end; what it said, and how it ended."""
    failures = work / name / "failures"
    command = [sys.executable, __file__, "--child", name, "--failures", str(failures), "--", *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, errors="replace"
    ) as run:
        assert run.stderr is not None
        said = ""
        for line in run.stderr:
            said = (said + line)[-100_000:]
    return said, run.returncode


def fuzz(name: str, work: Path, minutes: float, patience: int) -> tuple[object, ...]:
    """The row of a target."""
    corpus, failures = work / name / "corpus", work / name / "failures"
    for folder in (corpus, failures):
        folder.mkdir(parents=True, exist_ok=True)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    executions = deaths = edges = features = kept = 0
    while (left := minutes * 60 - _processor_seconds(before)) > 1 and deaths < _ENDED_EARLY:
        said, code = start(
            name, work,
            (
                f"-max_total_time={int(left) + 1}", f"-max_len={_LONGEST}", f"-timeout={patience}",
                f"-report_slow_units={patience}",
                f"-rss_limit_mb={_MEGABYTES}", f"-artifact_prefix={failures}/", "-detect_leaks=0", str(corpus),
                str(work / "seeds" / name),
            ),
        )  # fmt: skip
        states = _STATE.findall(said)
        if states:
            executions += int(states[-1][0])
            edges, features = max(edges, int(states[-1][1])), max(features, int(states[-1][2]))
            kept = int(states[-1][3] or kept)
        deaths += code != 0
        if code and not states:
            raise SystemExit(f"{name}: the fuzzer does not run:\n{said[-3000:]}")
    processor = _processor_seconds(before)
    found = len([*failures.glob("*.input"), *(path for path in failures.iterdir() if path.suffix == "")])
    return name, round(time.monotonic() - started), round(processor), executions, edges, features, kept, found


def together(earlier: Sequence[object], later: Sequence[object]) -> tuple[object, ...]:
    """One row of two runs of a target: times and executions add up, what was reached is the most of both."""
    added = [int(str(a)) + int(str(b)) for a, b in zip(earlier[1:4], later[1:4], strict=True)]
    most = [max(int(str(a)), int(str(b))) for a, b in zip(earlier[4:], later[4:], strict=True)]
    return later[0], *added, *most


def _processor_seconds(before: resource.struct_rusage) -> float:
    """Processor time of the children that have ended since."""
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime


def unpack(work: Path) -> None:
    """The seeds and the committed corpus, a folder a target."""
    import seeds

    for number, (target, data) in enumerate(seeds.seeds()):
        (work / "seeds" / target).mkdir(parents=True, exist_ok=True)
        (work / "seeds" / target / f"seed-{number:03}").write_bytes(data)
    if (HERE / "corpus.zip").is_file():
        with zipfile.ZipFile(HERE / "corpus.zip") as archive:
            archive.extractall(work / "seeds")


def keep(work: Path) -> None:
    """Pack what reached new code, short inputs first, up to a limit."""
    with zipfile.ZipFile(HERE / "corpus.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            held, found = 0, {path.name: path for path in (work / name / "corpus").glob("*")}
            for path in sorted(found.values(), key=lambda path: (path.stat().st_size, path.name)):
                held += path.stat().st_size
                if held <= _KEPT_BYTES:
                    archive.writestr(zipfile.ZipInfo(f"{name}/{path.name}"), path.read_bytes(), zipfile.ZIP_DEFLATED)


def main() -> None:
    """Fuzz, and keep the rows of the other targets."""
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--targets", default=",".join(NAMES), help="which (default: all)")
    parser.add_argument("--minutes", type=float, default=30.0, help="of processor time for each (default 30)")
    add_number(parser, "--patience", 60, "seconds that an input may take")
    parser.add_argument("--work", type=Path, default=Path("runs/fuzz"), help="inputs and failures (default runs/fuzz)")
    parser.add_argument("--further", action="store_true", help="add to the rows that are there")
    parser.add_argument("--keep", action="store_true", help="only pack the corpus")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--failures", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    add_out(parser, __file__, "folder for results.csv")
    options = parser.parse_args()
    if options.child:
        child(options.child, options.rest, options.failures)
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    options.work.mkdir(parents=True, exist_ok=True)
    unpack(options.work)
    if options.keep:
        keep(options.work)
        return
    for name in options.targets.split(","):
        row = fuzz(name, options.work, options.minutes, options.patience)
        rows: dict[str, Sequence[object]] = {}
        if (options.out / "results.csv").is_file():
            with (options.out / "results.csv").open(encoding="utf-8", newline="") as handle:
                rows = {old[0]: old for old in list(csv.reader(handle))[1:]}
        rows[name] = together(rows[name], row) if options.further and name in rows else row
        write_csv(options.out / "results.csv", COLUMNS, [rows[one] for one in NAMES if one in rows])
        print(", ".join(f"{key} {value}" for key, value in zip(COLUMNS, row, strict=True)))


if __name__ == "__main__":
    main()
