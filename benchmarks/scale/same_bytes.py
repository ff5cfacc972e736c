"""The same bytes in every process, with every number of threads, in every place and under every Python.

    scripts/bench scale/same_bytes                              three pieces, five formats, every Python on the path
    scripts/bench scale/same_bytes --formats mid,wav --n 8      others
    scripts/bench scale/same_bytes --pythons py312/bin/python   an environment beside, with what Composer depends on

The same pictures are composed by a command of its own under each circumstance, and every file is compared with that of
the first one. A Python that cannot load what Composer needs is named; one that is a link to another counts once. Every
result names the Python that made it; that is looked past. Another version of NumPy may change last digits of what is
read from a picture.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from common import add_number, add_out, argument_parser, progress, write_csv, write_summary

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = "from composer.cli import entry; entry()"
COLUMNS = ("circumstance", "python", "files", "equal", "different")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def pythons(further: Sequence[Path]) -> Iterator[Path]:
    """The running one, every other of the path, and further ones, each once."""
    seen = {version_of(Path(sys.executable))}
    yield Path(sys.executable)
    names = ("python3", *(f"python3.{minor}" for minor in range(11, 20)))
    for found in (*further, *map(Path, filter(None, map(shutil.which, names)))):
        version = version_of(found)  # none: a launcher without what it would launch
        if version and version not in seen:
            seen.add(version)
            yield found


def version_of(python: Path) -> str:
    """Its version with the place of its library, by which links are told from others."""
    told = "import sys, sysconfig; print(sys.version.split()[0], sysconfig.get_path('purelib'))"
    return subprocess.run([python, "-c", told], capture_output=True, text=True, check=False).stdout.strip()


def circumstances(further: Sequence[Path]) -> Iterator[tuple[str, Path, Mapping[str, str], bool]]:
    """(name, Python, environment, whether the pictures are one batch)."""
    here = Path(sys.executable)
    for threads in ("1", "2", "4"):
        yield f"{threads} numerical threads", here, dict.fromkeys(_THREADS, threads), False
    yield "another order of hashing", here, {"PYTHONHASHSEED": "12345"}, False
    yield "another place", here, {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "COLUMNS": "40"}, False
    yield "a batch of two processes", here, {}, True
    for python in list(pythons(further))[1:]:
        yield "another Python", python, {}, False


def compose(python: Path, environment: Mapping[str, str], source: Path, out: Path, formats: str, *, batch: bool) -> str:
    """Compose all pictures; what went wrong, or nothing."""
    music = ("--bars", "6", "--candidates", "2")
    start = (str(python), "-c", COMMAND)
    surroundings = os.environ | {"PYTHONPATH": str(REPOSITORY)} | dict(environment)
    commands = [(*start, "batch", source, "--out", out, "--format", formats, "--workers", "2", *music)]
    if not batch:
        out.mkdir()
        outs = {path: [out / f"{path.stem}.{name}" for name in formats.split(",")] for path in sorted(source.iterdir())}
        commands = [
            (*start, "--image", path, *(part for one in outs[path] for part in ("--out", one)), *music) for path in outs
        ]
    for command in commands:
        done = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, check=False, env=surroundings, cwd=source.parent
        )
        if done.returncode:
            return next((line for line in done.stderr.splitlines() if "error" in line), f"code {done.returncode}")[:200]
    return ""


def digests(folder: Path, formats: str, version: str) -> dict[str, str]:
    """Name -> sha256 of the results, the version of Python in their provenance aside."""
    kinds = {f".{name}" for name in formats.split(",")}
    return {
        path.name: hashlib.sha256(path.read_bytes().replace(version.encode(), b"x" * len(version))).hexdigest()
        for path in sorted(folder.iterdir())
        if path.suffix in kinds and path.stem != "table"
    }


def main() -> None:
    """Compose under every circumstance and compare."""
    import memory

    parser = argument_parser(__doc__, whole=True)
    add_number(parser, "--n", 3, "pictures, at most 8")
    parser.add_argument("--formats", default="mid,musicxml,json,pdf,wav", help="results (default %(default)s)")
    parser.add_argument("--pythons", type=Path, nargs="*", default=[], help="Pythons that are not on the path")
    add_out(parser, __file__, "folder for same_bytes.csv")
    options = parser.parse_args()
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "pictures"
        source.mkdir()
        for path in memory.pictures(source)[options.n :]:
            path.unlink()
        first: dict[str, str] = {}
        tried = list(circumstances([path.absolute() for path in options.pythons]))
        for number, (what, python, environment, batch) in enumerate(progress(tried, len(tried), "circumstances")):
            out = Path(name) / f"out-{number}"
            error = compose(python, environment, source, out, options.formats, batch=batch)
            version = version_of(python).partition(" ")[0]
            found = {} if error else digests(out, options.formats, version)
            first = first or found
            other = sorted(one for one in first if found.get(one) != first[one])
            rows.append((what, version, len(found), len(first) - len(other), error or ", ".join(other)))
    write_csv(options.out / "same_bytes.csv", COLUMNS, rows)
    text = "".join(
        f"{what} (Python {version}): {equal} of {len(first)} files equal{f'; {other}' if other else ''}\n"
        for what, version, _, equal, other in rows
    )
    write_summary(options.out, text, name="same_bytes.txt")


if __name__ == "__main__":
    main()
