"""The stages in order, through the Python interface."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from composer import ComposeOptions, compose, plan, save
from composer.errors import ImageError, OutputError, PlanError, UsageError
from composer.pipeline import compose as pipeline
from composer.planning import plan_to_json
from composer.types import TICKS_PER_QUARTER

FEELING = ComposeOptions(valence=0.3, arousal=0.1, bars=4, candidates=1)


@pytest.fixture(scope="module")
def meadow(examples: dict[str, Path]) -> Path:
    return examples["sunny-meadow"]


def test_the_same_options_give_the_same_bytes(meadow: Path, tmp_path: Path) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        options = ComposeOptions(image=meadow, bars=4, candidates=2, outs=(tmp_path / folder / "a.mid",))
        pipeline.run(options)
    assert (tmp_path / "first/a.mid").read_bytes() == (tmp_path / "second/a.mid").read_bytes()


def test_the_seed_comes_from_the_picture(meadow: Path, examples: dict[str, Path]) -> None:
    import hashlib

    seeds = []
    for picture in (meadow, examples["quiet-interior"]):
        piece = compose(ComposeOptions(image=picture, bars=4, candidates=1))
        digest = hashlib.sha256(picture.read_bytes()).hexdigest()
        assert piece.provenance["image"]["sha256"] == digest
        assert piece.provenance["seed"] == int(digest[:16], 16) % 2**31
        seeds.append(piece.provenance["seed"])
    assert seeds[0] != seeds[1]


def test_another_seed_gives_another_piece(meadow: Path) -> None:
    scores = [compose(ComposeOptions(image=meadow, bars=4, candidates=1, seed=seed)).score for seed in (1, 2)]
    assert scores[0].tracks != scores[1].tracks


def test_the_score_keeps_the_plan(meadow: Path) -> None:
    options = ComposeOptions(
        image=meadow,
        bars=8,
        candidates=1,
        tempo_bpm=72,
        tonic="Eb",
        mode="dorian",
        meter="3/4",
        instruments="oboe,harp",
    )
    piece = compose(options)
    assert piece.plan == piece.score.plan
    assert (piece.plan.tonic, piece.plan.mode, piece.plan.meter) == ("Eb", "dorian", "3/4")
    assert (piece.plan.tempo_bpm, piece.plan.bars) == (72, 8)
    assert [part.program for part in piece.plan.instruments] == [68, 46]
    assert piece.perception is not None
    assert piece.plan.caption == piece.perception.caption


@pytest.mark.parametrize(("valence", "arousal"), [(0.0, 0.0), (-0.8, -0.9), (0.8, 0.9), (0.3, -0.4)])
def test_a_piece_lasts_about_a_minute_when_nobody_says_otherwise(valence: float, arousal: float) -> None:
    for seed in range(5):
        made = plan(ComposeOptions(valence=valence, arousal=arousal, seed=seed))
        assert 48 <= made.bars * made.time.bar_ticks / TICKS_PER_QUARTER * 60 / made.tempo_bpm <= 75


def test_a_piece_lasts_as_long_as_it_was_asked_to() -> None:
    piece = compose(ComposeOptions(valence=0.2, arousal=0.4, duration_s=20, candidates=1))
    assert piece.score.end_seconds == pytest.approx(20, rel=0.001)


def test_a_feeling_needs_no_picture() -> None:
    piece = compose(FEELING)
    assert piece.perception is None
    assert piece.provenance["image"] is None
    assert (piece.plan.valence, piece.plan.arousal) == (0.3, 0.1)
    assert any(track.notes for track in piece.score.tracks)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_plan_keeps_its_length_unless_told_otherwise(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(plan_to_json(plan(replace(FEELING, bars=12))), encoding=encoding)
    assert plan(ComposeOptions(plan=path)).bars == 12
    assert plan(ComposeOptions(plan=path, bars=8)).bars == 8
    assert plan(ComposeOptions(plan=path, title="  Two\nlines ")).title == "Two lines"


@pytest.mark.parametrize(
    ("stem", "title"),
    [
        ("the_sea-of-ice", "The Sea of Ice"),
        ("the-sea-of-ice", "The Sea of Ice"),
        ("Storm", "Storm"),
        ("_", "Untitled"),
        ("IMG_1234", "Untitled"),
        ("gwen-john_the-cat", "The Cat (Gwen John)"),
        ("jan-toorop__the-sea", "The Sea (Jan Toorop)"),
        ("pieter-bruegel-the-elder__hunters", "Hunters (Pieter Bruegel the Elder)"),
        ("vincent-van-gogh__irises", "Irises (Vincent van Gogh)"),
    ],
)
def test_titles_come_from_file_names(tmp_path: Path, meadow: Path, stem: str, title: str) -> None:
    picture = tmp_path / f"{stem}.png"
    picture.write_bytes(meadow.read_bytes())
    assert plan(ComposeOptions(image=picture, bars=4)).title == title


def test_words_move_the_plan_and_can_be_ignored(tmp_path: Path, meadow: Path) -> None:
    picture = tmp_path / "IMG_1.png"
    picture.write_bytes(meadow.read_bytes())
    options = ComposeOptions(image=picture, bars=4)
    title = "The Funeral of a Murdered Child"
    alone, told = plan(options), plan(replace(options, title=title))
    assert told.valence < alone.valence - 0.1
    assert f"title ‹{title}› −" in told.reasons["valence"]
    assert told.title == title
    ignored = plan(replace(options, title=title, ignore_words=True))
    assert (ignored.valence, ignored.arousal) == (alone.valence, alone.arousal)
    assert ignored.title == title
    assert "title" not in ignored.reasons["valence"]


def test_a_text_about_the_picture_is_heard(tmp_path: Path, meadow: Path) -> None:
    label = tmp_path / "label.txt"
    label.write_text("A mother mourns her dead son. The city behind her is burning.", encoding="utf-8")
    picture = tmp_path / "IMG_1.png"
    picture.write_bytes(meadow.read_bytes())
    options = ComposeOptions(image=picture, bars=4)
    assert plan(replace(options, about_file=label)).valence < plan(options).valence
    with pytest.raises(UsageError, match="--about"):
        replace(options, about="calm", about_file=label)


def test_moods_lead_the_sections(meadow: Path) -> None:
    made = plan(ComposeOptions(mood="quiet grief, then a little hope", bars=16))
    values = [section.valence for section in made.sections]
    assert values == sorted(values)
    assert values[0] < -0.2 < values[-1]
    assert "‹quiet grief› −" in made.reasons["valence"]
    with_picture = plan(ComposeOptions(image=meadow, mood="quiet grief", bars=8))
    assert with_picture.valence < -0.2
    assert with_picture.caption
    with pytest.raises(UsageError, match="--mood"):
        plan(ComposeOptions(mood="!!"))


def test_provenance_is_plain_data_without_clock_or_place(meadow: Path) -> None:
    piece = compose(ComposeOptions(image=meadow, bars=4, candidates=1))
    text = json.dumps(dict(piece.provenance))
    assert str(meadow.parent) not in text
    assert os.path.expanduser("~") not in text
    assert piece.provenance["composer"]
    assert "onnxruntime" in piece.provenance["versions"]
    assert "torch" not in piece.provenance["versions"]
    assert piece.provenance["music"]


def test_provenance_says_what_a_piece_shares_with_the_training_set(meadow: Path) -> None:
    found = compose(ComposeOptions(image=meadow, bars=8, candidates=1)).provenance["originality"]
    assert found["figures"] > 0
    assert 0 <= found["share_seen"] < 0.2
    assert found["longest_run"] == max((run["notes"] for run in found["runs"]), default=0)
    assert found["index"]["works"] > 3000
    assert len(found["index"]["sha256"]) == 64


def test_progress_goes_from_nothing_to_everything(meadow: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    options = ComposeOptions(image=meadow, bars=4, candidates=1, outs=(tmp_path / "a.mid", tmp_path / "a.json"))
    pipeline.run(options, progress=lambda stage, share: steps.append((stage, share)))
    shares = [share for _, share in steps]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == pytest.approx(1.0)
    assert len({stage for stage, _ in steps}) >= 4


def test_one_output_that_fails_takes_the_others_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from composer import rendering

    write = rendering.write

    def fail_on_json(composition: object, path: Path, **settings: object) -> object:
        if path.suffix == ".json":
            raise OutputError("the disk is full")
        return write(composition, path, **settings)

    monkeypatch.setattr(rendering, "write", fail_on_json, raising=False)
    with pytest.raises(OutputError):
        save(compose(FEELING), [tmp_path / "a.mid", tmp_path / "a.json"])
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"image": "no.png"}, ImageError),
        ({"plan": "no.json"}, PlanError),
        ({"valence": 0, "arousal": 0, "mode": "happy"}, UsageError),
        ({"valence": 0, "arousal": 0, "outs": ("x.docx",)}, UsageError),
        ({"valence": 0, "arousal": 0, "outs": ("no/where/x.mid",)}, OutputError),
    ],
)
def test_what_cannot_end_well_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], error: type[Exception]
) -> None:
    from composer import music

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(music, "generate", lambda *_, **__: pytest.fail("work was done"), raising=False)
    with pytest.raises(error):
        pipeline.run(ComposeOptions(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    [{}, {"valence": 0.5}, {"image": "x.png", "seed": -1}, {"image": "x.png", "top_p": float("nan")}],
)
def test_options_that_make_no_sense(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        ComposeOptions(**settings)  # type: ignore[arg-type]


def test_real_paintings_become_pieces(paintings: list[Path], tmp_path: Path) -> None:
    import mido

    for number, picture in enumerate(paintings[:: len(paintings) // 3][:3]):
        out = tmp_path / f"{number}.mid"
        done = pipeline.run(ComposeOptions(image=picture, outs=(out,), candidates=1, bars=4))
        assert len(mido.MidiFile(out).tracks) == len(done.composition.plan.instruments) + 1
