"""The command line as a person meets it: options, output, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

FEELING = ("--valence", "0.3", "--arousal", "0.2", "--bars", "4", "--candidates", "1")


def assert_two_lines(err: str) -> None:
    lines = err.splitlines()
    assert len(lines) == 2, err
    assert lines[0].startswith("compose: error: ")
    assert lines[1].startswith("hint: ")


def test_no_arguments_give_the_help(run_cli) -> None:
    outcome = run_cli()
    assert outcome.code == 0
    assert outcome.out == run_cli("--help").out
    for word in ("--image", "--instruments", "perceive", "doctor", "Examples:", "COMPOSER_HOME"):
        assert word in outcome.out


@pytest.mark.parametrize("command", ["perceive", "plan", "render", "models", "models list", "models pull", "doctor"])
def test_every_command_explains_itself(run_cli, command: str) -> None:
    outcome = run_cli(*command.split(), "--help")
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: compose {command}")
    assert outcome.err == ""


def test_the_version(run_cli) -> None:
    from composer import __version__

    assert __version__ in run_cli("--version").out


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("--colour", "red"), 2, "--colour"),
        (("paint",), 2, "paint"),
        (("--image",), 2, "--image"),
        (("perceive",), 2, "PICTURE"),
        (("--bars", "8", "plan", "x.png"), 2, "--bars"),
        (("--valence", "0.5"), 2, "nothing to start from"),
        ((*FEELING, "--mode", "happy"), 2, "dorian"),
        ((*FEELING, "--instruments", "violni"), 2, "violni"),
        ((*FEELING, "--tempo", "nan"), 2, "20..300"),
        ((*FEELING, "--candidates", "0"), 2, "--candidates"),
        ((*FEELING, "--out", "x.mp17"), 2, ".mid"),
        ((*FEELING, "--out", "no/where/x.mid"), 1, "folder"),
        (("--image", "no.png", "--out", "x.mid"), 1, "no.png"),
        (("--plan", "no.json", "--out", "x.mid"), 1, "no.json"),
        (("render", "no.mid"), 1, "no.mid"),
        (("render", "no.mid", "--out", "x.aac"), 2, ".wav"),
        ((*FEELING, "--out", "x.wav", "--soundfont", "no.sf2"), 3, "no.sf2"),
        (("models", "pull", "nonsense"), 2, "ViT-B-32"),
        (("models", "pull", "larger_clap_music"), 3, "COMPOSER_OFFLINE"),
    ],
)
def test_a_failure_is_two_lines_and_a_code(
    run_cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = run_cli(*arguments)
    assert outcome.code == code
    assert_two_lines(outcome.err)
    assert word in outcome.err
    assert outcome.out == ""
    assert os.listdir(tmp_path) == []


def test_a_picture_in_the_place_of_a_subcommand_gets_a_hint(run_cli, examples: dict[str, Path]) -> None:
    outcome = run_cli(examples["sunny-meadow"])
    assert outcome.code == 2
    assert "did you mean --image" in outcome.err


def test_an_unexpected_failure_shows_a_traceback_only_on_request(run_cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from composer.pipeline import plan_input

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(plan_input, "plan", fail)
    outcome = run_cli("plan", "x.png")
    assert outcome.code == 1
    assert_two_lines(outcome.err)
    assert "please report" in outcome.err
    assert "Traceback" in run_cli("plan", "x.png", "-vv").err


def test_line_breaks_and_control_characters_in_names_stay_within_the_line(run_cli) -> None:
    outcome = run_cli("--image", "a\nb\x1b[31m.png", "--out", "x.mid")
    assert outcome.code == 1
    assert_two_lines(outcome.err)
    assert "\x1b" not in outcome.err


def test_an_interruption_leaves_nothing(run_cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from composer import rendering

    def interrupted(_composition: object, path: Path, **_: object) -> None:
        path.write_bytes(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(rendering, "write", interrupted, raising=False)
    outcome = run_cli(*FEELING, "--out", tmp_path / "x.mid")
    assert outcome.code == 130
    assert_two_lines(outcome.err)
    assert os.listdir(tmp_path) == []


STUCK_IN_THE_MUSIC = """
import signal, sys, time
from composer import cli, music
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
def generate(*_, **__):
    print("ready", flush=True)
    time.sleep(60)
