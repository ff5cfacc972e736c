"""Pictures an hour: `compose batch` by its workers, against a command for each picture.

    scripts/bench scale --data DIR                              24 pictures, every way
    scripts/bench scale --data DIR --ways batch-2 --n 1000      the large run, a way at a time: rows are kept
    scripts/bench scale --data DIR --ways ray-1,ray-2           on a Ray cluster of this machine (extra "cluster")
    scripts/bench scale --ways ""                               the summary anew from the rows

Every way composes the same pictures with the same options. A way's rows in the results are replaced when it is run
again with as many pictures. While a collection is composed, memory and processor time of its processes are read from
/proc after each picture (Linux; elsewhere that curve is left out). Ways of different n are compared by what a picture
costs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_data, add_number, add_out, argument_parser, progress, write_csv, write_summary

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from composer.cli import entry; entry()")
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ENVIRONMENT = os.environ | THREADS | {"PYTHONPATH": str(REPOSITORY)}
WAYS = ("commands", "batch-1", "batch-2")
RESULTS = ("way", "workers", "n", "wall_s", "processor_s", "highest_process_mb", "processor_s_per_picture", "per_hour")
CURVE = ("way", "n", "done", "processor_s", "memory_mb")
MUSEUM = 100_000
GPU_SECONDS = 8.0
"""A 95 s piece of sound by a latent diffusion model on an A100 (Evans et al., ICML 2024, abstract)."""


def pictures(data: Path, number: int) -> list[Path]:
    """The first pictures by name, again from the start where there are too few."""
    folder = data / "paintings" if (data / "paintings").is_dir() else data
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    if not found:
        raise SystemExit(f"{folder} holds no picture")
    return [found[place % len(found)] for place in range(number)]


def processes_of(root: int) -> list[int]:
    """A process and all that it started."""
    found, place = [root], 0
    while place < len(found):
        for children in Path(f"/proc/{found[place]}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
        place += 1
    return found


def state_of(root: int) -> tuple[float, float]:
    """Processor seconds so far and resident megabytes of a process and all that it started."""
    ticks, pages = 0, 0
    for process in processes_of(root):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        ticks += int(fields[11]) + int(fields[12])
        pages += int(fields[21])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def spend_commands(source: Path, folder: Path, music: Sequence[str]) -> list[tuple[object, ...]]:
    """A command for each picture; no curve."""
    items = sorted(source.iterdir())
    for picture in progress(items, len(items), "commands"):
        command = [*COMMAND, "--image", str(picture), "--out", str(folder / "one.mid"), *music]
        subprocess.run(command, check=True, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    return []


def spend_batch(source: Path, folder: Path, music: Sequence[str], engine: Sequence[str]) -> list[tuple[object, ...]]:
    """One collection; after each picture its processes' processor seconds and memory."""
    command = [
        *COMMAND, "batch", str(source), "--out", str(folder / "out"), *engine, "--json", *music,
    ]  # fmt: skip
    curve: list[tuple[object, ...]] = []
    done = 0
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line).get("state") is None:
                continue
            done += 1
            print(f"\r{done} pictures", end="", file=sys.stderr, flush=True)
            if Path("/proc/self/stat").exists():
                processor, memory = state_of(process.pid)
                curve.append((done, round(processor, 2), round(memory, 1)))
    print(file=sys.stderr)
    if process.returncode:
        raise SystemExit(f"the collection ended with {process.returncode}")
    return curve


def spend(way: str, source: Path, music: Sequence[str]) -> tuple[tuple[object, ...], list[tuple[object, ...]]]:
    """The row of a way, and its curve."""
    number = len(list(source.iterdir()))
    workers = int(way.partition("-")[2] or 1)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        if way == "commands":
            curve = spend_commands(source, Path(folder), music)
        else:
            engine = ("--engine", "ray" if way.startswith("ray") else "local", "--workers", str(workers))
            curve = spend_batch(source, Path(folder), music, engine)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # The highest of any child so far: ways are run in the order in which they are given, the smallest first.
    highest = after.ru_maxrss / 1024 / (1024 if sys.platform == "darwin" else 1)
    row = (
        way, workers, number, round(wall, 1), round(processor, 1), round(highest),
        round(processor / number, 3), round(3600 * number / wall),
    )  # fmt: skip
    return row, [(way, number, *point) for point in curve]


def kept(path: Path, new: Iterable[tuple[str, int]]) -> list[list[str]]:
    """The rows of a table without those of the ways and numbers that were run now."""
    if not path.is_file():
        return []
    gone = {(way, str(number)) for way, number in new}
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return [list(row.values()) for row in rows if (row["way"], row["n"]) not in gone]


