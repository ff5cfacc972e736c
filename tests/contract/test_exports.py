"""What can be imported, and what importing it costs."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys

import pytest

import composer

HEAVY = (
    "torch",
    "torchvision",
    "transformers",
    "open_clip",
    "miditok",
    "music21",
    "pretty_midi",
    "scipy",
    "sklearn",
    "timm",
)
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(composer.__path__, "composer.")
    if not module.name.startswith("composer.training")
)


def test_the_public_names() -> None:
    assert composer.__all__ == [
        "AssetError",
        "ComposeOptions",
        "ComposerError",
        "Composition",
        "CompoundTokenizer",
        "EvaluationOptions",
        "ExternalToolError",
        "FileEvaluation",
        "ImageError",
        "LessonOptions",
        "LessonRun",
        "MidiError",
        "MusicalPlan",
        "OutputError",
        "Perception",
        "PlanError",
        "Rewrite",
        "Score",
        "UsageError",
        "__version__",
        "compare_sets",
        "compose",
        "evaluate",
        "extend",
        "infill",
        "make_lesson",
        "perceive",
        "plan",
        "plan_from_midi",
        "render",
        "save",
    ]


@pytest.mark.parametrize("name", ["composer", *MODULES])
def test_every_exported_name_is_there_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    if hasattr(module, "__path__") and not hasattr(module, "__all__"):
        assert {item for item in vars(module) if not item.startswith("_")} <= submodules(name), f"{name} has no __all__"
        return  # a package that is a folder of modules and nothing else
    exported = getattr(module, "__all__", None)
    assert exported is not None, f"{name} has no __all__"
    assert len(set(exported)) == len(exported)
    # Constants, classes and functions each in order, as ruff sorts them.
    assert {item for item in exported if not hasattr(module, item)} == set()


def submodules(package: str) -> set[str]:
    found = importlib.import_module(package)
    return {module.name for module in pkgutil.iter_modules(found.__path__)}


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "code",
    [
        "import composer",
        "import composer.cli",
        "from composer.cli import app; app.main(['--help'], standalone_mode=False)",
        "from composer.cli import app; app.main(['plan', '--help'])",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    report = (
        f"import atexit, json, sys\natexit.register(lambda: print('\\n' + json.dumps(sorted(sys.modules))))\n{code}"
    )
    loaded = set(json.loads(run_python(report).splitlines()[-1]))
    assert loaded.isdisjoint(HEAVY)


def test_a_plan_from_a_feeling_needs_no_torch() -> None:
    code = (
        "import composer, sys\n"
        "composer.plan(composer.ComposeOptions(valence=0.1, arousal=0.2))\n"
        "print('torch' in sys.modules)"
    )
    assert run_python(code).strip() == "False"


def test_help_is_quick() -> None:
    def seconds() -> float:
        before = os.times()
        run_python("from composer.cli import app; app.main(['--help'])")
        after = os.times()
        # Processor time: what the command costs, however busy the machine is with something else.
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(seconds() for _ in range(5)) < 0.7
