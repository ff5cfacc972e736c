"""Mutation testing: do the tests notice when planning, the rules of music or the writers are changed?

    pip install cosmic-ray coverage                                  (no dependencies of Composer)
    scripts/bench mutation --groups planning --n 60                  60 mutants drawn at random; known ones are kept
    scripts/bench mutation --groups planning,rules,writers --n 300 --seed 1

A mutant is one change of one place by one of cosmic-ray's operators: another number, operator or comparison, a negated
condition, a loop left out ... Every place of a group's modules is as likely as any other. It is tried on the tests that
execute the line, the quickest first, and where these pass on the other tests of their files (what a fixture made for
several is not known of them). It counts as killed where a test fails or does not end. Each mutant lives in a process
of its own, forked from one that has loaded the libraries; no file is changed. Only tests within the process can see
it, and tests that are marked slow, or take more than ten seconds, are left out.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import ast
import csv
import difflib
import hashlib
import importlib.machinery
import json
import random
import resource
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import add_number, add_out, argument_parser, progress, write_csv, write_summary
from composer.metrics.confidence import wilson_interval

REPOSITORY = Path(__file__).resolve().parents[2]
WRITERS = (
    "test_controllers", "test_conversions", "test_humanize", "test_midi", "test_musicxml", "test_notation",
    "test_round_trip", "test_sheets", "test_writers",
)  # fmt: skip
GROUPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "planning": (("composer/planning",), ("tests/planning",)),
    "rules": (("composer/music/rules",), ("tests/music",)),
    "writers": (
        (
            "composer/rendering/musicxml", "composer/rendering/notation", "composer/rendering/midi.py",
            "composer/rendering/conductor.py", "composer/rendering/channels.py", "composer/rendering/controllers.py",
        ),
        tuple(f"tests/rendering/{name}.py" for name in WRITERS),
    ),
}  # fmt: skip
"""Modules, and the tests that concern them."""
REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"
_LONGEST = 10.0
"""Processor seconds of a test; longer ones are left out."""
_PATIENCE = 20.0
"""Times its tests' usual duration after which a mutant counts as killed: the machine may have other work."""
_MOST_WORK = 4.0
"""Times their usual processor time after which it counts as killed as well: it does not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one place: its line, column and kind."""

    group: str
    module: str
    line: int
    operator: str
    occurrence: int
    place: tuple[int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a mutant: killed, timeout or survived; `tests` execute its line."""

    group: str
    module: str
    line: int
    operator: str
    outcome: str
    tests: int
    change: str


# -------------------------------------------------------------------------------------------- mutants


def modules_of(group: str) -> Iterator[Path]:
    """A group's modules."""
    for name in GROUPS[group][0]:
        path = REPOSITORY / name
        yield from sorted(path.glob("*.py")) if path.is_dir() else [path]


def mutants_of(group: str) -> Iterator[Mutant]:
    """All of a group's mutants, but for those of places that do not run, or run to no effect on a result."""
    import cosmic_ray.plugins
    from cosmic_ray.ast import ast_nodes, get_ast_from_path

    operators = [(name, cosmic_ray.plugins.get_operator(name)) for name in cosmic_ray.plugins.operator_names()]
    plain = [
        (name, kind()) for name, kind in operators if not kind.arguments() and not name.endswith("RemoveDecorator")
    ]
    for path in modules_of(group):
        idle = idle_places(path.read_text(encoding="utf-8"))
        nodes = list(ast_nodes(get_ast_from_path(path)))
        for name, operator in plain:
            positions = [start for node in nodes for start, _ in operator.mutation_positions(node)]
            for occurrence, place in enumerate(positions):
                if not any(start <= place < end for start, end in idle):
                    yield Mutant(
                        group=group, module=str(path.relative_to(REPOSITORY)), line=place[0], operator=name,
                        occurrence=occurrence, place=(*place, name.partition("_")[0]),
                    )  # fmt: skip


def idle_places(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Annotations, decorators, assertions and imports for the type checker."""
    found: list[ast.AST | None] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found += [node.returns, *node.decorator_list]
            case ast.ClassDef():
                found += node.decorator_list
            case ast.arg() | ast.AnnAssign():
                found.append(node.annotation)
            case ast.Assert():
                found.append(node)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                found.append(node)
            case _:
                pass
    return [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in found
        if isinstance(node, ast.expr | ast.stmt)
    ]


def mutated(mutant: Mutant) -> tuple[str, str]:
    """The module's text with the change, and the change as a line."""
    import cosmic_ray.plugins
    from cosmic_ray.mutating import mutate_code

    before = (REPOSITORY / mutant.module).read_text(encoding="utf-8")
    after = mutate_code(before, cosmic_ray.plugins.get_operator(mutant.operator)(), mutant.occurrence)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return after, " / ".join(" ".join(line.split()) for line in lines if line[:2] not in ("--", "++", "@@"))


# ---------------------------------------------------------------------------------------------- tests


class Watch:
    """A pytest plugin that keeps which lines each test executes, and how long it takes."""

    def __init__(self, coverage: Any) -> None:
        self._coverage = coverage
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins, with the fixtures that it is the first to need."""
        self._coverage.switch_context(nodeid)
        self.seconds[nodeid] -= time.process_time()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test ended."""
        self.seconds[nodeid] += time.process_time()


def run_pytest(arguments: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run tests in this process, silently."""
    import pytest

    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    os.chdir(REPOSITORY)
    quiet = ["-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", "--no-header", "--tb=no", "-W", REWRITTEN]
    return int(pytest.main([*quiet, *arguments], plugins=list(plugins)))


def watch(group: str, kept: Path) -> None:
    """Write down, in a process of its own, what the group's tests execute."""

    def work() -> int:
        import coverage

        measured = coverage.Coverage(data_file=None, include=[str(path) for path in modules_of(group)])
        measured.start()
        plugin = Watch(measured)
        code = run_pytest(GROUPS[group][1], [plugin])
        measured.stop()
        data = measured.get_data()
        lines: dict[str, dict[str, list[str]]] = {}
        for name in data.measured_files():
            found = data.contexts_by_lineno(name)
            key = str(Path(name).relative_to(REPOSITORY))
            lines[key] = {str(line): sorted(contexts) for line, contexts in found.items()}
        if code == 0:
            kept.write_text(json.dumps({"seconds": plugin.seconds, "lines": lines}), encoding="utf-8")
        return code

    if apart(work, 3600.0) != 0:
        raise SystemExit(f"the tests of {group} do not pass unchanged")


def apart(work: Any, seconds: float) -> int | None:
    """Run a function in a forked process; its return value, or None where it was stopped."""
    process = os.fork()
    if process == 0:
        os.setpgrp()
        code = 99
        try:
            code = work()
        except BaseException:  # noqa: BLE001 - the process ends here, whatever it was
            traceback.print_exc()
        finally:
            os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return None


def trial(mutant: Mutant, known: Mapping[str, Any], most: float) -> Verdict:
    """Run the tests that may notice a mutant, the quickest ones up to so many seconds in all."""
    text, change = mutated(mutant)
    seconds = {test: time for test, time in known["seconds"].items() if time <= _LONGEST}
    tests = sorted(tests_of(mutant, known["lines"]) & set(seconds), key=lambda test: seconds[test])
    files = {test.partition("::")[0] for test in tests}
    others = sorted(set(seconds) - set(tests), key=lambda test: seconds[test])
    beside = [test for test in others if test.partition("::")[0] in files]
    quickest = sorted((*tests, *beside), key=lambda test: seconds[test])
    spent = accumulate(seconds[test] for test in quickest)
    allowed = {test for test, total in zip(quickest, spent, strict=True) if total <= most}
    executing = len(tests)
    tests, beside = [one for one in tests if one in allowed], [one for one in beside if one in allowed]
    usual = sum(seconds[test] for test in (*tests, *beside))

    def work() -> int:
        limit = int(_MOST_WORK * (10.0 + usual))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        plant(mutant.module, text)
        return (run_pytest(tests) if tests else 0) or (run_pytest(beside) if beside else 0)

    code = apart(work, _PATIENCE * (10.0 + usual))
    outcome = {0: "survived", None: "timeout"}.get(code, "killed")
    return Verdict(
        group=mutant.group, module=mutant.module, line=mutant.line, operator=mutant.operator.removeprefix("core/"),
        outcome=outcome, tests=executing, change=change,
    )  # fmt: skip


def tests_of(mutant: Mutant, executed: Mapping[str, Mapping[str, Sequence[str]]]) -> set[str]:
    """The tests that execute a mutant's line.

    For a line that only the import executes: all that execute something of the module, or, where a module holds nothing
    but tables, something of the modules that import it.
    """
    lines = executed.get(mutant.module, {})
    tree = ast.parse((REPOSITORY / mutant.module).read_text(encoding="utf-8"))
    around = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= mutant.line <= (node.end_lineno or 0)
    ]
    contexts = {test for line in range(max(around), mutant.line + 1) for test in lines.get(str(line), ())}
    if contexts == {""}:
        contexts = _of_module(lines) or {
            test for path in importers(mutant) for test in _of_module(executed.get(path, {}))
        }
    return contexts - {""}


def _of_module(lines: Mapping[str, Sequence[str]]) -> set[str]:
    return {test for found in lines.values() for test in found} - {""}


def importers(mutant: Mutant) -> list[str]:
    """The modules of the group that import a mutant's module."""
    name = mutant.module.removesuffix(".py").replace("/", ".")
    found = []
    for path in modules_of(mutant.group):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if any(isinstance(node, ast.ImportFrom) and node.module == name for node in nodes):
            found.append(str(path.relative_to(REPOSITORY)))
    return found


def plant(module: str, text: str) -> None:
    """Let the import of a module, which has not happened yet, find another text."""
    usual = importlib.machinery.SourceFileLoader.get_code
    path = str(REPOSITORY / module)

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> Any:
        return compile(text, path, "exec") if self.path == path else usual(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def load_libraries() -> None:
    """What every test would load anew; nothing of Composer."""
    for name in (
        "numpy",
        "hypothesis",
        "pytest",
        "music21",
        "PIL.Image",
        "mido",
        "lxml.etree",
        "scipy.stats",
        "coverage",
    ):
        __import__(name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "composer"]:
        del sys.modules[name]


# ----------------------------------------------------------------------------------------------- main


def summary(rows: Sequence[Verdict]) -> str:
    """Scores with their intervals, and the survivors."""
    lines = []
    for group in dict.fromkeys(row.group for row in rows):
        own = [row for row in rows if row.group == group]
        killed = sum(row.outcome != "survived" for row in own)
        bare = sum(row.tests == 0 for row in own)
        lines.append(
            f"{group}: mutation score {wilson_interval(killed, len(own))}; on lines that no test executes: {bare}"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Draw mutants, try those that have no row yet, keep the rows."""
    parser = argument_parser(__doc__, whole=True)
    parser.add_argument("--groups", default=",".join(GROUPS), help=f"of {', '.join(GROUPS)} (default all)")
    add_number(parser, "--n", 60, "mutants a group")
    add_number(parser, "--seed", 0, "of the draw")
    add_number(parser, "--tests", 60, "seconds of tests that a mutant is tried on at most, the quickest ones")
    add_number(parser, "--seconds", 86_400, "after which it ends; run it again for the rest")
    parser.add_argument("--work", type=Path, default=Path("runs/mutation"), help="what tests execute (runs/mutation)")
    parser.add_argument(
        "--again", action="store_true", help="try the survivors once more, with the tests as they are now"
    )
    add_out(parser, __file__)
    options: argparse.Namespace = parser.parse_args()
    end = time.monotonic() + options.seconds
    options.work.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(REPOSITORY))
    load_libraries()
    rows = read_rows(options.out / "results.csv")
    for group in filter(None, options.groups.split(",")):
        others = [row for row in rows if row.group != group]
        found = {(row.module, row.operator, row.change): row for row in rows if row.group == group}
        known = watched(group, options.work)
        chosen = {sign(mutant): mutant for mutant in drawn(group, options.n, options.seed)}
        kept = {name: found[name] for name in chosen if name in found}
        for name, mutant in progress(chosen.items(), len(chosen), f"mutants of {group}"):
            untried = name not in kept or (options.again and kept[name].outcome == "survived")
            if untried and time.monotonic() < end:
                kept[name] = trial(mutant, known, options.tests)
            names = [one.name for one in fields(Verdict)]
            write_csv(options.out / "results.csv", names, map(astuple, [*others, *kept.values()]))
        rows = [*others, *kept.values()]
    write_summary(options.out, summary(rows))


def sign(mutant: Mutant) -> tuple[str, str, str]:
    """What a mutant is known by in the rows, whatever line it has come to stand on."""
    return mutant.module, mutant.operator.removeprefix("core/"), mutated(mutant)[1]


def watched(group: str, folder: Path) -> dict[str, Any]:
    """What the group's tests execute: kept, as long as neither modules nor tests change."""
    digest = hashlib.sha256()
    for name in (*GROUPS[group][0], *GROUPS[group][1]):
        path = REPOSITORY / name
        for one in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(one.read_bytes())
    kept = folder / f"{group}-{digest.hexdigest()[:16]}.json"
    if not kept.is_file():
        watch(group, kept)
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def drawn(group: str, number: int, seed: int) -> list[Mutant]:
    """Places at random, one of the mutants of each; a larger draw begins with the smaller one."""
    chance = random.Random(seed)
    places: dict[tuple[object, ...], list[Mutant]] = defaultdict(list)
    for mutant in mutants_of(group):
        places[mutant.module, *mutant.place].append(mutant)
    found = [chance.choice(mutants) for mutants in places.values()]
    chance.shuffle(found)
    return list(islice(filter(compiles, found), number))


def compiles(mutant: Mutant) -> bool:
    """Whether a mutant is Python at all; the star of a signature is no multiplication."""
    try:
        ast.parse(mutated(mutant)[0])
    except SyntaxError:
        return False
    return True


def read_rows(path: Path) -> list[Verdict]:
    """The rows of earlier runs."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        found = list(csv.DictReader(handle))
    return [Verdict(**row | {"line": int(row["line"]), "tests": int(row["tests"])}) for row in found]  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