def course(points: Sequence[dict[str, str]]) -> str:
    """Cost and memory of a run from its first pictures to its last, the loading of the networks aside."""
    rest = points[1:]
    span = min(100, len(rest) // 2)
    if span < 4:
        return "too few pictures for a course"

    def each(part: Sequence[dict[str, str]]) -> float:
        return (float(part[-1]["processor_s"]) - float(part[0]["processor_s"])) / (len(part) - 1)

    def memory(part: Sequence[dict[str, str]]) -> float:
        return max(float(point["memory_mb"]) for point in part)

    early, late = rest[:span], rest[-span:]
    return (
        f"pictures {early[0]['done']}-{early[-1]['done']} against {late[0]['done']}-{late[-1]['done']}: "
        f"{each(early):.2f} and {each(late):.2f} processor seconds a picture, "
        f"at most {memory(early):.0f} and {memory(late):.0f} MB in all"
    )


def compared(row: dict[str, str], rows: Sequence[dict[str, str]]) -> str:
    """A row against the separate commands and against one worker, by processor and by wall clock for a picture."""

    def each(one: dict[str, str], name: str) -> float:
        return float(one[name]) / int(one["n"])

    text = ""
    for way in ("commands", "ray-1" if row["way"].startswith("ray") else "batch-1"):
        others = [other for other in rows if other["way"] == way and way != row["way"] != "commands"]
        if not others:
            continue
        other = min(others, key=lambda one: abs(int(one["n"]) - int(row["n"])))
        processor, wall = (each(other, name) / each(row, name) for name in ("processor_s", "wall_s"))
        text += f"; {wall:.2f} times {way} (n {other['n']}) by the wall clock"
        text += "" if row["way"].startswith("ray") else f", {processor:.2f} by processor"
    return text


def summary(out: Path, price: float, gpu_price: float) -> str:
    """The rows in words, and what 100,000 pictures would take."""
    with (out / "results.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    with (out / "curve.csv").open(encoding="utf-8", newline="") as handle:
        curve = list(csv.DictReader(handle))
    lines = []
    for row in rows:
        spent = f"{row['processor_s_per_picture']} processor seconds a picture, "
        spent = "" if row["way"].startswith("ray") else spent  # its workers are no children of the command
        lines.append(f"{row['way']}, n {row['n']}: {spent}{row['per_hour']} an hour{compared(row, rows)}")
        points = [point for point in curve if (point["way"], point["n"]) == (row["way"], row["n"])]
        if points:
            lines.append(f"  {course(points)}")
    batches = [row for row in rows if row["way"] != "commands"]
    if batches:
        lines += ["", *projection(max(batches, key=lambda row: (int(row["n"]), int(row["workers"]))), price, gpu_price)]
    return "\n".join(lines) + "\n"


def projection(row: dict[str, str], price: float, gpu_price: float) -> list[str]:
    """100,000 pictures at a row's cost, beside a published figure for sound from a GPU."""
    hours = MUSEUM * float(row["processor_s_per_picture"]) / 3600
    gpu = MUSEUM * GPU_SECONDS / 3600
    own = (
        f"{MUSEUM:,} pictures at the cost of {row['way']}, n {row['n']} (a projection): {hours:.0f} core hours, "
        f"{hours / 2:.0f} h on 2 cores, {hours / 64:.1f} h on 64; at {price:g} a core hour {hours * price:.0f}"
    )
    other = (
        f"beside it, 95 s of sound in {GPU_SECONDS:g} s on an A100 (Evans et al. 2024), another task: "
        f"{gpu:.0f} GPU hours; at {gpu_price:g} a GPU hour {gpu * gpu_price:.0f}"
    )
    return [own, other]


def main() -> None:
    """Run the ways that were asked for, keep the other rows, and sum up."""
    parser = argument_parser(__doc__, whole=True)
    add_data(parser, "folder with paintings/, or a folder of pictures")
    add_number(parser, "--n", 24, "pictures")
    add_number(parser, "--bars", 16, "bars of each piece")
    parser.add_argument("--ways", default=",".join(WAYS), help="commands, batch-2, ray-2 ... (default %(default)s)")
    parser.add_argument("--price", type=float, default=0.04, help="assumed price of a core hour (default 0.04)")
    parser.add_argument("--gpu-price", type=float, default=2.0, help="assumed price of a GPU hour (default 2)")
    add_out(parser, __file__, "folder for the results")
    options: argparse.Namespace = parser.parse_args()
    rows, curve = [], []
    with tempfile.TemporaryDirectory() as folder:
        wanted = [way for way in options.ways.split(",") if way]
        for place, picture in enumerate(pictures(options.data, options.n) if wanted else []):
            shutil.copy(picture, Path(folder) / f"{place:06d}-{picture.name}")
        for way in wanted:
            row, points = spend(way, Path(folder), ("--bars", str(options.bars)))
            rows.append(row)
            curve += points
    new = [(str(row[0]), int(str(row[2]))) for row in rows]
    for name, header, fresh in (("results.csv", RESULTS, rows), ("curve.csv", CURVE, curve)):
        write_csv(options.out / name, header, [*kept(options.out / name, new), *fresh])
    head = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.bars} bars\n"
    write_summary(options.out, summary(options.out, options.price, options.gpu_price), head=head)


if __name__ == "__main__":
    main()
