"""A tradition brings its scale and ensemble where it is named, and nowhere else."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from composer.errors import UsageError
from composer.perception import vocabulary
from composer.planning import affect_to_music as affect
from composer.planning.cues import Cues
from composer.planning.orchestration import choose_ensemble
from composer.planning.overrides import PlanOverrides
from composer.planning.tradition_styles import NONE, TRADITIONS, told
from composer.theory import MODES
from tests.conftest import RunCli

NAMES = [tradition.name for tradition in TRADITIONS]


def test_the_table_is_sound() -> None:
    words = [word for tradition in TRADITIONS for word in tradition.words]
    assert len(set(words)) == len(words)
    for tradition in TRADITIONS:
        assert {tradition.bright, tradition.dark} <= {*MODES, ""}
        assert any(char.isdigit() for char in tradition.source), "a source has its year"


@pytest.mark.parametrize("tradition", TRADITIONS, ids=NAMES)
def test_told_by_a_person_it_decides_the_scale(tradition: object) -> None:
    from composer.planning.tradition_styles import Tradition

    assert isinstance(tradition, Tradition)
    cues = told(Cues(text=" a landscape baroque painting in browns "), tradition.name)
    for valence, mode in ((0.5, tradition.bright), (-0.5, tradition.dark)):
        choice = affect.choose_mode(valence, 0.0, cues, random.Random(1))
        if mode:
            assert choice.value == mode
            assert "given by --tradition" in choice.reason
        else:
            assert choice == affect.choose_mode(valence, 0.0, Cues(), random.Random(1))


def test_none_takes_it_out_and_auto_leaves_it() -> None:
    cues = Cues(text=" a landscape japanese woodblock print in greys ")
    assert told(cues, None) is cues
    assert told(cues, "auto") is cues
    without = told(cues, NONE)
    assert affect.choose_mode(0.4, 0, without, random.Random(0)) == affect.choose_mode(0.4, 0, Cues(), random.Random(0))
    other = told(cues, "persian")
    assert affect.choose_mode(-0.4, 0, other, random.Random(0)).value == "phrygian-dominant"
    parts, reason = choose_ensemble(0.0, 0.0, other, random.Random(0))
    assert 107 not in {part.program for part in parts}
    assert "‹persian› given by --tradition" in reason


def test_every_tradition_that_is_read_is_known_or_left_to_the_feeling() -> None:
    """What is seen as of another tradition gets its scale, or nothing foreign at all."""
    left_alone = {"Egyptian wall painting", "Mesoamerican codex", "Native American ledger drawing",
                  "Aboriginal dot painting", "Pacific barkcloth painting", vocabulary.DEFAULT_TRADITION}  # fmt: skip
    for term in vocabulary.terms():
        if term.group == "tradition":
            cues = Cues(text=f" a landscape {term.text.lower()} in greys ")
            named = [tradition.name for tradition in TRADITIONS if cues.first(*tradition.words)]
            assert len(named) == (0 if term.text in left_alone else 1), term.text


def test_an_unknown_tradition_is_refused_with_the_list() -> None:
    with pytest.raises(UsageError, match=r"--tradition: 'atlantean' is unknown; allowed: auto, none, japanese"):
        PlanOverrides(tradition="atlantean")


def test_on_the_command_line(run_cli: RunCli, examples: dict[str, Path], tmp_path: Path) -> None:
    picture = examples["sunny-meadow"]
    usual = json.loads(run_cli("plan", picture).out)
    ethiopian = json.loads(run_cli("plan", picture, "--tradition", "ethiopian").out)
    assert ethiopian["mode"] in ("pentatonic", "hirajoshi")
    assert ethiopian["tempo_bpm"] == usual["tempo_bpm"]
    assert {part["program"] for part in ethiopian["instruments"]} != {part["program"] for part in usual["instruments"]}
    assert json.loads(run_cli("plan", picture, "--tradition", "auto").out) == usual
    own = json.loads(run_cli("plan", picture, "--tradition", "persian", "--mode", "lydian").out)
    assert own["mode"] == "lydian"
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(usual), encoding="utf-8")
    refused = run_cli("--plan", plan, "--tradition", "persian", "--out", tmp_path / "x.mid")
    assert refused.code == 2
    assert "--tradition" in refused.error_lines[0]
