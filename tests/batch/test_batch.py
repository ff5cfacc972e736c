"""A collection through the command: every picture once, whatever happens."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from composer.batch.manifest import read_manifest
from composer.errors import UsageError

COMMAND = "from composer.cli import entry; entry()"
QUICK = ("--bars", "2", "--candidates", "1", "--workers", "1")


@pytest.fixture
def pictures(examples: dict[str, Path], tmp_path: Path) -> Path:
    """A folder of three pictures, one of them deeper."""
    from PIL import Image

    folder = tmp_path / "pictures"
    (folder / "room").mkdir(parents=True)
    for name, target in (("storm-at-night", "a.png"), ("quiet-interior", "b.png"), ("storm-at-night", "room/c.png")):
        with Image.open(examples[name]) as picture:
            picture.resize((96, 72)).save(folder / target)
    return folder


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "table.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def made(folder: Path) -> dict[str, bytes]:
    """The results, and nothing that was written beside them."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "records" not in path.parts and path.stem != "table"
    }


def test_a_collection_has_the_bytes_of_single_pieces_and_a_row_for_the_broken_one(
    run_cli, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "broken.jpg").write_bytes(b"no picture")
    out = tmp_path / "out"
    outcome = run_cli("batch", pictures, "--out", out, "--format", "mid,json", *QUICK)
    assert outcome.code == 1
    assert "3 made, 0 kept, 1 failed" in outcome.err
    assert [(row["name"], bool(row["error"])) for row in rows(out)] == [
        ("a", False), ("b", False), ("broken", True), ("room/c", False),
    ]  # fmt: skip
    assert set(made(out)) == {f"{name}.{kind}" for name in ("a", "b", "room/c") for kind in ("mid", "json")}
    alone = tmp_path / "a.mid"
    assert run_cli("--image", pictures / "a.png", "--out", alone, *QUICK[:4]).code == 0
    assert made(out)["a.mid"] == alone.read_bytes()

    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.mid")}
    (out / "b.mid").unlink()
    (pictures / "broken.jpg").write_bytes((pictures / "b.png").read_bytes())
    assert run_cli("batch", pictures, "--out", out, *QUICK).code == 2  # there is a collection already
    again = run_cli("batch", pictures, "--out", out, "--format", "mid,json", "--resume", "--json", *QUICK)
    assert again.code == 0, again.err
    *lines, whole = map(json.loads, again.out.splitlines())
    assert {line["name"]: line["state"] for line in lines} == {
        "a": "kept", "b": "made", "broken": "made", "room/c": "kept",
    }  # fmt: skip
    assert (whole["made"], whole["kept"], whole["failed"]) == (2, 2, [])
    assert [path.stat().st_mtime_ns for path in before if path.stem != "b"] == [
        stamp for path, stamp in before.items() if path.stem != "b"
    ]


@pytest.mark.slow
def test_killed_at_any_moment_it_is_finished_by_resume(run_cli, pictures: Path, tmp_path: Path) -> None:
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    assert run_cli("batch", pictures, "--out", calm, *QUICK).code == 0
    command = (
        sys.executable, "-c", COMMAND,
        "batch", str(pictures), "--out", str(rough), "--resume", *QUICK,
    )  # fmt: skip
    generator = random.Random(16)
    for _ in range(3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(generator.uniform(1, 8))
        process.kill()
        process.wait()
    assert run_cli("batch", pictures, "--out", rough, "--resume", *QUICK).code == 0
    assert made(rough) == made(calm)
    assert [row["name"] for row in rows(rough)] == ["a", "b", "room/c"]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for another process there")
def test_an_interruption_leaves_nothing_half_written(pictures: Path, tmp_path: Path) -> None:
    for number in range(40):  # far more than can be made before the signal arrives
        shutil.copy(pictures / "a.png", pictures / f"copy-{number:02d}.png")
    out = tmp_path / "out"
    # Whoever runs the tests in the background may have made their processes deaf to SIGINT.
    hearing = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = (sys.executable, "-c", hearing + COMMAND, "batch", str(pictures), "--out", str(out), *QUICK)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()  # the first picture is done, the next has begun
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert rest.splitlines()[-2:] == [
        "compose: error: interrupted",
        "hint: what is done is kept; --resume does the rest",
    ]
    assert "Traceback" not in rest
    assert not [path for path in out.rglob(".*") if path.is_file()]


def test_a_manifest_chooses_for_each_picture(run_cli, pictures: Path, tmp_path: Path) -> None:
    table = pictures / "museum.csv"
    table.write_text(
        "picture,name,title,seed,Key,tempo,room\na.png,first,Storm,5,D,90,12\na.png,second,,6,,,13\n", encoding="utf-8"
    )
    out = tmp_path / "out"
    assert run_cli("batch", table, "--out", out, "--mode", "dorian", *QUICK).code == 0
    first, second = rows(out)
    assert (first["title"], first["tonic"], first["mode"], first["tempo_bpm"], first["seed"]) == (
        "Storm", "D", "dorian", "90.0", "5",
    )  # fmt: skip
    assert (second["seed"], second["files"], json.loads(second["labels"])) == ("6", "second.mid", {"room": "13"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title,seed\nSea,1\n", "no column of pictures"),
        ("picture,seed\na.png,many\n", "row 1: seed is 'many'"),
        ("picture,key\na.png,H\n", "a.png"),
        ("picture,name\na.png,../away\n", "leads out of the folder"),
        ("picture\n", "has no row"),
    ],
)
def test_a_wrong_manifest_is_refused_before_any_work(
    text: str, said: str, run_cli, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "museum.csv").write_text(text, encoding="utf-8")
    outcome = run_cli("batch", pictures / "museum.csv", "--out", tmp_path / "out")
    assert outcome.code != 0
    assert said in outcome.error_lines[0]
    assert len(outcome.error_lines) == 2
    assert not (tmp_path / "out").exists()


def test_a_dry_run_says_what_would_be_made(run_cli, pictures: Path, tmp_path: Path) -> None:
    (pictures / "a.jpg").write_bytes(b"")
    outcome = run_cli("batch", pictures, "--out", tmp_path / "out", "--format", "mid,pdf", "--dry-run", "--limit", 2)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        f"{pictures / 'a.jpg'}: a.mid, a.pdf", f"{pictures / 'a.png'}: a-png.mid, a-png.pdf",
    ]  # fmt: skip
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["column", "cell"])
def test_a_parquet_table_with_damaged_text_is_refused(place: str) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"picture": ["sea-at-dusk"]}), sink, compression="none", store_schema=False)
    word = b"picture" if place == "column" else b"sea-at-dusk"
    data = sink.getvalue().to_pybytes().replace(word, b"\xfd\xa1" + word[2:])
    with pytest.raises(UsageError, match=r"m\.parquet"):
        read_manifest(data, "m.parquet")


