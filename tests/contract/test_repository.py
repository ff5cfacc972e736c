"""What stands around the code: scripts, documents, examples, layers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import composer
from builders.programs import load_program
from composer.cli import app

PAGES = (
    *(
        "architecture",
        "cli",
        "controls",
        "evaluation",
        "lessons",
        "levels",
        "models",
        "models-audio",
        "models-perception",
    ),
    *("output", "python-api", "traditions", "training"),
)
SCRIPTS = ("bench", "check", "compose", "fix", "install", "test")
DOCUMENTS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", *(f"docs/{name}.md" for name in PAGES))


@pytest.mark.parametrize("name", [*(f"scripts/{name}" for name in SCRIPTS), ".ci/run"])
def test_the_shell_scripts_are_sound(repository: Path, name: str) -> None:
    path = repository / name
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_continuous_integration_calls_the_test_script_and_nothing_else(repository: Path) -> None:
    lines = (repository / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == [
        'exec "$(dirname -- "$0")/../scripts/test"'
    ]


def test_install_refuses_an_unknown_option(repository: Path) -> None:
    done = subprocess.run(
        ["sh", repository / "scripts/install", "--nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["compose", "hint"]


def test_install_without_python_says_so_in_two_lines(repository: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("dirname", "cksum", "cat", "mkdir"):
        place = next(Path(folder) / tool for folder in ("/usr/bin", "/bin") if (Path(folder) / tool).exists())
        (tools / tool).symlink_to(place)
    clone = tmp_path / "clone"
    (clone / "scripts").mkdir(parents=True)
    for name in ("pyproject.toml", "scripts/install", "scripts/compose"):
        (clone / name).write_bytes((repository / name).read_bytes())
        (clone / name).chmod(0o755)
    environment = {"PATH": str(tools)}
    done = subprocess.run(
        ["/bin/sh", clone / "scripts/compose"], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 4
    assert done.stdout == ""
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["compose", "hint"]
    assert "3.11" in done.stderr
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_the_documents_lead_somewhere(repository: Path, name: str) -> None:
    text = (repository / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text):
        assert (repository / name).parent.joinpath(target).exists(), target


def test_the_command_line_page_is_up_to_date(repository: Path) -> None:
    made = load_program(repository / "scripts" / "document_cli.py").document()
    kept = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    # Line breaks differ a little between versions of click.
    assert made.split() == kept.split(), "run scripts/document_cli.py"


def test_the_manual_page_is_up_to_date_and_well_formed(repository: Path) -> None:
    made = load_program(repository / "scripts" / "document_cli.py").man_page()
    kept = (repository / "docs" / "compose.1").read_text(encoding="utf-8")
    assert made.split() == kept.split(), "run scripts/document_cli.py"
    macros = {line.split()[0] for line in kept.splitlines() if line.startswith((".", "'"))}
    assert macros <= {".TH", ".SH", ".PP", ".TP", ".B", ".nf", ".fi"}
    if shutil.which("man"):
        shown = subprocess.run(
            ["man", "--warnings", "-l", str(repository / "docs" / "compose.1")],
            capture_output=True, text=True, check=True, env=os.environ | {"MANPAGER": "cat", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert shown.stderr == ""
        assert "compose completion" in shown.stdout.lower()


def test_the_command_line_page_names_every_command_and_option(repository: Path) -> None:
    text = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    for path, command in load_program(repository / "scripts" / "document_cli.py").walk("compose", app):
        assert f"## `{path}`" in text
        for parameter in command.params:
            for name in parameter.opts:
                if name.startswith("--"):
                    assert name in text


def test_the_readme_begins_with_the_two_commands(repository: Path) -> None:
    text = (repository / "README.md").read_text(encoding="utf-8")
    first = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert first is not None
    commands = [line for line in first.group(1).splitlines() if line and not line.startswith("#")]
    assert commands[0].startswith("./scripts/compose --image examples/")
    assert commands[1] == "./scripts/test"
    picture = commands[0].split()[2]
    assert (repository / picture).is_file()


def test_every_environment_variable_is_documented(repository: Path) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (repository / "composer").rglob("*.py"))
    variables = set(re.findall(r"COMPOSER_[A-Z]+", code)) - {"COMPOSER_DATA"}
    page = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    assert {name for name in variables if name not in page} == set()


def test_the_examples_are_what_the_script_draws(repository: Path, examples: dict[str, Path]) -> None:
    import numpy as np
    from PIL import Image

    script = load_program(repository / "scripts" / "draw_examples.py")
    assert set(examples) == set(script.SCENES)
    name = "quiet-interior"
    drawn = np.asarray(script.draw(name).convert("RGB"), dtype=float)
    with Image.open(examples[name]) as kept:
        # Not to the byte: resampling differs by a shade between versions of Pillow.
        assert np.abs(np.asarray(kept.convert("RGB"), dtype=float) - drawn).mean() < 3


def test_the_list_of_weights_is_up_to_date(repository: Path) -> None:
    script = load_program(repository / "scripts" / "hash_weights.py")
    made = script.manifest([(repository / "composer/weights", ""), (repository / "tokenizers", "tokenizers/")])
    assert made == (repository / "composer/weights/manifest.json").read_text(encoding="utf-8")


def test_the_tokenizer_folder_shadows_no_library(repository: Path) -> None:
    assert not list((repository / "tokenizers").rglob("*.py"))


def test_the_hooks_before_a_commit_are_the_steps_of_the_check(repository: Path) -> None:
    steps = re.findall(
        r"^(\.venv/bin/[^>|\n]+?)\s*(?:[>|].*)?$", (repository / "scripts/check").read_text(), re.MULTILINE
    )
    hooks = re.findall(r"^        entry: (.*)$", (repository / ".pre-commit-config.yaml").read_text(), re.MULTILINE)
    assert len(steps) >= 7
    assert hooks == steps


def test_the_citation_is_of_this_version(repository: Path) -> None:
    text = (repository / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {composer.__version__}\n" in text
    assert text.startswith("cff-version: 1.2.0\n")
    assert {"authors:", "title: Composer", "license: Apache-2.0"} <= set(text.splitlines())


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_files_that_the_guides_name_are_there(name: str, repository: Path) -> None:
    text = (repository / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:composer|docs|scripts|tests|benchmarks)/[\w/.-]+)`", text))
    assert {path for path in named if not (repository / path).exists()} == set()
    for topic in re.findall(r"scripts/bench ([a-z_]+)", text):
        assert (repository / "benchmarks" / topic / "run.py").is_file()
