"""What other programs see in our MIDI files; uses the benchmark's own check."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from composer.gm import INSTRUMENTS
from composer.rendering import write
from composer.types import Instrument

CHECK = Path(__file__).parents[2] / "benchmarks" / "midi_readers" / "run.py"


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("midi_readers_check", CHECK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def failures(checker: ModuleType, folder: Path) -> list[str]:
    checks = checker.check_folder(folder)
    assert {check.reader for check in checks} == {"mido", "pretty_midi", "symusic", "music21"}
    return [f"{c.reader} {c.what}: expected {c.expected}, found {c.found}" for c in checks if not c.passed]


def save(composition: object, folder: Path, name: str = "piece") -> None:
    for extension in ("mid", "json"):
        write(composition, folder / f"{name}.{extension}")  # type: ignore[arg-type]


@pytest.mark.parametrize("meter", ["2/4", "3/4", "4/4", "6/8", "5/8", "12/8", "2/2"])
def test_meters_and_bars(kit: SimpleNamespace, checker: ModuleType, tmp_path: Path, meter: str) -> None:
    for bars, tempo in ((1, 20.0), (7, 300.0), (16, 97.3)):
        save(kit.build(meter=meter, bars=bars, tempo_bpm=tempo), tmp_path, f"bars{bars}")
    assert failures(checker, tmp_path) == []


@pytest.mark.parametrize("mode", ["major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "harmonic-minor"])
def test_keys(kit: SimpleNamespace, checker: ModuleType, tmp_path: Path, mode: str) -> None:
    for tonic in ("C", "G#", "Eb", "F#", "Cb"):
        save(kit.build(tonic=tonic, mode=mode), tmp_path, f"key{tonic}")
    assert failures(checker, tmp_path) == []


@pytest.mark.parametrize("first", range(0, 128, 15))
def test_all_general_midi_programs(kit: SimpleNamespace, checker: ModuleType, tmp_path: Path, first: int) -> None:
    chosen = [found for found in INSTRUMENTS if first <= found.program < first + 15]
    parts = [Instrument(role="harmony", name=found.name, program=found.program) for found in chosen]
    save(kit.build(instruments=(*parts, kit.drums)), tmp_path)
    assert failures(checker, tmp_path) == []


def test_the_check_finds_what_is_wrong(kit: SimpleNamespace, checker: ModuleType, tmp_path: Path) -> None:
    write(kit.build(), tmp_path / "piece.mid")
    write(kit.build(tonic="E", tempo_bpm=97.0, meter="2/4", bars=5), tmp_path / "piece.json")
    found = {(check.reader, check.what) for check in checker.check_folder(tmp_path) if not check.passed}
    for reader in ("mido", "pretty_midi", "symusic", "music21"):
        assert {(reader, what) for what in ("key", "tempo", "meter", "bars")} <= found


def test_the_check_exits_with_1_on_a_failure(kit: SimpleNamespace, checker: ModuleType, tmp_path: Path) -> None:
    save(kit.build(), tmp_path)
    assert checker.main([str(tmp_path)]) == 0
    write(kit.build(tempo_bpm=60.0), tmp_path / "piece.mid")
    assert checker.main([str(tmp_path)]) == 1
