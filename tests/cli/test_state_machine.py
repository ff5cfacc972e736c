"""Random ways through the command line: whatever is done in whatever order, the promises hold.

A command ends with an exit code that the documentation names; where it fails, it says so in two lines and leaves no
file; where it succeeds, its result is there, and the same command gives the same bytes again. ``COMPOSER_MACHINE``
multiplies the number of ways (default 1).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

REPOSITORY = Path(__file__).resolve().parents[2]
WAYS = int(os.environ.get("COMPOSER_MACHINE", "1"))
QUICK = ("--bars", "2", "--candidates", "1")
ODD_VALUES = st.sampled_from(["", "-1", "0", "nan", "1e99", "H", "999999999999", "🎻", "a\nb", "--", "7/13"])
OPTIONS = st.sampled_from(["--bars", "--tempo", "--key", "--meter", "--instruments", "--seed", "--level", "--valence"])


class CommandLine(RuleBasedStateMachine):
    """A folder in which somebody tries things."""

    pieces = Bundle("pieces")
    plans = Bundle("plans")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.number = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def have_a_picture(self) -> None:
        from PIL import Image

        self.picture = self.folder / "storm.png"
        with Image.open(REPOSITORY / "examples" / "storm-at-night.png") as picture:
            picture.resize((80, 60)).save(self.picture)

    def file(self, extension: str) -> Path:
        self.number += 1
        return self.folder / f"{self.number}.{extension}"

    def compose(self, *arguments: object, out: Path | None = None) -> str:
        """Run a command; it must keep the promises, and is told what it prints."""
        from composer.cli import app

        words = [str(argument) for argument in arguments] + ([] if out is None else ["--out", str(out)])
        done = CliRunner().invoke(app, words, prog_name="compose")
        assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
        assert done.exit_code in range(5), (words, done.exit_code)
        if done.exit_code:
            assert done.stderr.startswith(("compose: error: ", "Usage: ")), (words, done.stderr)
            assert out is None or not out.exists(), words
        elif out is not None:
            assert out.stat().st_size, words
        self.code = done.exit_code
        return done.stdout

    @rule(target=pieces, seed=st.integers(0, 3), mode=st.sampled_from(["minor", "dorian", "major"]))
    def compose_a_picture(self, seed: int, mode: str) -> Path:
        first, second = self.file("mid"), self.file("mid")
        for out in (first, second):
            self.compose("--image", self.picture, *QUICK, "--seed", seed, "--mode", mode, out=out)
            assert self.code == 0
        assert first.read_bytes() == second.read_bytes()
        return first

    @rule(target=plans, tempo=st.sampled_from(["60", "96", "181"]))
    def plan_a_picture(self, tempo: str) -> Path:
        text = self.compose("plan", self.picture, "--bars", 2, "--tempo", tempo)
        assert self.code == 0
        plan = self.file("json")
        plan.write_text(text, encoding="utf-8")
        return plan

    @rule(target=pieces, plan=plans)
    def compose_a_plan(self, plan: Path) -> Path:
        out = self.file("mid")
        self.compose("--plan", plan, "--candidates", 1, out=out)
        assert self.code == 0
        return out

    @rule(
        plan=plans,
        field=st.sampled_from(["tempo_bpm", "tonic", "bars", "chords", "instruments", "sections"]),
        value=st.one_of(st.none(), st.integers(-5, 500), st.text(max_size=4), st.lists(st.integers(), max_size=2)),
    )
    def compose_a_plan_that_somebody_spoilt(self, plan: Path, field: str, value: object) -> None:
        content = json.loads(plan.read_text(encoding="utf-8"))
        content[field] = value
        spoilt = self.file("json")
        spoilt.write_text(json.dumps(content), encoding="utf-8")
        self.compose("--plan", spoilt, "--candidates", 1, out=self.file("mid"))

    @rule(target=pieces, piece=pieces, seed=st.integers(0, 3))
    def write_bars_anew(self, piece: Path, seed: int) -> Path:
        out = self.file("mid")
        self.compose("infill", piece, "--bars", "1", "--candidates", 1, "--seed", seed, out=out)
        assert self.code == 0
        return out

    @rule(piece=pieces, extension=st.sampled_from(["musicxml", "mid", "svg", "xyz", "json"]))
    def render(self, piece: Path, extension: str) -> None:
        self.compose("render", piece, out=self.file(extension))

    @rule(piece=pieces)
    def evaluate(self, piece: Path) -> None:
        measures = json.loads(self.compose("evaluate", piece, "--no-audio", "--json"))
        assert self.code == 0
        assert measures

    @rule(piece=pieces, at=st.integers(0, 400), byte=st.integers(0, 255))
    def evaluate_a_damaged_file(self, piece: Path, at: int, byte: int) -> None:
        data = bytearray(piece.read_bytes())
        data[at % len(data)] = byte
        damaged = self.file("mid")
        damaged.write_bytes(data)
        self.compose("evaluate", damaged, "--no-audio", "--json")

    @rule(option=OPTIONS, value=ODD_VALUES)
    def ask_for_something_odd(self, option: str, value: str) -> None:
        self.compose("--image", self.picture, "--candidates", 1, option, value, *(
            () if option == "--bars" else ("--bars", 2)
        ), out=self.file("mid"))  # fmt: skip

    @rule()
    def write_where_nothing_can_be_written(self) -> None:
        self.compose("--image", self.picture, *QUICK, out=self.folder / "missing" / "x.mid")
        assert self.code == 1

    @invariant()
    def nothing_half_written_lies_about(self) -> None:
        assert not [path for path in self.folder.rglob(".*") if path.is_file()]


@pytest.mark.slow
def test_any_way_through_the_command_line_keeps_the_promises() -> None:
    run_state_machine_as_test(
        CommandLine,
        settings=settings(
            max_examples=3 * WAYS,
            stateful_step_count=8,
            deadline=None,
            derandomize=WAYS == 1,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
