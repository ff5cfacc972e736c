"""Our files through other libraries and back; uses the benchmark's own comparison."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from builders.programs import load_program
from composer.rendering import write_midi
from composer.types import Instrument

RUN = Path(__file__).parents[2] / "benchmarks" / "round_trip" / "run.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return load_program(RUN)


def lost(bench: ModuleType, path: Path, library: str) -> set[str]:
    before, after = bench.read_contents(path), bench.round_trip(path, library, path.parent)
    return {kind for kind, kept in bench.compare(before, after).items() if not kept}


@pytest.mark.parametrize("library", ["mido", "symusic", "pretty_midi", "music21"])
@pytest.mark.parametrize("meter", ["4/4", "6/8", "2/2"])
def test_a_file_survives(kit: SimpleNamespace, bench: ModuleType, tmp_path: Path, library: str, meter: str) -> None:
    write_midi(kit.build(meter=meter, bars=5, tempo_bpm=97.3, articulation=0.83), tmp_path / "a.mid")
    assert lost(bench, tmp_path / "a.mid", library) <= set(bench.LIMITS[library])


@pytest.mark.parametrize("library", ["mido", "symusic", "pretty_midi", "music21"])
def test_sixteen_programs_survive(kit: SimpleNamespace, bench: ModuleType, tmp_path: Path, library: str) -> None:
    instruments = tuple(Instrument(role="harmony", name=f"Part {n}", program=n * 8) for n in range(16))
    write_midi(kit.build(instruments=instruments, bars=2), tmp_path / "a.mid")
    assert bench.read_contents(tmp_path / "a.mid").programs == tuple(range(0, 128, 8))
    assert lost(bench, tmp_path / "a.mid", library) & {"notes", "programs", "velocities"} == set()


@pytest.mark.parametrize("library", ["mido", "symusic", "pretty_midi"])
def test_free_playing_survives(kit: SimpleNamespace, bench: ModuleType, tmp_path: Path, library: str) -> None:
    write_midi(kit.build(bars=5), tmp_path / "a.mid", humanize=0.7)
    assert lost(bench, tmp_path / "a.mid", library) & {"notes", "velocities", "tempo"} == set()


def test_the_comparison_sees_what_is_changed(kit: SimpleNamespace, bench: ModuleType, tmp_path: Path) -> None:
    write_midi(kit.build(), tmp_path / "a.mid")
    write_midi(kit.build(tonic="E", tempo_bpm=90.0, instruments=(kit.violin,)), tmp_path / "b.mid")
    one, two = bench.read_contents(tmp_path / "a.mid"), bench.read_contents(tmp_path / "b.mid")
    kept = bench.compare(one, two)
    assert not any(kept[kind] for kind in ("notes", "velocities", "programs", "names", "tempo", "key", "expression"))
    assert kept["meter"]
    assert all(bench.compare(one, one).values())