music.generate_together = generate
cli.entry()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_real_process_cleanly(tmp_path: Path, number: int, code: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUCK_IN_THE_MUSIC, *FEELING, "--out", str(tmp_path / "x.mid")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == code
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(
        [sys.executable, "-c", "from composer.cli import entry; entry()", "plan", "--valence", "0", "--arousal", "0"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert process.returncode == 1
    assert process.stderr == ""


def test_the_plan_of_a_feeling_is_json_that_can_be_fed_back(run_cli, tmp_path: Path) -> None:
    outcome = run_cli("plan", "--valence", "-0.6", "--arousal", "-0.5", "--bars", "8")
    assert outcome.code == 0
    assert outcome.err == ""
    plan = json.loads(outcome.out)
    assert plan["bars"] == 8
    (tmp_path / "plan.json").write_text(outcome.out, encoding="utf-8")
    again = run_cli("plan", "--plan", tmp_path / "plan.json")
    assert again.out == outcome.out


def test_options_override_a_plan_field_by_field(run_cli, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(run_cli("plan", "--valence", "0.4", "--arousal", "0").out, encoding="utf-8")
    before = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    changed = json.loads(
        run_cli("plan", "--plan", tmp_path / "plan.json", "--tempo", "77", "--instruments", "flute,harp").out
    )
    assert changed["tempo_bpm"] == 77
    assert [part["program"] for part in changed["instruments"]] == [73, 46]
    for name in ("tonic", "mode", "meter", "bars"):
        assert changed[name] == before[name]
    theirs = ("figures", "variation")  # what belongs to instruments: their figures, and who takes a tune over
    for plan in (before, changed):
        plan["sections"] = [{key: value for key, value in one.items() if key not in theirs} for one in plan["sections"]]
    assert changed["sections"] == before["sections"]


def test_the_seed_changes_the_plan_and_nothing_else_does(run_cli) -> None:
    arguments = ("plan", "--valence", "0.1", "--arousal", "0.1")
    plans = {run_cli(*arguments, "--seed", seed).out for seed in (1, 1, 2, 3)}
    assert len(plans) == 3


def test_models_are_listed(run_cli) -> None:
    from composer import assets

    text = run_cli("models").out
    assert text == run_cli("models", "list").out
    for asset in assets.registry():
        assert asset.name in text
    data = json.loads(run_cli("models", "list", "--json").out)
    models = [row for row in data if row["kind"] != "soundfont"]
    assert {row["name"]: row["sha256"] for row in models} == {asset.name: asset.sha256 for asset in assets.registry()}


def test_soundfonts_are_listed_with_licence_and_source(
    run_cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path))
    rows = json.loads(run_cli("models", "list", "--json").out)
    fonts = {row["name"]: row for row in rows if row["kind"] == "soundfont"}
    assert fonts["TimGM6mb.sf2"]["state"] == "in use"
    assert fonts["TimGM6mb.sf2"]["licence"] == "GPL-2.0"
    assert len(fonts) >= 5
    assert all(row["licence"] and row["source"] for row in fonts.values())
    text = run_cli("models", "list").out
    assert "fluid-soundfont-gm" in text
    (tmp_path / "soundfonts").mkdir()
    for name in ("FluidR3_GM.sf2", "mine.sf2"):
        (tmp_path / "soundfonts" / name).write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    states = {row["name"]: row["state"] for row in json.loads(run_cli("models", "list", "--json").out)}
    assert (states["FluidR3_GM.sf2"], states["mine.sf2"], states["TimGM6mb.sf2"]) == ("in use", "here", "here")


def test_models_that_are_good_verify(run_cli) -> None:
    outcome = run_cli("models", "verify")
    assert outcome.code == 0
    assert outcome.err == ""


def test_a_damaged_model_is_found(run_cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from composer import assets

    name = next(asset.name for asset in assets.registry() if asset.embedded)
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(b"damaged")
    monkeypatch.setenv("COMPOSER_HOME", str(tmp_path))
    outcome = run_cli("models", "verify")
    assert outcome.code == 3
    assert_two_lines(outcome.err)
    assert name in outcome.err
    assert run_cli("doctor").code == 3


def test_the_doctor_finds_this_installation_well(run_cli) -> None:
    outcome = run_cli("doctor")
    assert outcome.code == 0
    for word in ("onnxruntime", "soundfont", "FluidSynth", "python", "clip", "AVIF"):
        assert word in outcome.out


def test_a_missing_package_is_the_outside_worlds_fault(run_cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    from composer.cli import doctor

    def version(package: str) -> str:
        if package == "onnxruntime":
            raise metadata.PackageNotFoundError(package)
        return "1"

    monkeypatch.setattr(doctor.metadata, "version", version)
    outcome = run_cli("doctor")
    assert outcome.code == 4
    assert "onnxruntime" in outcome.err


def test_the_doctor_speaks_json(run_cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    outcome = run_cli("doctor", "--json")
    assert outcome.code == 0
    report = json.loads(outcome.out)
    clip = next(finding for finding in report["Extras"] if finding["what"] == "clip")
    assert clip["state"] == "missing"
    assert clip["get"] == 'pip install "painting-composer[clip]"'
    assert {finding["state"] for finding in report["Packages"]} == {"ok"}
    assert all(set(finding) == {"state", "what", "remark", "get"} for part in report.values() for finding in part)


def on_a_terminal(arguments: str, folder: Path) -> str:
    """What ``compose`` prints when its output is a terminal."""
    import pty

    leader, follower = pty.openpty()
    program = f"from composer.cli import entry; entry() # {arguments}"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments.split()], stdout=follower, stderr=subprocess.PIPE, cwd=folder
    )
    os.close(follower)
    shown = b""
    try:
        while data := os.read(leader, 4096):
            shown += data
    except OSError:  # Linux: the other side is closed
        pass
    os.close(leader)
    assert process.stderr is not None
    process.stderr.close()
    assert process.wait() == 0
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_on_a_terminal_it_says_what_to_try_and_what_it_found(tmp_path: Path) -> None:
    shown = on_a_terminal("", tmp_path)
    assert "compose examples" in shown
    assert "none in this folder" in shown
    (tmp_path / "my sea.jpg").write_bytes(b"")
    shown = on_a_terminal("", tmp_path)
    assert shown.count('"my sea.jpg"') == 3
    assert "compose examples" not in shown
    assert "sound " in shown


def test_a_piece_under_no_chosen_name_says_what_to_do_next(
    run_cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: dict[str, Path]
) -> None:
    monkeypatch.chdir(tmp_path)
    picture = examples["quiet-interior"]
    outcome = run_cli("--image", picture, "--bars", "4", "--candidates", "1")
    assert outcome.code == 0
    assert outcome.error_lines[0].startswith("quiet-interior.mid: ")
    assert outcome.error_lines[1].startswith("next: open quiet-interior.mid")
    assert "compose render quiet-interior.mid --out quiet-interior.mp3" in outcome.error_lines[1]
    named = run_cli("--image", picture, "--bars", "4", "--candidates", "1", "--out", "x.mid")
    assert len(named.error_lines) == 1


def test_the_examples_are_copied_and_never_overwritten(run_cli, tmp_path: Path, examples: dict[str, Path]) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "storm-at-night.png").write_bytes(b"mine")
    outcome = run_cli("examples", tmp_path / "here")
    assert outcome.code == 0
    assert [Path(line).stem for line in outcome.out.splitlines()] == sorted(examples)
    assert (tmp_path / "here" / "storm-at-night.png").read_bytes() == b"mine"
    assert (tmp_path / "here" / "sunny-meadow.png").read_bytes() == examples["sunny-meadow"].read_bytes()
    (tmp_path / "file").write_bytes(b"")
    failed = run_cli("examples", tmp_path / "file" / "x")
    assert failed.code == 1
    assert_two_lines(failed.err)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(run_cli, shell: str) -> None:
    script = run_cli("completion", shell).out
    assert "_COMPOSE_COMPLETE" in script
    environment = os.environ | {"_COMPOSE_COMPLETE": f"{shell}_complete", "COMP_WORDS": "compose ev"}
    environment["COMP_CWORD"] = "ev" if shell == "fish" else "1"
    done = subprocess.run(
        [sys.executable, "-c", "from composer.cli import entry; entry()"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "evaluate" in done.stdout


def test_a_picture_comes_in_and_a_piece_goes_out_by_pipes(tmp_path: Path, examples: dict[str, Path]) -> None:
    command = [
        sys.executable, "-c", "from composer.cli import entry; entry()", "--image", "-", "--bars", "4",
        "--candidates", "1", "--out",
    ]  # fmt: skip
    picture = examples["quiet-interior"].read_bytes()
    midi = subprocess.run([*command, "-"], input=picture, capture_output=True, check=True, cwd=tmp_path)
    assert midi.stdout.startswith(b"MThd")
    assert b"standard output: " in midi.stderr
    data = subprocess.run([*command, "-.json"], input=picture, capture_output=True, check=True, cwd=tmp_path)
    assert json.loads(data.stdout)["perception"]["caption"]
    twice = subprocess.run([*command, "-", "--out", "-.wav"], input=picture, capture_output=True, check=False)
    assert twice.returncode == 2
    assert twice.stdout == b""
    assert list(tmp_path.iterdir()) == []
