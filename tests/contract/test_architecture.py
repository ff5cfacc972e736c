"""The page about the architecture: a stranger finds the file of a thing from it alone."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from builders.programs import load_program

THINGS = [
    # what is looked for, its words on the page, the file, what is defined there
    ("the tempo that follows from arousal", "valence and arousal to tempo", "planning/affect_to_music.py", "tempo_bpm"),
    ("the chords of a plan", "progression for every phrase", "planning/harmony.py", "make_chords"),
    ("the form of a piece", "sections, phrases, cadences", "planning/form.py", "make_sections"),
    ("the swing of dynamics over a piece", "curve of dynamics", "planning/form.py", "dynamics_curve"),
    ("who plays", "instruments from a request", "planning/orchestration.py", "choose_ensemble"),
    ("a plan as JSON", "Plans as JSON", "planning/plan_io.py", "plan_from_json"),
    ("the voice-leading rules", "outer voices, resolutions", "music/rules/voice_leading.py", "Resolution"),
    ("the decoding loop", "decoding loop", "music/sampling.py", "sample"),
    ("the transformer at run time", "cached decoding", "music/decoder.py", "Decoder"),
    ("the ranking of candidates", "ranking of candidates", "music/ranking.py", "score"),
    ("key detection", "Measures of notes: key", "music/analysis.py", "estimate_key"),
    ("tied notes", "with ties, rests, tuplets", "rendering/notation/bars.py", "bars_of"),
    ("beams", "which short notes hang together", "rendering/notation/beams.py", ""),
    ("staccato and slurs", "staccato dots, slurs", "rendering/notation/articulation.py", ""),
    ("the loudness of audio", "loudness of a piece", "rendering/audio/loudness.py", "measure_lufs"),
    ("pan and reverb", "volume, pan and reverb", "rendering/mix.py", "mix_parts"),
    ("timing as players make it", "Small departures from the grid", "rendering/humanize.py", "humanized"),
    ("the writer of an extension", "registry of output formats", "rendering/writers.py", "write"),
    ("the MIDI reader", "Any MIDI file as a frozen value", "midi/reader.py", "read_midi_file"),
    ("FAD, the Fréchet distance", "Fréchet distance", "metrics/frechet.py", "frechet_at_infinity"),
    ("the originality index", "Originality", "metrics/originality.py", "load_index"),
    ("adherence to the plan", "Adherence of a MIDI file", "metrics/adherence.py", "measure_adherence"),
    ("the difficulty of a piece", "difficulty of a piece", "metrics/difficulty.py", "measure_difficulty"),
    ("the caption", "caption of a picture", "perception/caption.py", "write_caption"),
    ("the colours of a picture", "Colour and composition statistics", "perception/palette.py", "read_palette"),
    ("the worksheet's questions", "finder of what a piece gives", "rendering/lesson/task_finder.py", "find_tasks"),
    ("where weights are found", "places of weights", "assets.py", "resolve"),
    ("files that appear whole", "whole or not at all", "files.py", "atomic_write"),
]

REMADE = "the map is made by scripts/document_modules.py: run it"


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "architecture.md").read_text(encoding="utf-8")


def entries(page: str) -> dict[str, str]:
    """File below composer/ -> its line on the page."""
    found: dict[str, str] = {}
    folders: list[str] = []
    for line in page.splitlines():
        folder = re.match(r"( *)- \*\*`composer/([\w/]+)/`\*\*", line)
        file = re.match(r"( *)- `([\w/]+\.py)` ", line)
        if folder:
            folders = [*folders[: len(folder[1]) // 2], folder[2]]
        elif file:
            depth = len(file[1]) // 2
            name = f"{folders[depth - 1]}/{file[2]}" if depth else file[2].removeprefix("composer/")
            found[name] = line
    return found


@pytest.mark.parametrize(("thing", "words", "file", "function"), THINGS, ids=[thing[0] for thing in THINGS])
def test_a_stranger_finds(thing: str, words: str, file: str, function: str, page: str, repository: Path) -> None:
    lines = [name for name, line in entries(page).items() if words.lower() in line.lower()]
    assert lines == [file], f"{thing}: searching the page for «{words}» leads to {lines}"
    code = ast.parse((repository / "composer" / file).read_text(encoding="utf-8"))
    defined = {node.name for node in code.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert not function or function in defined


def test_what_the_page_lists_is_there(page: str, repository: Path) -> None:
    listed = entries(page)
    assert len(listed) > 150
    assert {name for name in listed if not (repository / "composer" / name).is_file()} == set(), REMADE


def test_the_drawing_shows_every_layer(page: str, repository: Path) -> None:
    tools = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contract = next(item for item in tools["importlinter"]["contracts"] if item["type"] == "layers")
    drawing = page.split("```text")[2].split("```", maxsplit=1)[0]
    floors = [set(re.findall(r"\w+", floor)) for floor in drawing.split("│ imports")]
    assert floors == [
        {name.strip().removeprefix("composer.") for name in floor.split("|")} for floor in contract["layers"]
    ], REMADE


def test_the_map_can_be_made(page: str, repository: Path) -> None:
    script = load_program(repository / "scripts" / "document_modules.py")
    made = script.document(page)
    assert script.document(made) == made
    modules = {path.relative_to(repository / "composer").as_posix() for path in repository.glob("composer/**/*.py")}
    aside = {name for name in modules if name.endswith("__init__.py") or re.match("training/.+/", name)}
    assert set(entries(made)) == modules - aside
