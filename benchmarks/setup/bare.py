"""The README's two commands, the wheel and the source archive on a machine that has next to nothing.

    python benchmarks/setup/bare.py --work DIR [--tests]

Linux, as root: in a mount namespace of its own, compilers, apt-get and libfluidsynth are out of sight, HOME is empty,
pip's cache is not used. A fresh clone makes music and sound by ``./scripts/compose``; with --tests it runs
``./scripts/test``. The wheel and the source archive of the same commit are installed into empty environments, outside
every clone, where they make music and sound too. Writes bare.csv beside this file, or into --out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import astuple, dataclass, fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_out, argument_parser, write_csv

REPOSITORY = Path(__file__).resolve().parents[2]
HIDDEN_PROGRAMS = (
    "gcc",
    "cc",
    "g++",
    "c++",
    "clang",
    "x86_64-linux-gnu-gcc",
    "x86_64-linux-gnu-g++",
    "ld",
    "apt-get",
    "apt",
)
HIDDEN_LIBRARIES = ("libfluidsynth",)
LIBRARY_FOLDERS = ("/lib", "/usr/lib", "/usr/local/lib")
PICTURE = "examples/storm-at-night.png"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command in the bare place: its seconds, the last line it wrote, and whether it did what it should."""

    name: str
    seconds: float
    said: str
    ok: bool


def hidden() -> list[Path]:
    """The files that the namespace covers."""
    programs = {Path(found).resolve() for name in HIDDEN_PROGRAMS if (found := shutil.which(name))}
    folders = [Path(folder) for folder in LIBRARY_FOLDERS]
    libraries = {
        path.resolve()
        for folder in folders
        for name in HIDDEN_LIBRARIES
        for path in [*folder.glob(f"{name}*.so*"), *folder.glob(f"*/{name}*.so*")]
    }
    # Without the loader's cache a library that is not there is not found either, instead of being found empty.
    return sorted(programs | libraries | {Path("/etc/ld.so.cache")})


def run(name: str, command: list[str], folder: Path, home: Path, made: list[Path]) -> Step:
    """One command; it is well when it ends with 0 and has made its files."""
    cover = "".join(f"mount --bind /dev/null '{path}'; " for path in hidden())
    keep = {
        key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "PIP_INDEX_URL", "PIP_CONFIG_FILE")
    }
    started = time.perf_counter()
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f'{cover}exec "$@"', "sh", *command],
        cwd=folder,
        env=keep | {"HOME": str(home), "PIP_NO_CACHE_DIR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    step = Step(
        name=name,
        seconds=round(time.perf_counter() - started, 1),
        said=said[-1].replace(f"{folder}/", "")[:200] if said else "",
        ok=done.returncode == 0 and all(path.exists() for path in made),
    )
    print(step, file=sys.stderr, flush=True)
    if not step.ok:
        print("\n".join(said[-30:]), file=sys.stderr)
    return step


def installed(kind: str, work: Path, clone: Path, home: Path) -> list[Step]:
    """A wheel or a source archive, built from the clone, in an empty environment."""
    place = work / kind
    place.mkdir()
    builder, python = work / "builder" / "bin" / "python", place / "env" / "bin" / "python"
    steps = [
        run(
            f"{kind}: build",
            [str(builder), "-m", "build", f"--{kind}", "--outdir", str(place), str(clone)],
            work,
            home,
            [],
        )
    ]
    archive = next(path for path in place.iterdir() if path.suffix in (".whl", ".gz"))
    subprocess.run([sys.executable, "-m", "venv", str(place / "env")], check=True)
    steps.append(
        run(f"{kind}: install", [str(python), "-m", "pip", "install", "--quiet", str(archive)], place, home, [])
    )
    # TinySoundFont asks for PyAudio, which a Linux without compiler cannot have and which is not used: docs/install.md.
    sound = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "tinysoundfont"]
    steps.append(run(f"{kind}: sound without FluidSynth", sound, place, home, []))
    program = str(place / "env" / "bin" / "compose")
    steps.append(run(f"{kind}: examples", [program, "examples", "here"], place, home, [place / "here"]))
    for end in ("mid", "wav", "pdf"):
        line = [program, "--image", "here/storm-at-night.png", "--out", f"out.{end}"]
        steps.append(run(f"{kind}: .{end}", line, place, home, [place / f"out.{end}"]))
    return steps


def arguments() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("--work", type=Path, default=Path("runs/bare"), help="folder for clone and environments")
    parser.add_argument("--tests", action="store_true", help="run ./scripts/test in the clone too (minutes)")
    add_out(parser, __file__, "folder for the table")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    work = options.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    home, clone = work / "home", work / "clone"
    home.mkdir(parents=True)
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
    covered = [path.name for path in hidden()]
    print(f"out of sight: {', '.join(covered)}", file=sys.stderr)
    steps = [
        run(
            f"clone: .{end}",
            ["./scripts/compose", "--image", PICTURE, "--out", f"out.{end}"],
            clone,
            home,
            [clone / f"out.{end}"],
        )
        for end in ("mid", "wav", "pdf")
    ]
    doctor = run("clone: doctor", ["./scripts/compose", "doctor", "--json"], clone, home, [])
    steps.append(doctor)
    subprocess.run([sys.executable, "-m", "venv", str(work / "builder")], check=True)
    subprocess.run([str(work / "builder" / "bin" / "pip"), "install", "--quiet", "build"], check=True)
    for kind in ("wheel", "sdist"):
        steps += installed(kind, work, clone, home)
    if options.tests:
        steps.append(run("clone: tests", ["./scripts/test"], clone, home, []))
    write_csv(options.out / "bare.csv", [field.name for field in fields(Step)], map(astuple, steps))
    print(json.dumps({"steps": len(steps), "ok": sum(step.ok for step in steps)}))
    return 0 if all(step.ok for step in steps) else 1


if __name__ == "__main__":
    sys.exit(main())
