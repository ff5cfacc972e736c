"""From a clone to the first piece, and what a command costs cold: time, processor time, memory, disk.

    scripts/bench setup --before 15d6e05                 this commit against an earlier one, in one run
    python benchmarks/setup/run.py --work DIR --skip-install     only the commands, in clones made before

For each version: a fresh clone with an empty HOME, ``./scripts/compose --image ... --out first.mid`` (which sets itself
up), its disk, the same command again; then every command several times, the versions taking turns. Nothing but git,
a Python and a package index is needed; the set-up is not measured on what pip has in its cache (``--cache`` allows it).
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PICTURE = "examples/storm-at-night.png"
COMMANDS: dict[str, tuple[str, ...]] = {
    "compose .mid": ("--image", PICTURE, "--out", "out.mid"),
    "perceive": ("perceive", PICTURE),
    "compose .pdf": ("--image", PICTURE, "--out", "out.pdf"),
    "compose .wav": ("--image", PICTURE, "--out", "out.wav"),
    "help": ("--help",),
}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one command took: wall and processor seconds, and the highest memory in MB."""

    version: str
    what: str
    number: int
    wall_s: float
    processor_s: float
    memory_mb: float
    load: float


def measured(command: Sequence[str], folder: Path, version: str, what: str, number: int, home: Path) -> Cost:
    """Run a command and say what it took; its failure is ours."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COMPOSER", "PIP_", "PYTHON", "VIRTUAL"))
    }
    environment |= {name: value for name, value in os.environ.items() if name in ("PIP_INDEX_URL", "PIP_CONFIG_FILE")}
    environment |= {"HOME": str(home), "COMPOSER_OFFLINE": "1"}
    if not ARGUMENTS.cache:
        environment["PIP_NO_CACHE_DIR"] = "1"
    load = os.getloadavg()[0]
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{version}: {' '.join(command)} failed:\n{said.decode(errors='replace')[-2000:]}")
    scale = 1024 if sys.platform == "darwin" else 1
    return Cost(
        version=version,
        what=what,
        number=number,
        wall_s=round(wall, 2),
        processor_s=round(used.ru_utime + used.ru_stime, 2),
        memory_mb=round(used.ru_maxrss / 1024 / scale, 1),
        load=round(load, 1),
    )


def disk_mb(folder: Path) -> float:
    """What a folder takes, in MB."""
    blocks = {(status.st_ino, status.st_blocks) for path in folder.rglob("*") if (status := path.lstat())}
    return round(sum(count for _, count in blocks) * 512 / 1e6, 1)


def set_up(version: str, commit: str, work: Path, home: Path) -> list[Cost]:
    """A fresh clone to the first piece, and the same command again."""
    clone = work / version
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    subprocess.run(["git", "-c", "advice.detachedHead=false", "checkout", "--quiet", commit], cwd=clone, check=True)
    command = ["./scripts/compose", *COMMANDS["compose .mid"]]
    first = measured(command, clone, version, "fresh clone to first MIDI", 1, home)
    stamp = (clone / ".venv" / ".composer-installed").stat().st_mtime_ns
    second = measured(command, clone, version, "the same again", 1, home)
    assert (clone / ".venv" / ".composer-installed").stat().st_mtime_ns == stamp, "the second run installed something"
    return [first, second]


def rows(costs: Sequence[Cost], disks: dict[str, float]) -> list[str]:
    """The table: medians, and the later version's share of the earlier one."""
    versions = list(dict.fromkeys(cost.version for cost in costs))
    lines = [
        f"{'':<28}" + "".join(f"{version:>34}" for version in versions) + f"{'share (wall, processor, memory)':>36}"
    ]
    for what in dict.fromkeys(cost.what for cost in costs):
        medians = []
        for version in versions:
            found = [cost for cost in costs if (cost.what, cost.version) == (what, version)]
            medians.append(
                [statistics.median(getattr(c, name) for c in found) for name in ("wall_s", "processor_s", "memory_mb")]
            )
        count = sum(cost.what == what and cost.version == versions[0] for cost in costs)
        cells = "".join(f"{wall:>10.1f} s {cpu:>8.1f} s {memory:>8.0f} MB" for wall, cpu, memory in medians)
        shares = (
            "".join(f"{b / a:>10.0%}" for a, b in zip(medians[0], medians[-1], strict=True)) if len(medians) > 1 else ""
        )
        lines.append(f"{what + f' (n = {count})':<28}{cells}{shares}")
    lines.append(f"{'disk of the environment':<28}" + "".join(f"{disks[version]:>31.0f} MB" for version in versions))
    return lines


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", metavar="COMMIT", help="an earlier version to compare with")
    parser.add_argument("--work", type=Path, default=Path("runs/setup"), help="folder for the clones (runs/setup)")
    parser.add_argument("--times", type=int, default=5, help="runs of each command (default 5)")
    parser.add_argument("--skip-install", action="store_true", help="use the clones that are there")
    parser.add_argument("--cache", action="store_true", help="let pip use its cache")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for results.csv and summary.txt")
    return parser.parse_args()


def main() -> int:
    work = ARGUMENTS.work.resolve()
    home = work / "home"
    home.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    versions = {"before": ARGUMENTS.before} if ARGUMENTS.before else {}
    versions["after"] = commit.stdout.strip()
    costs: list[Cost] = []
    if not ARGUMENTS.skip_install:
        for version, name in versions.items():
            costs += set_up(version, name, work, home)
    disks = {version: disk_mb(work / version / ".venv") for version in versions}
    for number in range(1, ARGUMENTS.times + 1):
        for what, command in COMMANDS.items():
            for version in versions:
                program = work / version / ".venv" / "bin" / "compose"
                costs.append(measured([str(program), *command], work / version, version, what, number, home))
                print(costs[-1], file=sys.stderr, flush=True)
    loads = [cost.load for cost in costs]
    named = ", ".join(f"{version}: {name}" for version, name in versions.items())
    machine = (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    )
    head = [
        f"{named}; {machine}",
        f"load while measuring: {min(loads):.1f} to {max(loads):.1f}; medians; wall and processor time, highest memory",
        "",
    ]
    text = "\n".join([*head, *rows(costs, disks)]) + "\n"
    ARGUMENTS.out.mkdir(parents=True, exist_ok=True)
    (ARGUMENTS.out / "summary.txt").write_text(text, encoding="utf-8")
    with (ARGUMENTS.out / "results.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(asdict(costs[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(cost) for cost in costs)
    print(text, end="")
    return 0


if __name__ == "__main__":
    ARGUMENTS = arguments()
    sys.exit(main())
