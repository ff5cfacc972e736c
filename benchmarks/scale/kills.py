"""Killed at random moments and finished by --resume: is it what an undisturbed run gives?

    scripts/bench scale/kills --data DIR --kills 50

A collection is composed once in peace. Then again and again: after a random time a process of a run is killed
(SIGKILL), the parent, a worker, or all at once, or the run is asked to end (SIGINT, SIGTERM), which must leave nothing
half written and the exit code 130 or 143. The same command with --resume goes on, until the collection is done; its
files must be those of the undisturbed run, byte for byte, its table the same rows, the seconds aside, and a picture
that was done must not have been done again. Then the next collection is begun, until there were as many kills as asked
for. Rows of other seeds are kept, so that many kills can be had in portions.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


from common import add_data, add_number, add_out, argument_parser, load_program, write_csv, write_summary

_run = load_program("scale")
KINDS = ("parent", "worker", "all", "interrupt", "terminate")
_GENTLE = {"interrupt": (signal.SIGINT, 130), "terminate": (signal.SIGTERM, 143)}
HEADER = ("seed", "collection", "kill", "kind", "after_s", "records_then", "n", "equal", "done_again", "untidy")


class Collection:
    """A collection that is being composed, with what was seen of it."""

    def __init__(self, source: Path, folder: Path, bars: int, workers: int) -> None:
        self.folder = folder
        self._done: dict[Path, tuple[int, bytes]] = {}
        self.repeated = self.untidy = 0
        self._command = [
            *_run.COMMAND, "batch", str(source), "--out", str(folder), "--resume", "--format", "mid,musicxml",
            "--workers", str(workers), "--bars", str(bars), "--candidates", "1",
        ]  # fmt: skip

    def start(self) -> subprocess.Popen[bytes]:
        """Go on with it."""
        return subprocess.Popen(
            self._command,
            env=_run.ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def look(self) -> int:
        """Count the records; one that was there without error before, and was written again, is noted."""
        now = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in self.folder.glob("records/*/*.json")}
        for path, seen in self._done.items():
            self.repeated += json.loads(seen[1])["error"] is None and now.get(path) != seen
        self._done = now
        return len(now)

    def is_untidy(self) -> bool:
        """Whether something half written lies about."""
        return any(path.is_file() for path in self.folder.rglob(".*.part*"))

    def files(self) -> dict[str, bytes]:
        """The results by name."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and "records" not in path.parts and path.stem != "table"
        }

    def rows(self) -> list[dict[str, str]]:
        """The closing table without the seconds."""
        with (self.folder / "table.csv").open(encoding="utf-8", newline="") as handle:
            return [{name: cell for name, cell in row.items() if name != "seconds"} for row in csv.DictReader(handle)]


def kill(process: subprocess.Popen[bytes], kind: str, generator: random.Random) -> str:
    """Kill by kind; a parent without a worker yet is killed itself. Returned is what was killed."""
    family = _run.processes_of(process.pid)
    if kind == "worker" and len(family) > 1:
        with suppress(ProcessLookupError):
            os.kill(generator.choice(family[1:]), signal.SIGKILL)
        return "worker"
    if kind == "all":
        os.killpg(process.pid, signal.SIGKILL)
    elif kind in _GENTLE:
        process.send_signal(_GENTLE[kind][0])
    else:
        process.kill()
    return kind if kind != "worker" else "parent"


def ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it ended by itself within the time."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
        return True
    return False


