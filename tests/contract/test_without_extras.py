"""Every command of docs/cli.md where no extra is installed: it works, or it names the extra that it needs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from composer.extras import EXTRAS
from composer.feedback import FeedbackStore, Nudge
from composer.studio.log import LOG_NAME, PieceLog

HIDDEN = (
    *(module for modules, _ in EXTRAS.values() for module in modules),
    "tokenizers", "sentence_transformers", "sklearn", "pandas", "onnx", "onnxscript", "lxml", "muspy", "mir_eval",
    "mutagen",
)  # fmt: skip
DRIVER = """
import contextlib, io, json, sys
hidden = set(json.loads(sys.argv[1]))
class Hiding:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hiding())
from composer.cli import app
results = []
for line in json.loads(sys.argv[2]):
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            app.main(line, prog_name="compose")
        except SystemExit as exit:
            code = exit.code
    out.flush()
    results.append([code, len(out.buffer.getvalue()), err.getvalue()])
print(json.dumps(results))
"""
SHORT = ["--bars", "4", "--candidates", "1"]

WORKS: dict[str, list[list[str]]] = {
    "compose": [
        ["--image", "a.png", *SHORT, "--humanize", "--level", "2", *(
            part for name in (
                "a.mid", "a.wav", "a.flac", "a.ogg", "a.mp3", "a.json", "a.musicxml", "a.mxl", "a.svg", "a.zip"
            ) for part in ("--out", name)
        )],
        ["--image", "a.png", *SHORT, "--out", "a.pdf", "--out", "page.png", "--lead-sheet", "lead.pdf"],
        ["--valence", "0.5", "--arousal", "0.1", *SHORT, "--out", "feeling.mid", "--stems", "stems"],
        ["--version"],
    ],
    "compose perceive": [["perceive", "a.png"], ["perceive", "a.png", "--alt"],
                         ["perceive", "a.png", "--ask", "the sea", "a cat"],
                         ["perceive", "a.png", "--explain", "sheet.png"]],
    "compose plan": [["plan", "a.png"], ["plan", "--from-midi", "a.mid"]],
    "compose render": [["render", "a.mid", "--out", "b.wav", "--out", "b.musicxml"]],
    "compose infill": [["infill", "a.mid", "--bars", "2-3", "--candidates", "1", "--out", "infilled.mid"]],
    "compose continue": [["continue", "a.mid", "--bars", "2", "--candidates", "1", "--out", "more.mid"]],
    "compose evaluate": [["evaluate", "a.mid"]],
    "compose batch": [["batch", "a.png", "--out", "batch", *SHORT, "--workers", "1"]],
    "compose gallery": [["gallery", "batch", "--out", "site"]],
    "compose lesson": [["lesson", "--image", "a.png", "--out", "lesson.html"]],
    "compose models": [["models"]],
    "compose models list": [["models", "list"], ["models", "list", "--json"]],
    "compose models verify": [["models", "verify"]],
    "compose doctor": [["doctor"], ["doctor", "--json"]],
    "compose examples": [["examples", "pictures"]],
    "compose feedback": [["feedback", "--help"]],
    "compose feedback stats": [["feedback", "stats", "--file", "kept.sqlite"]],
    "compose feedback learn": [["feedback", "learn", "--profile", "ada", "--file", "kept.sqlite"]],
    "compose feedback export": [
        ["feedback", "export", "--profile", "ada", "--file", "kept.sqlite", "--out", "ada.json"],
    ],
    "compose feedback import": [["feedback", "import", "ada.json", "--file", "again.sqlite"]],
    "compose feedback delete": [["feedback", "delete", "--profile", "ada", "--file", "again.sqlite"]],
    "compose log": [["log", "--data", "kept"], ["log", "--data", "kept", "--json"]],
    "compose completion": [["completion", "bash"]],
}  # fmt: skip
NAMES: dict[str, list[tuple[str, list[str]]]] = {
    "compose": [
        ("clip", ["--image", "a.png", *SHORT, "--clip", "ViT-B-32/laion2b_s34b_b79k", "--out", "x.mid"]),
        ("clip", ["--image", "a.png", *SHORT, "--captioner", "coca", "--out", "x.mid"]),
        ("video", ["--image", "a.png", *SHORT, "--out", "x.mp4"]),
        ("heic", ["--image", "a.heic", *SHORT, "--out", "x.mid"]),
    ],
    "compose perceive": [("clip", ["perceive", "a.png", "--clip", "ViT-B-32/laion2b_s34b_b79k"])],
    "compose plan": [("clip", ["plan", "a.png", "--captioner", "coca"])],
    "compose studio": [("studio", ["studio", "--no-open", "--data", "studio"])],
    "compose batch": [
        ("collections", ["batch", "memory://museum", "--out", "batch-2", *SHORT]),
        ("cluster", ["batch", "a.png", "--out", "batch-3", *SHORT, "--engine", "ray"]),
    ],
    "compose models pull": [("clip", ["models", "pull", "ViT-B-32/laion2b_s34b_b79k"])],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, examples: dict[str, Path]) -> Path:
    place = tmp_path_factory.mktemp("bare")
    (place / "a.png").write_bytes(examples["quiet-interior"].read_bytes())
    with FeedbackStore(place / "kept.sqlite") as store:
        store.consent("ada")
        store.add("ada", Nudge(direction="calmer"))
    (place / "kept").mkdir()
    facts = {
        "id": "1",
        "kind": "composed",
        "parent": None,
        "seed": 1,
        "bars_changed": None,
        "plan": {},
        "provenance": {},
    }
    PieceLog(place / "kept" / LOG_NAME).add(facts, options={}, who="studio")
    (place / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    return place


def run(folder: Path, lines: list[list[str]], **environment: str) -> list[tuple[int, int, str]]:
    """Exit code, bytes on stdout and stderr of each command line, all in one process without extras."""
    import os

    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(HIDDEN), json.dumps(lines)],
        cwd=folder, capture_output=True, text=True, check=True, env=os.environ | environment,
    )  # fmt: skip
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return [(code, size, err) for code, size, err in found]


def test_every_command_works_without_extras(folder: Path) -> None:
    lines = [line for group in WORKS.values() for line in group]
    for line, (code, _, err) in zip(lines, run(folder, lines), strict=True):
        assert code == 0, (line, err)
    for name in ("a.mid", "a.mp3", "a.zip", "a.pdf", "infilled.mid", "more.mid", "lesson.html", "sheet.png"):
        assert (folder / name).stat().st_size > 0


def test_what_needs_an_extra_names_it_in_two_lines(folder: Path) -> None:
    # Whatever is asked of the network would fail at once: the extra is looked for before.
    cases = [case for group in NAMES.values() for case in group]
    results = run(folder, [line for _, line in cases], COMPOSER_OFFLINE="", HTTPS_PROXY="http://127.0.0.1:9")
    for (extra, line), (code, size, err) in zip(cases, results, strict=True):
        said = err.splitlines()
        assert code == 4, (line, err)
        assert size == 0
        assert said[0].startswith("compose: error: "), line
        assert said[1:] == [f'hint: pip install "painting-composer[{extra}]"'], line
    assert not (folder / "x.mid").exists()


def test_every_command_of_the_page_was_tried(repository: Path) -> None:
    page = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## `(.*)`$", page, re.MULTILINE)) == {*WORKS, *NAMES}


def test_the_extras_are_those_of_the_project(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(EXTRAS) == set(extras) - {"all", "dev", "train"}
    core = " ".join(project["dependencies"])
    for package in ("torch", "transformers", "open_clip", "timm", "scikit-learn", "miditok", "symusic"):
        assert package not in core
    everywhere = sorted(set(EXTRAS) - {"cluster"})  # Ray has no wheel for every machine
    assert extras["all"] == [f"painting-composer[{','.join(everywhere)}]"]
    assert extras["dev"][0] == "painting-composer[all]"