def test_pictures_at_an_address_and_a_table_in_parquet(run_cli, pictures: Path, tmp_path: Path) -> None:
    fsspec, pq = pytest.importorskip("fsspec"), pytest.importorskip("pyarrow.parquet")
    store = fsspec.filesystem("memory")
    store.pipe("/museum/hall/a.png", (pictures / "a.png").read_bytes())
    out = tmp_path / "out"
    assert run_cli("batch", "memory://museum", "--out", out, *QUICK).code == 0
    table = pq.read_table(out / "table.parquet").to_pylist()
    assert [(row["name"], row["error"]) for row in table] == [("hall/a", None)]
    assert json.loads(table[0]["plan"])["bars"] == 2
    alone = tmp_path / "a.mid"
    assert run_cli("--image", pictures / "a.png", "--out", alone, *QUICK[:4]).code == 0
    assert made(out) == {"hall/a.mid": alone.read_bytes()}


def test_a_process_that_dies_costs_its_picture_an_error_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from composer.batch import lanes
    from composer.batch.piece_job import Outcome, PieceJob

    jobs = [
        PieceJob(
            key=name * 64, name=name, picture=f"{name}.png", file=tmp_path / name, picture_sha256=None,
            folder=tmp_path, options={}, formats=("mid",),
        )
        for name in "abc"
    ]  # fmt: skip
    monkeypatch.setattr(lanes, "do_jobs", _die_of_b)
    found: dict[str, Outcome] = {job.name: outcome for job, outcome in lanes.run_jobs(iter(jobs), 2, 2)}
    assert found["b"].error is not None
    assert "died" in found["b"].error
    assert found["a"].error is None
    assert found["c"].error is None
    assert len((tmp_path / "tries").read_text(encoding="utf-8")) == 2


def _die_of_b(jobs):  # runs in the worker
    from composer.batch.piece_job import Outcome

    if any(job.name == "b" for job in jobs):
        with (jobs[0].folder / "tries").open("a", encoding="utf-8") as handle:
            handle.write("x")
        os._exit(9)
    return [Outcome(name=job.name, picture=job.picture) for job in jobs]


def test_what_breaks_one_picture_does_not_break_those_made_with_it(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from composer.batch.piece_job import PieceJob, do_jobs
    from composer.pipeline import compose

    jobs = [
        PieceJob(
            key=name * 64, name=name, picture=name, file=pictures / "a.png", picture_sha256=None, folder=tmp_path,
            options={"bars": bars, "candidates": 1}, formats=("mid",),
        )
        for name, bars in (("a", 2), ("b", 3), ("c", 2))
    ]  # fmt: skip
    save = compose.save

    def fail(composition, outs, **rest):
        if composition.plan.bars == 3:
            raise RuntimeError("a fault that nobody foresaw")
        return save(composition, outs, **rest)

    monkeypatch.setattr(compose, "save", fail)
    (tmp_path / "records").mkdir()
    errors = [outcome.error for outcome in do_jobs(jobs)]
    assert errors[0] is None
    assert errors[2] is None
    assert "a fault that nobody foresaw" in str(errors[1])
    assert sorted(path.name for path in tmp_path.glob("*.mid")) == ["a.mid", "c.mid"]


def test_a_column_of_years_is_read_as_museums_write_them() -> None:
    table = b"picture,year\na.png,c. 1660-65\nb.png,undated\nc.png,1908\n"
    rows = read_manifest(table, "m.csv")
    assert [row.options.get("year") for row in rows] == [1660, None, 1908]
    assert [row.labels["year"] for row in rows] == ["c. 1660-65", "undated", "1908"]
