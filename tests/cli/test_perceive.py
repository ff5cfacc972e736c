"""``compose perceive`` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import RunCli


def test_alternative_text_alone(run_cli: RunCli, examples: dict[str, Path]) -> None:
    picture = examples["sunny-meadow"]
    whole = json.loads(run_cli("perceive", picture).out)
    done = run_cli("perceive", picture, "--alt")
    assert done.code == 0
    assert done.out.strip() == whole["alt"]
    assert done.err == ""
    assert "asked" not in whole


def test_the_sheet(run_cli: RunCli, examples: dict[str, Path], tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    done = run_cli("perceive", examples["storm-at-night"], "--explain", sheet)
    assert done.code == 0
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert "sheet.png: written" in done.err
    assert json.loads(done.out)["caption"]


def test_texts_after_one_option_or_after_several(run_cli: RunCli, examples: dict[str, Path]) -> None:
    texts = ("a storm at sea by night", "a quiet interior with a vase of flowers", "a sunny meadow in summer")
    for name, best in (("storm-at-night", texts[0]), ("sunny-meadow", texts[2])):
        done = run_cli("perceive", examples[name], "--ask", *texts)
        assert done.code == 0
        asked = json.loads(done.out)["asked"]
        assert asked[0]["text"] == best, asked
        assert abs(sum(item["share"] for item in asked) - 1) < 1e-6
        repeated = [part for text in texts for part in ("--ask", text)]
        assert json.loads(run_cli("perceive", examples[name], *repeated).out)["asked"] == asked


def test_what_cannot_end_well_is_refused_before_any_work(
    run_cli: RunCli, examples: dict[str, Path], tmp_path: Path
) -> None:
    picture = examples["storm-at-night"]
    copy = tmp_path / "picture.png"
    copy.write_bytes(picture.read_bytes())
    for arguments, code in (
        ((picture, "--explain", tmp_path), 2),
        ((picture, "--explain", tmp_path / "sheet.mid"), 2),
        ((picture, "--explain", tmp_path / "missing" / "sheet.png"), 1),
        ((copy, "--explain", copy), 2),
        ((picture, copy), 2),
        ((picture, "--ask", "  "), 2),
        ((picture, "--ask", "a storm", "--alt"), 2),
    ):
        done = run_cli("perceive", *arguments)
        assert (done.code, len(done.error_lines), done.out) == (code, 2, ""), arguments
        assert done.error_lines[0].startswith("compose: error: ")
        assert done.error_lines[1].startswith("hint: ")
    assert copy.read_bytes() == picture.read_bytes()
    assert [item.name for item in tmp_path.iterdir()] == ["picture.png"]