def disturb(
    collection: Collection, left: int, longest: float, generator: random.Random
) -> list[tuple[str, float, int]]:
    """Kill at most ``left`` times until the collection is done: what, after how many seconds, with how many records."""
    rows: list[tuple[str, float, int]] = []
    process = collection.start()
    while True:
        after = generator.uniform(0.05, longest) if len(rows) < left else 3600.0
        if ended(process, after):
            if process.returncode == 0:
                collection.look()
                return rows
            process = collection.start()  # its worker was killed and it gave up, or it failed: go on
            continue
        kind = kill(process, generator.choice(KINDS), generator)
        if kind != "worker":
            process.wait()
            time.sleep(0.5)  # workers whose parent is gone end by themselves
        if kind in _GENTLE:
            number, code = _GENTLE[kind]  # a signal that comes before the command listens ends it as any program
            collection.untidy += process.returncode not in (0, code, -number) or collection.is_untidy()
        rows.append((kind, round(after, 2), collection.look()))
        print(f"\r{len(rows)} kills in this collection", end="", file=sys.stderr, flush=True)
        if kind != "worker":
            process = collection.start()


def kept(path: Path, seed: int) -> list[list[str]]:
    """The rows of a table, those of a seed left out."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return [list(row.values()) for row in csv.DictReader(handle) if row["seed"] != str(seed)]


def summary(rows: list[list[str]], workers: int) -> str:
    """All kills of all portions in a sentence."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(row[3] for row in rows).items()))
    collections = {(row[0], row[1]): (row[7], int(row[8]), int(row[9])) for row in rows}
    same = sum(equal == "yes" for equal, _, _ in collections.values())
    again, untidy = (sum(numbers[place] for numbers in collections.values()) for place in (1, 2))
    sizes = " or ".join(sorted({row[6] for row in rows}))
    return (
        f"{len(rows)} kills ({kinds}) over {len(collections)} collections of {sizes} pictures, {workers} workers: "
        f"{same} of {len(collections)} equal the undisturbed run in every file and row; "
        f"{again} finished pictures done again, {untidy} untidy ends\n"
    )


def portion(options: argparse.Namespace, folder: Path) -> list[list[str]]:
    """The kills of a seed, collection after collection."""
    generator = random.Random(options.seed)
    rows: list[list[str]] = []
    (folder / "pictures").mkdir()
    for place, picture in enumerate(_run.pictures(options.data, options.n)):
        shutil.copy(picture, folder / "pictures" / f"{place:03d}-{picture.name}")
    calm = Collection(folder / "pictures", folder / "calm", options.bars, options.workers)
    if calm.start().wait() != 0:
        raise SystemExit("the undisturbed run failed")
    while len(rows) < options.kills:
        rough = Collection(folder / "pictures", folder / "rough", options.bars, options.workers)
        kills = disturb(rough, options.kills - len(rows), options.longest, generator)
        equal = "yes" if rough.files() == calm.files() and rough.rows() == calm.rows() else "no"
        number = str(int(rows[-1][1]) + 1 if rows else 0)
        for place, (kind, after, records) in enumerate(kills, start=len(rows) + 1):
            cells = (options.seed, number, place, kind, after, records, options.n, equal, rough.repeated, rough.untidy)
            rows.append([str(cell) for cell in cells])
        shutil.rmtree(rough.folder)
    print(file=sys.stderr)
    return rows


def main() -> None:
    """Disturb, compare, write."""
    parser = argument_parser(__doc__, whole=True)
    add_data(parser, "folder with paintings/, or a folder of pictures")
    add_number(parser, "--kills", 10, "processes to be killed")
    add_number(parser, "--n", 6, "pictures of a collection")
    add_number(parser, "--bars", 2, "bars of each piece")
    add_number(parser, "--workers", 2, "workers")
    add_number(parser, "--seed", 16, "of the moments")
    parser.add_argument("--longest", type=float, default=6.0, help="longest time before a kill in seconds (default 6)")
    add_out(parser, __file__)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        fresh = portion(options, Path(name))
    rows = [*kept(options.out / "kills.csv", options.seed), *fresh]
    write_csv(options.out / "kills.csv", HEADER, rows)
    write_summary(options.out, summary(rows, options.workers), name="kills.txt")
    if any(row[7:] != ["yes", "0", "0"] for row in fresh):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
