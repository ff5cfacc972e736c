from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from composer import rendering
from composer.errors import OutputError, UsageError
from composer.rendering import check_extension, composition_to_json, extensions, score_to_midi, write
from composer.types import ChordSpan, Composition, Palette, Perception, Swatch


def perceived(composition: Composition) -> Composition:
    palette = Palette(
        swatches=(Swatch(hex="#102030", name="midnight blue", share=0.7),),
        **dict.fromkeys(("lightness", "contrast", "saturation", "warmth", "complexity", "symmetry", "openness"), 0.25),
    )
    perception = Perception(
        caption="A ship.",
        valence=-0.4,
        arousal=float(np.float32(0.5)),
        valence_sd=0.3,
        arousal_sd=0.3,
        emotions={"fear": 0.75, "awe": 0.25},
        words={"subject": (("ship", 0.8), ("sea", 0.1))},
        palette=palette,
        sources={"embedding": "composer-painting-encoder"},
        embedding=np.ones(4, dtype=np.float32),
    )
    return Composition(
        perception=perception,
        plan=composition.plan,
        score=composition.score,
        provenance=composition.provenance,
    )


# ------------------------------------------------------------------------------------------ registry


def test_extension_chooses_the_writer(kit: SimpleNamespace, tmp_path: Path) -> None:
    assert {".mid", ".midi", ".wav", ".json"} <= set(extensions())
    for name in ("a.mid", "b.MIDI"):
        facts = write(kit.build(), tmp_path / name)
        data = (tmp_path / name).read_bytes()
        assert data == score_to_midi(kit.build())
        assert (facts.format, facts.bytes, facts.sha256) == ("midi", len(data), hashlib.sha256(data).hexdigest())
    assert write(kit.build(), tmp_path / "c.json").format == "json"
    assert check_extension(Path("x.WAV")) == "wav"


@pytest.mark.parametrize("name", ["piece.xyz", "piece", "piece.mid.txt", ".mid"])
def test_unknown_extensions_are_usage_errors_that_name_the_known(
    kit: SimpleNamespace, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError) as caught:
        write(kit.build(), tmp_path / name)
    assert all(extension in caught.value.message for extension in extensions())
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("extension", [".mid", ".json"])
def test_a_missing_folder_is_an_output_error(kit: SimpleNamespace, tmp_path: Path, extension: str) -> None:
    with pytest.raises(OutputError):
        write(kit.build(), tmp_path / "none" / f"a{extension}")


def test_a_failure_leaves_the_older_file(kit: SimpleNamespace, tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("older")
    with pytest.raises(TypeError):
        write(kit.build(provenance={"odd": object()}), target)
    assert target.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


# -------------------------------------------------------------------------------------------- JSON


def test_json_holds_the_whole_composition(kit: SimpleNamespace, tmp_path: Path) -> None:
    composition = perceived(kit.build(title="Très 日本"))
    write(composition, tmp_path / "a.json")
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert list(data) == ["format", "perception", "plan", "provenance", "score"]
    assert data["perception"]["words"] == {"subject": [["ship", 0.8], ["sea", 0.1]]}
    assert data["perception"]["palette"]["swatches"] == [{"hex": "#102030", "name": "midnight blue", "share": 0.7}]
    assert "embedding" not in data["perception"]
    assert data["plan"]["format"] == "composer-plan/1"
    assert data["plan"]["title"] == "Très 日本"
    assert data["plan"]["instruments"][2] == {
        "role": "bass", "name": "Cello", "program": 42, "low": 36, "high": 76, "voices": None, "activity": None,
    }  # fmt: skip
    assert data["plan"]["chords"][1] == {"bar": 2, "beat": 1, "symbol": "A7", "roman": ""}
    assert data["plan"]["reasons"] == {"mode": "minor: valence -0.40"}
    assert data["provenance"]["image"]["sha256"] == "ab" * 32


def test_json_holds_every_note(kit: SimpleNamespace) -> None:
    composition = kit.build()
    score = composition_to_json(composition)["score"]
    assert score["note_fields"] == ["onset", "pitch", "duration", "velocity"]
    written = [[tuple(row) for row in track["notes"]] for track in score["tracks"]]
    assert written == [
        [(note.onset, note.pitch, note.duration, note.velocity) for note in track.notes]
        for track in composition.score.tracks
    ]


def test_json_is_the_same_on_every_run(kit: SimpleNamespace, tmp_path: Path) -> None:
    first, second = (write(perceived(kit.build()), tmp_path / name).sha256 for name in ("a.json", "b.json"))
    assert first == second


def test_half_characters_of_file_names_do_not_stop_the_writer(kit: SimpleNamespace, tmp_path: Path) -> None:
    write(kit.build(title="a\udce9"), tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["plan"]["title"] == "a?"


def test_the_plan_can_be_fed_back(kit: SimpleNamespace) -> None:
    from composer.planning.plan_io import plan_from_json, plan_to_json

    chords = (ChordSpan(bar=1, beat=1, symbol="Dm", roman="i"), ChordSpan(bar=3, beat=4, symbol="A7", roman="V7"))
    composition = kit.build(meter="6/8", bars=5, chords=chords)
    data = composition_to_json(composition)["plan"]
    assert data == json.loads(plan_to_json(composition.plan))
    assert plan_from_json(json.dumps(data)) == composition.plan


def test_the_perception_has_the_form_that_the_command_line_prints(kit: SimpleNamespace) -> None:
    from composer.pipeline.compose import perception_to_json

    composition = perceived(kit.build())
    assert composition.perception is not None
    printed = perception_to_json(composition.perception)
    assert composition_to_json(composition)["perception"] == json.loads(json.dumps(printed))


# ----------------------------------------------------------------------------------------- exports


def test_exported_names_exist_and_are_sorted() -> None:
    assert rendering.__all__ == sorted(rendering.__all__)
    assert all(getattr(rendering, name) is not None for name in rendering.__all__)
    with pytest.raises(AttributeError):
        _ = rendering.nothing_of_the_kind


def test_importing_the_package_loads_no_heavy_library() -> None:
    heavy = "{'cairosvg', 'fluidsynth', 'mido', 'music21', 'numpy', 'pretty_midi', 'symusic', 'torch', 'verovio'}"
    code = f"import sys, composer.rendering as r; r.extensions(); print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
